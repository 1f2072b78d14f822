# Access: var.allowed_cidr may reach three ports, the cluster's own instances every port of each other, others nothing.

resource "google_compute_firewall" "outside" {
  name          = "${var.cluster_id}-outside"
  project       = var.network_project
  network       = local.network
  source_ranges = var.allowed_cidr
  target_tags   = [var.cluster_id]

  allow {
    protocol = "tcp"
    ports    = ["22", tostring(var.scheduler_port), tostring(var.dashboard_port)]
  }
}

resource "google_compute_firewall" "inside" {
  name        = "${var.cluster_id}-inside"
  project     = var.network_project
  network     = local.network
  source_tags = [var.cluster_id]
  target_tags = [var.cluster_id]

  allow {
    protocol = "all"
  }
}
