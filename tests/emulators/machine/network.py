"""The networks that machines are in: private ones, each with its router, and the internet between those and the user.

All are namespaces that this process holds, so that they vanish with it. The user's programs run where this process does; a
cable goes from there to the internet, which sends what is for a public address to the router of the network that has it, and
the router translates it, one to one, as AWS's internet gateway does:
https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
"""

import itertools
import pathlib

from .namespaces import Network, run

CABLE = "internet"
# 198.18.0.0/15 is nobody's: set aside for tests of networks (RFC 2544).
PUBLIC = "198.18.0.0/16"
USERS = "198.19.0.0/24"
USER = "198.19.0.1"
ROUTER = "198.19.255.{}"
BACKBONE = "198.19.255.254"

TRANSLATION = """
table ip translation {
  map to_private { type ipv4_addr : ipv4_addr; }
  map to_public { type ipv4_addr : ipv4_addr; }
  chain in { type nat hook prerouting priority dstnat; dnat to ip daddr map @to_private; }
  chain out {
    type nat hook postrouting priority srcnat;
    oifname "uplink" snat to ip saddr map @to_public
    oifname "subnets" ct status dnat snat to ip saddr map @to_public
  }
}
"""


class Internet:
    """Where the routers and the user meet; one for a user.

    :raises RuntimeError: the user has one already, of another cloud
    """

    def __init__(self):
        self.backbone = Network.new()
        run("ip", "link", "add", CABLE, "type", "veth", "peer", "name", "user", "netns", self.backbone.path)
        self.backbone.ip(
            "link set lo up\n"
            "link add routers type bridge\n"
            f"address add {BACKBONE}/24 dev routers\n"
            "link set routers up\n"
            "link set user up\n"
            f"route add {USERS} dev user\n"
        )
        _forward(self.backbone)
        run("ip", "link", "set", CABLE, "up")
        self._user = None
        self.move_user(USER)

    def move_user(self, address):
        """From now on the user is seen at this address, as one who opens the laptop elsewhere; the old one is nobody's."""
        run("ip", "address", "add", f"{address}/32", "dev", CABLE)
        run("ip", "route", "replace", f"{BACKBONE}/32", "dev", CABLE, "src", address)
        run("ip", "route", "replace", PUBLIC, "via", BACKBONE, "src", address)
        if self._user:
            run("ip", "address", "delete", f"{self._user}/32", "dev", CABLE)
        self._user = address

    def publish(self, public, router):
        """A public address is behind this router."""
        self.backbone.ip(f"route replace {public}/32 via {router}\n")

    def withdraw(self, public):
        self.backbone.ip(f"route delete {public}/32\n")

    def close(self):
        self.backbone.close()


class PrivateNetwork:
    """A router with the subnets behind it. Its address ranges are its own: two may have the same."""

    _numbers = itertools.count(1)

    def __init__(self, internet):
        number = next(self._numbers)
        self._internet, self._address, link = internet, ROUTER.format(number), f"router{number}"
        self._router, self._gateways = Network.new(), set()
        internet.backbone.ip(
            f"link add {link} type veth peer name uplink netns {self._router.path}\nlink set {link} master routers up\n"
        )
        self._router.ip(
            "link set lo up\n"
            f"address add {self._address}/24 dev uplink\n"
            "link set uplink up\n"
            f"route add default via {BACKBONE}\n"
            "link add subnets type bridge\n"
            "link set subnets up\n"
        )
        _forward(self._router)
        self._router.nft(TRANSLATION)

    def connect(self, machine, link, address, gateway, prefix):
        """Gives a machine's network its cable, its address and the way out."""
        if gateway not in self._gateways:
            self._router.ip(f"address add {gateway}/{prefix} dev subnets\n")
            self._gateways.add(gateway)
        machine.ip(f"link set lo up\nlink add eth0 type veth peer name {link} netns {self._router.path}\n")
        self._router.ip(f"link set {link} master subnets up\n")
        machine.ip(f"address add {address}/{prefix} dev eth0\nlink set eth0 up\nroute add default via {gateway}\n")

    def unplug(self, link):
        self._router.ip(f"link set {link} down\n")

    def publish(self, private, public):
        """From now on the public address is the private one's."""
        self._router.nft(
            f"add element ip translation to_private {{ {public} : {private} }}\n"
            f"add element ip translation to_public {{ {private} : {public} }}\n"
        )
        self._internet.publish(public, self._address)

    def withdraw(self, private, public):
        self._router.nft(
            f"delete element ip translation to_private {{ {public} }}\n"
            f"delete element ip translation to_public {{ {private} }}\n"
        )
        self._internet.withdraw(public)

    def close(self):
        self._router.close()  # its interfaces go with it, and their peers


def _forward(network):
    with network.entered():
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
