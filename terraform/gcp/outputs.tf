output "project_name" {
  value = var.project_name
}

output "region_name" {
  value = var.region_name
}

output "zone_name" {
  value = google_compute_instance.scheduler.zone
}

output "subnetwork" {
  value = local.subnetwork
}

output "image" {
  value = google_compute_instance.scheduler.boot_disk[0].initialize_params[0].image
}

output "ssh_keys" {
  value = var.ssh_keys == "" ? null : var.ssh_keys
}

output "scheduler_name" {
  value = google_compute_instance.scheduler.name
}

output "scheduler_id" {
  value = google_compute_instance.scheduler.instance_id
}

output "scheduler_private_ip" {
  value = google_compute_instance.scheduler.network_interface[0].network_ip
}

output "scheduler_public_ip" {
  value = var.public_ip ? google_compute_instance.scheduler.network_interface[0].access_config[0].nat_ip : null
}
