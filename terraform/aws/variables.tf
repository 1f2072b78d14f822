variable "cluster_id" {
  type        = string
  description = "Marks all that belongs to this cluster."
}

variable "region_name" {
  type        = string
  description = "Where everything is made."
}

variable "tags" {
  type        = map(string)
  description = "A person's own tags."
}

variable "zones" {
  type        = list(string)
  description = "Zones that get a subnet; empty: all of the region."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Existing subnets, all of one network; empty: a network of its own is made."
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

variable "public_key" {
  type        = string
  description = "OpenSSH public key that may log in; empty: no login."
}

variable "image_name" {
  type        = string
  description = "Name of the system image, * for anything; the newest is taken."
}

variable "image_owner" {
  type = string
}

variable "scheduler_type" {
  type = string
}

variable "scheduler_zone" {
  type        = string
  description = "A zone that has scheduler_type; null: the first."
}

variable "scheduler_credits" {
  type        = string
  description = "CPU credits of a burstable scheduler: unlimited; null: its type has none."
}

variable "disk_gb" {
  type = number
}

variable "disk_kms_key" {
  type        = string
  description = "ARN of the KMS key that encrypts the disk; null: the account's own for disks."
}

variable "instance_profile" {
  type        = string
  description = "IAM instance profile of the scheduler; null: none."
}

variable "user_data" {
  type        = string
  description = "What the scheduler does at its first boot: gzip, in base64."
  sensitive   = true
}
