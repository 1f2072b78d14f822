"""Security groups as firewall rules.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from machine.firewall import Rule


def rules_of(instance):
    """What the groups of an instance let in."""
    return [_rule(instance.ec2_backend, rule) for group in _groups_of(instance) for rule in group.ingress_rules]


def _rule(backend, rule):
    sources = {rule.cidr_ipv4} if rule.cidr_ipv4 else set()
    if rule.source_group:
        sources |= _members(backend, rule.source_group["GroupId"])
    protocol = {"-1": "all"}.get(rule.ip_protocol, rule.ip_protocol)
    if protocol in ("all", "icmp"):
        return Rule(frozenset(sources), protocol)
    return Rule(frozenset(sources), protocol, rule.from_port, rule.to_port)


def _groups_of(instance):
    return {group.id: group for nic in instance.nics.values() for group in nic.group_set}.values()


def _members(backend, group_id):
    """The private addresses of a group's instances: a rule that names a group means these."""
    return {
        instance.private_ip
        for instance in backend.all_instances()
        if instance.state != "terminated" and any(group.id == group_id for group in _groups_of(instance))
    }
