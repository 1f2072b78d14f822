# Access: var.allowed_cidr may reach three ports, the cluster's own instances every port of each other, others nothing.

resource "aws_security_group" "this" {
  name        = var.cluster_id
  description = "Machines of the crosscore cluster ${var.cluster_id}"
  vpc_id      = local.vpc_id
  tags        = merge(local.tags, { Name = var.cluster_id })

  ingress {
    description = "Scheduler"
    protocol    = "tcp"
    from_port   = var.scheduler_port
    to_port     = var.scheduler_port
    cidr_blocks = var.allowed_cidr
  }

  ingress {
    description = "Dashboard"
    protocol    = "tcp"
    from_port   = var.dashboard_port
    to_port     = var.dashboard_port
    cidr_blocks = var.allowed_cidr
  }

  ingress {
    description = "SSH"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = var.allowed_cidr
  }

  ingress {
    description = "The cluster among itself"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    self        = true
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_key_pair" "this" {
  count      = var.public_key == "" ? 0 : 1
  key_name   = var.cluster_id
  public_key = var.public_key
  tags       = merge(local.tags, { Name = var.cluster_id })
}
