"""What is in use cannot be deleted: subnets and groups of instances that are not terminated yet, gateways of such with a
public address, VPCs with a gateway or groups of their own.

https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html
"""

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend

from .patching import patch


def _nics(backend):
    return [nic for i in backend.all_instances() if i.state != "terminated" for nic in i.nics.values()]


@patch(EC2Backend, "delete_subnet")
def _delete_subnet(original, self, subnet_id):
    if any(nic.subnet.id == subnet_id for nic in _nics(self)):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    return original(subnet_id)


@patch(EC2Backend, "delete_security_group")
def _delete_security_group(original, self, name=None, group_id=None):
    if any(group.id == group_id for nic in _nics(self) for group in nic.group_set):
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    return original(name=name, group_id=group_id)


@patch(EC2Backend, "detach_internet_gateway")
def _detach_internet_gateway(original, self, internet_gateway_id, vpc_id):
    if any(nic.public_ip and nic.subnet.vpc_id == vpc_id for nic in _nics(self)):
        raise DependencyViolationError(f"Network {vpc_id} has some mapped public address(es).")
    return original(internet_gateway_id, vpc_id)


@patch(EC2Backend, "delete_vpc")
def _delete_vpc(original, self, vpc_id):
    gateways = [gateway for gateway in self.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc_id]
    groups = [group for group in self.groups[vpc_id].values() if group.name != "default"]
    if gateways or groups:
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    return original(vpc_id)
