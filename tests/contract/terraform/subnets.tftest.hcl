# What the templates for AWS make of a region's zones, with a provider that makes nothing.

mock_provider "aws" {}

variables {
  cluster_id        = "xcore-0123456789"
  region_name       = "us-west-2"
  tags              = {}
  zones             = []
  subnet_ids        = []
  public_ip         = true
  allowed_cidr      = ["192.0.2.7/32"]
  scheduler_port    = 8786
  dashboard_port    = 8787
  public_key        = ""
  image_name        = "*"
  image_owner       = "099720109477"
  scheduler_type    = "t3.small"
  scheduler_zone    = null
  scheduler_credits = "unlimited"
  disk_gb           = 20
  disk_kms_key      = null
  instance_profile  = null
  user_data         = ""
}

run "two_zones" {
  override_data {
    target = data.aws_availability_zones.open
    values = { names = ["us-west-2a", "us-west-2c"] }
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.this : zone => subnet.cidr_block } == { us-west-2a = "10.0.0.0/20", us-west-2c = "10.0.32.0/20" }
    error_message = "a zone's range goes by its letter"
  }
}

run "a_zone_comes_between_them" {
  override_data {
    target = data.aws_availability_zones.open
    values = { names = ["us-west-2a", "us-west-2b", "us-west-2c"] }
  }

  assert {
    condition = alltrue([
      for zone in ["us-west-2a", "us-west-2c"] :
      aws_subnet.this[zone].id == run.two_zones.subnet_ids[zone]
    ])
    error_message = "the subnets of the other zones stay"
  }

  assert {
    condition     = length(distinct([for subnet in aws_subnet.this : subnet.cidr_block])) == 3
    error_message = "each has a range of its own"
  }
}

run "a_zone_that_a_person_has_opted_in_to" {
  variables {
    zones          = ["us-west-2-lax-1a", "us-west-2a"]
    scheduler_zone = "us-west-2a"
  }

  override_data {
    target = data.aws_availability_zones.open
    values = { names = ["us-west-2a", "us-west-2b", "us-west-2c"] }
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.this : zone => subnet.cidr_block } == { us-west-2a = "10.0.0.0/20", us-west-2-lax-1a = "10.0.240.0/20" }
    error_message = "it has a range that no other zone has"
  }
}
