# What `xcore start` makes once and keeps: network, firewall and the scheduler's machine. Workers are no part of it.
# xcore lays this out in $XCORE_HOME/terraform each time. To bend it, put a file *_override.tf beside it there: that
# one is left alone.

terraform {
  required_version = ">= 1.1"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 4.0.0, < 9.0.0"
    }
  }
}

provider "google" {
  project = var.project_name
  region  = var.region_name
  zone    = var.zone_name
}

locals {
  # Machines carry the cluster's id: by it alone xcore finds what is there. What has no labels has it in its name.
  labels = merge(var.labels, { xcore-cluster = var.cluster_id })
}
