# A machine image from which schedulers and workers start with nothing to install. `xcore image build` lays this out in
# $XCORE_HOME/packer with what it is given, and with the script that makes a machine what the image is taken of.

packer {
  required_version = ">= 1.6.6"
}

variable "cluster_id" {
  type        = string
  description = "Marks all that belongs to this cluster."
}

variable "image_name" {
  type        = string
  description = "What the image is to be called."
}

variable "source_image" {
  type        = string
  description = "Id of the image to build on."
}

variable "root_device_name" {
  type        = string
  description = "Of that image."
}

variable "region_name" {
  type = string
}

variable "machine_type" {
  type        = string
  description = "Machine to build on: of the workers' architecture, and with a GPU where the driver is wanted."
}

variable "unlimited_credits" {
  type        = bool
  description = "Whether it is of a burstable type: without CPU credits it would build at its baseline."
}

variable "disk_gb" {
  type = number
}

variable "disk_kms_key" {
  type        = string
  description = "ARN of the KMS key that encrypts the disk, and so the image; null: the account's own for disks."
}

variable "subnet_id" {
  type        = string
  description = "An existing subnet; null: one of the account's default network."
}

variable "public_ip" {
  type        = bool
  description = "Whether the machine is reached at a public address."
}

variable "allowed_cidr" {
  type        = list(string)
  description = "Ranges of addresses that may reach the machine."
}

variable "user_name" {
  type        = string
  description = "Who logs in; may use sudo."
}

variable "tags" {
  type        = map(string)
  description = "A person's own tags."
}

variable "ec2_endpoint" {
  type        = string
  description = "Another address of EC2 than AWS's; null: AWS's."
}

locals {
  # Everything that is made carries the cluster's id: by it alone xcore finds what is there.
  tags = merge(var.tags, { Name = var.image_name, xcore-cluster = var.cluster_id, xcore-role = "image" })
}

source "amazon-ebs" "this" {
  region              = var.region_name
  custom_endpoint_ec2 = var.ec2_endpoint

  ami_name        = var.image_name
  ami_description = "Machines of the crosscore cluster ${var.cluster_id}"
  source_ami      = var.source_image
  instance_type   = var.machine_type

  subnet_id                             = var.subnet_id
  associate_public_ip_address           = var.public_ip
  temporary_security_group_source_cidrs = var.allowed_cidr
  ssh_interface                         = var.public_ip ? "public_ip" : "private_ip"
  ssh_username                          = var.user_name

  # A Packer with plugins:
  temporary_key_pair_type = "ed25519"
  # In place of the standard mode, which is Packer's choice.
  enable_unlimited_credits = var.unlimited_credits
  # Neither the machine nor those that start from the image answer a request for metadata without a token.
  imds_support = "v2.0"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  # Every Packer:

  # Should it be switched off by itself, its builder being gone, nothing of it shall go on costing.
  shutdown_behavior = "terminate"

  # Of gp3 the least that every version takes, which is what it has anyway.
  launch_block_device_mappings {
    device_name           = var.root_device_name
    volume_type           = "gp3"
    volume_size           = var.disk_gb
    iops                  = 3000
    throughput            = 125
    delete_on_termination = true
    encrypted             = true
    kms_key_id            = var.disk_kms_key
  }

  run_tags        = local.tags
  run_volume_tags = local.tags
  snapshot_tags   = local.tags
  tags            = local.tags
}

build {
  sources = ["source.amazon-ebs.this"]

  provisioner "shell" {
    script          = "${path.root}/provision.sh"
    execute_command = "sudo -n bash {{ .Path }}"
  }

  post-processor "manifest" {
    output      = "${path.root}/manifest.json"
    custom_data = { image_name = var.image_name }
  }
}
