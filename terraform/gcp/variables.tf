variable "cluster_id" {
  type        = string
  description = "Marks all that belongs to this cluster."
}

variable "project_name" {
  type = string
}

variable "region_name" {
  type        = string
  description = "Where the network is."
}

variable "zone_name" {
  type        = string
  description = "Where the scheduler is."
}

variable "labels" {
  type        = map(string)
  description = "A person's own labels."
}

variable "network" {
  type        = string
  description = "Path of an existing network; empty: one is made."
}

variable "subnetwork" {
  type        = string
  description = "Path of the existing network's subnetwork to use."
}

variable "network_project" {
  type        = string
  description = "Project of the network, and so of its firewall rules: of a shared VPC the host project."
}

variable "public_ip" {
  type        = bool
  description = "Whether the scheduler has a public address."
}

variable "allowed_cidr" {
  type        = list(string)
  description = "Ranges of addresses that may reach the cluster from outside."
}

variable "scheduler_port" {
  type = number
}

variable "dashboard_port" {
  type = number
}

variable "ssh_keys" {
  type        = string
  description = "USER:KEY, the OpenSSH public key that may log in as that user; empty: no login."
}

variable "image" {
  type        = string
  description = "Link of the system image: what image_name stands for today."
}

variable "scheduler_type" {
  type = string
}

variable "disk_gb" {
  type = number
}

variable "disk_type" {
  type        = string
  description = "Such as pd-balanced: of those that the scheduler's machine can have."
}

variable "service_account" {
  type        = string
  description = "E-mail address of the scheduler's service account; empty: none."
}

variable "scopes" {
  type        = list(string)
  description = "What the service account may be used for."
}

variable "startup_script" {
  type        = string
  description = "What the scheduler does at each boot."
  sensitive   = true
}
