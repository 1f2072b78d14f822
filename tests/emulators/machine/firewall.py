"""What may come in to a machine; what it asked for may come back, and all may go out.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Packets that are let in."""

    sources: frozenset
    """IPv4 addresses and networks."""
    protocol: str
    """tcp, udp, icmp, or all."""
    first_port: int = 0
    last_port: int = 65535


def ruleset(rules):
    """nft's text for a machine's network; given again it replaces what was there."""
    return "\n".join([
        "table inet groups",
        "delete table inet groups",
        "table inet groups {",
        "chain in {",
        "type filter hook input priority 0; policy drop;",
        'iifname != "eth0" accept',
        "ct state established,related accept",
        *(_line(rule) for rule in rules if rule.sources),
        "}",
        "}\n",
    ])


def _line(rule):
    which = f"ip saddr {{ {', '.join(sorted(rule.sources))} }}"
    if rule.protocol == "all":
        return f"{which} accept"
    if rule.protocol == "icmp":
        return f"{which} ip protocol icmp accept"
    return f"{which} {rule.protocol} dport {rule.first_port}-{rule.last_port} accept"
