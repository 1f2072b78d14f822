resource "google_compute_instance" "scheduler" {
  name         = "${var.cluster_id}-scheduler"
  machine_type = var.scheduler_type
  zone         = var.zone_name
  labels       = merge(local.labels, { xcore-role = "scheduler" })
  tags         = [var.cluster_id]

  boot_disk {
    initialize_params {
      image  = var.image
      size   = var.disk_gb
      type   = var.disk_type
      labels = local.labels
    }
  }

  network_interface {
    subnetwork = local.subnetwork

    dynamic "access_config" {
      for_each = var.public_ip ? ["public"] : []
      content {}
    }
  }

  dynamic "service_account" {
    for_each = var.service_account == "" ? [] : [var.service_account]
    content {
      email  = service_account.value
      scopes = var.scopes
    }
  }

  metadata = merge(
    { startup-script = var.startup_script, block-project-ssh-keys = "TRUE" },
    # The project may have OS Login, which would leave the key out.
    var.ssh_keys == "" ? {} : { ssh-keys = var.ssh_keys, enable-oslogin = "FALSE" },
  )

  lifecycle {
    # A newer image, another disk or script is for the next scheduler: xcore says when this one is replaced.
    ignore_changes = [
      boot_disk[0].initialize_params[0].image,
      boot_disk[0].initialize_params[0].type,
      metadata["startup-script"],
    ]
  }
}
