# What `xcore start` makes once and keeps: network, firewall, key and the scheduler's machine. Workers are no part of it.
# xcore lays this out in $XCORE_HOME/terraform each time. To bend it, put a file *_override.tf beside it there: that
# one is left alone.

terraform {
  required_version = ">= 1.1"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 3.39.0, < 7.0.0"
    }
  }
}

provider "aws" {
  region = var.region_name
  # A zone without capacity answers with status 500, which older versions would repeat 25 times, for more than an hour.
  max_retries = 8
}

locals {
  # Everything that is made carries the cluster's id: by it alone xcore finds what is there.
  tags = merge(var.tags, { xcore-cluster = var.cluster_id })
}
