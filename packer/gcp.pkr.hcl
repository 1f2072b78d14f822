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
  description = "Name of the image to build on."
}

variable "source_project" {
  type        = string
  description = "Project that it is in."
}

variable "project_name" {
  type = string
}

variable "zone_name" {
  type = string
}

variable "machine_type" {
  type        = string
  description = "Machine to build on: of the workers' architecture."
}

variable "accelerator_type" {
  type        = string
  description = "Link of the GPU to attach, for the image that shall have its driver; null: none."
}

variable "accelerator_count" {
  type = number
}

variable "disk_gb" {
  type = number
}

variable "disk_type" {
  type        = string
  description = "Such as pd-balanced: of those that the machine can have."
}

variable "network" {
  type        = string
  description = "An existing network that lets in SSH."
}

variable "subnetwork" {
  type        = string
  description = "The part of it that the machine is in; empty: that of the zone's region."
}

variable "public_ip" {
  type        = bool
  description = "Whether the machine is reached at a public address."
}

variable "user_name" {
  type        = string
  description = "Who logs in; may use sudo."
}

variable "labels" {
  type        = map(string)
  description = "A person's own labels."
}

locals {
  # Everything that is made carries the cluster's id: by it alone xcore finds what is there.
  labels = merge(var.labels, { xcore-cluster = var.cluster_id, xcore-role = "image" })
}

source "googlecompute" "this" {
  project_id = var.project_name
  zone       = var.zone_name

  image_name              = var.image_name
  image_description       = "Machines of the crosscore cluster ${var.cluster_id}"
  source_image            = var.source_image
  source_image_project_id = [var.source_project]

  instance_name     = var.image_name
  machine_type      = var.machine_type
  accelerator_type  = var.accelerator_type
  accelerator_count = var.accelerator_count
  disk_size         = var.disk_gb
  disk_type         = var.disk_type
  # A machine with a GPU cannot be moved.
  on_host_maintenance = var.accelerator_count > 0 ? "TERMINATE" : "MIGRATE"

  network                 = var.network
  subnetwork              = var.subnetwork
  tags                    = [var.cluster_id]
  omit_external_ip        = var.public_ip == false
  use_internal_ip         = var.public_ip == false
  ssh_username            = var.user_name
  temporary_key_pair_type = "ed25519"
  # The project may have OS Login, which would leave the key out.
  metadata = { block-project-ssh-keys = "TRUE", enable-oslogin = "FALSE" }

  # It asks Google for nothing.
  disable_default_service_account = true

  labels       = local.labels
  image_labels = local.labels
}

build {
  sources = ["source.googlecompute.this"]

  provisioner "shell" {
    script          = "${path.root}/provision.sh"
    execute_command = "sudo -n bash {{ .Path }}"
  }

  post-processor "manifest" {
    output      = "${path.root}/manifest.json"
    custom_data = { image_name = var.image_name }
  }
}
