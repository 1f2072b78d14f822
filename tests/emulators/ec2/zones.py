"""Regions that there are; zones: whether one has to opt in to them, and Local Zones that the account has opted in to.

A Local Zone is listed among the zones and the offerings of its region, its name sorts before theirs, and it is none of those
that need no opt-in.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AvailabilityZone.html
https://docs.aws.amazon.com/local-zones/latest/ug/how-local-zones-work.html
"""

import re

from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

from .patching import patch
from .settings import SETTINGS

OFFERED_LOCALLY = ("c5.large", "c5.xlarge", "t3.small", "t3.medium")
_local = {}


def of_regions_there_are(aws):
    """The WSGI application, but for a region that there is not: AWS has no host of that name, so nothing answers.

    https://docs.aws.amazon.com/general/latest/gr/rande.html
    """

    def respond(environ, start_response):
        scope = re.search(r"Credential=[^/]*/[^/]*/([^/]*)/", environ.get("HTTP_AUTHORIZATION", ""))
        if scope and scope[1] not in RegionsAndZonesBackend.zones:
            raise ConnectionAbortedError(f"no region {scope[1]}")  # the server closes the connection
        return aws(environ, start_response)

    return respond


def local_zones(region):
    """Those of the region that the account has opted in to."""
    for name in SETTINGS.local_zones:
        if name.startswith(region) and name not in _local:
            zone = _local[name] = Zone(region_name=region, name=name, zone_id=f"{name}-id", zone_type="local-zone")
            zone.opt_in_status, zone.group_name = "opted-in", name[:-1]
            RegionsAndZonesBackend.zones[region].append(zone)  # subnets may be made in it
    return [_local[name] for name in SETTINGS.local_zones if name.startswith(region)]


@patch(EC2Backend, "describe_availability_zones")
def _with_status(original, self, filters=None, zone_names=None, zone_ids=None):
    wanted = dict(filters or {})
    statuses = wanted.pop("opt-in-status", None)
    opted_in = local_zones(self.region_name)
    zones = [z for z in original(wanted, zone_names, zone_ids) if z in opted_in or z.name not in _local]
    for zone in zones:
        zone.opt_in_status = getattr(zone, "opt_in_status", "opt-in-not-required")
    return [zone for zone in zones if statuses is None or zone.opt_in_status in statuses]


@patch(EC2Backend, "describe_instance_type_offerings")
def _offered_locally(original, self, location_type=None, filters=None):
    found = original(location_type, filters)
    if location_type != "availability-zone":
        return found
    more = [offer for offer in offers_in_local_zones(self.region_name)]
    return found + [offer for offer in more if self.matches_filters(offer, filters or {}, location_type)]


def offers_in_local_zones(region):
    """As INSTANCE_TYPE_OFFERINGS has them of other zones."""
    known = {offer["InstanceType"] for offer in INSTANCE_TYPE_OFFERINGS["availability-zone"][region]}
    return [
        {"InstanceType": name, "LocationType": "availability-zone", "Location": zone.name}
        for zone in local_zones(region)
        for name in OFFERED_LOCALLY
        if name in known
    ]
