# A network of the cluster's own, with a subnetwork for all zones of the region; or the network that is there already.

locals {
  own_network = var.network == ""

  network    = local.own_network ? google_compute_network.this[0].id : var.network
  subnetwork = local.own_network ? google_compute_subnetwork.this[0].id : var.subnetwork
}

resource "google_compute_network" "this" {
  count                   = local.own_network ? 1 : 0
  name                    = var.cluster_id
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "this" {
  count         = local.own_network ? 1 : 0
  name          = var.cluster_id
  network       = google_compute_network.this[0].id
  ip_cidr_range = "10.128.0.0/20"
}
