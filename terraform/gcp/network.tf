# A network of the cluster's own, with a subnetwork for all zones of the region; or the network that is there already.

locals {
  own_network = var.network == ""

  existing = local.own_network ? [] : [
    for link in data.google_compute_network.existing[0].subnetworks_self_links :
    link if length(regexall("/regions/${var.region_name}/", link)) > 0
  ]

  network    = local.own_network ? google_compute_network.this[0].id : data.google_compute_network.existing[0].id
  subnetwork = local.own_network ? google_compute_subnetwork.this[0].id : local.existing[0]
}

data "google_compute_network" "existing" {
  count = local.own_network ? 0 : 1
  name  = var.network
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
