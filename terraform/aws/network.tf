# A network of the cluster's own, with a subnet in each zone; or the subnets that are there already.

# Those that are impaired today as well: else their subnets would be removed, with workers in them.
data "aws_availability_zones" "open" {
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_subnet" "existing" {
  for_each = toset(var.subnet_ids)
  id       = each.value
}

locals {
  range   = "10.0.0.0/16"
  letters = split("", "abcdefghijklmnop")

  own_network = length(var.subnet_ids) == 0

  all_zones = sort(data.aws_availability_zones.open.names)
  zones     = length(var.zones) > 0 ? var.zones : local.all_zones
  # The scheduler's zone may be none of the workers'.
  subnet_zones = distinct(concat(local.zones, compact([var.scheduler_zone])))

  # A subnet's range goes by its zone's letter: no zone that comes or goes moves another zone's subnet. Zones that a
  # person has opted in to (us-west-2-lax-1a) share letters with the region's own, and count from the end.
  ranges = merge(
    { for zone in local.all_zones : zone => cidrsubnet(local.range, 4, index(local.letters, substr(zone, -1, 1))) },
    { for place, zone in sort(setsubtract(local.subnet_zones, local.all_zones)) : zone => cidrsubnet(local.range, 4, 15 - place) },
  )

  vpc_id = local.own_network ? aws_vpc.this[0].id : data.aws_subnet.existing[var.subnet_ids[0]].vpc_id
  # Of several existing ones in a zone the first.
  existing_ids = { for id in var.subnet_ids : data.aws_subnet.existing[id].availability_zone => id... }
  subnet_ids = (
    local.own_network
    ? { for zone, subnet in aws_subnet.this : zone => subnet.id }
    : { for zone, ids in local.existing_ids : zone => ids[0] }
  )
}

resource "aws_vpc" "this" {
  count                = local.own_network ? 1 : 0
  cidr_block           = local.range
  enable_dns_hostnames = true
  tags                 = merge(local.tags, { Name = var.cluster_id })
}

resource "aws_internet_gateway" "this" {
  count  = local.own_network ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  tags   = merge(local.tags, { Name = var.cluster_id })
}

resource "aws_route_table" "this" {
  count  = local.own_network ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  tags   = merge(local.tags, { Name = var.cluster_id })

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this[0].id
  }
}

resource "aws_subnet" "this" {
  for_each          = local.own_network ? toset(local.subnet_zones) : toset([])
  vpc_id            = aws_vpc.this[0].id
  availability_zone = each.value
  cidr_block        = local.ranges[each.value]
  tags              = merge(local.tags, { Name = "${var.cluster_id}-${each.value}" })

  lifecycle {
    # Clusters of earlier versions have other ranges, and machines in them.
    ignore_changes = [cidr_block]
  }
}

resource "aws_route_table_association" "this" {
  for_each       = aws_subnet.this
  subnet_id      = each.value.id
  route_table_id = aws_route_table.this[0].id
}
