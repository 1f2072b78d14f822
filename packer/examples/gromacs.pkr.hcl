# An image with GROMACS, on top of the one that `xcore image build` has made on AWS: docs/how-to/own_image.md has the commands. For an
# image with something else change `packages` and `check`, or the commands of the build.

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "1.3.6"
    }
  }
}

variable "source_image" {
  type        = string
  description = "Name of the image to build on, as `xcore config get image_name` prints it."
}

variable "region_name" {
  type = string
}

variable "allowed_cidr" {
  type        = list(string)
  description = "Ranges of addresses that may reach the machine while it builds."
}

variable "packages" {
  type        = list(string)
  description = "Ubuntu packages to install."
  default     = ["gromacs"]
}

variable "check" {
  type        = string
  description = "Command that fails where they do not work."
  default     = "gmx --version"
}

variable "machine_type" {
  type        = string
  description = "Machine to build on: of the workers' architecture."
  default     = "t3.medium"
}

variable "user_name" {
  type        = string
  description = "The configuration's user_name."
  default     = "ubuntu"
}

variable "ec2_endpoint" {
  type        = string
  description = "Another address of EC2 than AWS's; null: AWS's."
  default     = null
}

locals {
  image_name = "${var.source_image}-gromacs"
  # By the cluster's id `xcore image list` and `xcore image remove` find the image, and `xcore doctor` a machine that was left.
  tags = {
    Name          = local.image_name
    xcore-cluster = split("-image-", var.source_image)[0]
    xcore-role    = "image"
  }
}

source "amazon-ebs" "gromacs" {
  region              = var.region_name
  custom_endpoint_ec2 = var.ec2_endpoint

  source_ami_filter {
    filters     = { name = var.source_image }
    owners      = ["self"]
    most_recent = true
  }
  ami_name      = local.image_name
  instance_type = var.machine_type

  temporary_security_group_source_cidrs = var.allowed_cidr
  temporary_key_pair_type               = "ed25519"
  ssh_username                          = var.user_name
  shutdown_behavior                     = "terminate"

  imds_support = "v2.0"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  run_tags        = local.tags
  run_volume_tags = local.tags
  snapshot_tags   = local.tags
  tags            = local.tags
}

build {
  sources = ["source.amazon-ebs.gromacs"]

  provisioner "shell" {
    execute_command = "sudo -n bash -euo pipefail {{ .Path }}"
    inline = [
      "apt-get update -q",
      "DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ${join(" ", var.packages)}",
      var.check,
      file("../forget_machine.sh"),
      "forget_machine",
      "sync",
    ]
  }
}
