# A network of the cluster's own, with a subnet in each zone; or the subnets that are there already.

data "aws_availability_zones" "open" {
  state = "available"

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
  own_network = length(var.subnet_ids) == 0

  all_zones = sort(data.aws_availability_zones.open.names)
  zones     = length(var.zones) > 0 ? var.zones : local.all_zones
  # The scheduler's zone may be none of the workers'.
  subnet_zones = distinct(concat(local.zones, compact([var.scheduler_zone])))

  # A subnet's range goes by its zone's place among all zones: a change of var.zones moves no other subnet.
  ranges = { for place, zone in local.all_zones : zone => cidrsubnet("10.0.0.0/16", 4, place) }

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
  cidr_block           = "10.0.0.0/16"
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
}

resource "aws_route_table_association" "this" {
  for_each       = aws_subnet.this
  subnet_id      = each.value.id
  route_table_id = aws_route_table.this[0].id
}
