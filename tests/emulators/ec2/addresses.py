"""Public addresses from a range that is nobody's: 198.18.0.0/15 is set aside for tests of networks (RFC 2544, RFC 6890).

Its first half is the cloud's, the other its user's (machine/network.py).
"""

import itertools

from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces

_numbers = itertools.count(1)


def next_public_ip():
    """Each is given once: an address that comes back would hide a stale connection."""
    number = next(_numbers)
    return f"198.18.{number // 254 % 256}.{number % 254 + 1}"


elastic_network_interfaces.random_public_ip = next_public_ip
elastic_ip_addresses.random_ip = next_public_ip
