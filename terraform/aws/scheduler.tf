data "aws_ami" "this" {
  owners      = [var.image_owner]
  most_recent = true

  filter {
    name   = "name"
    values = [var.image_name]
  }
}

resource "aws_instance" "scheduler" {
  ami                         = data.aws_ami.this.id
  instance_type               = var.scheduler_type
  subnet_id                   = local.subnet_ids[coalesce(var.scheduler_zone, sort(keys(local.subnet_ids))[0])]
  vpc_security_group_ids      = [aws_security_group.this.id]
  associate_public_ip_address = var.public_ip
  key_name                    = var.public_key == "" ? null : aws_key_pair.this[0].key_name
  iam_instance_profile        = var.instance_profile
  user_data_base64            = var.user_data
  tags                        = merge(local.tags, { Name = "${var.cluster_id}-scheduler", xcore-role = "scheduler" })

  # It powers itself off after orphan_timeout_h without use; from then on nothing of it may cost money.
  instance_initiated_shutdown_behavior = "terminate"

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  dynamic "credit_specification" {
    for_each = var.scheduler_credits == null ? [] : [var.scheduler_credits]

    content {
      cpu_credits = credit_specification.value
    }
  }

  root_block_device {
    volume_type           = "gp3"
    volume_size           = var.disk_gb
    delete_on_termination = true
    encrypted             = true
    kms_key_id            = var.disk_kms_key
    tags                  = merge(local.tags, { Name = "${var.cluster_id}-scheduler" })
  }

  lifecycle {
    # A newer image, another user data, or encryption where an older xcore has made the disk, is for the next scheduler:
    # xcore says when this one is replaced.
    ignore_changes = [
      ami, subnet_id, user_data_base64, credit_specification, root_block_device[0].encrypted, root_block_device[0].kms_key_id,
    ]
  }

  # Its first boot installs packages: it needs the way out.
  depends_on = [aws_route_table_association.this]
}
