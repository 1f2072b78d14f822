"""What a test can set, with units in the names. One set for the whole emulated cloud."""

import dataclasses
import fnmatch
from dataclasses import dataclass, field


@dataclass
class Settings:
    pending_s: float = 1.0
    """From the launch to `running`."""
    boot_s: float = 0.0
    """From `running` to the boot of its system: firmware and kernel, which machines here have not."""
    boot_cpu_s: float = 0.0
    """Processor time of a boot, for which a burstable type needs credits: see credits.py."""
    default_credits: dict = field(default_factory=dict)
    """Family of burstable types -> mode: the account's default for launches that say none."""
    stopping_s: float = 1.0
    """From `shutting-down` to `terminated`, at least."""
    grace_s: float = 20.0
    """From the power button to the cut of what has not ended by then, for what is launched from now on and boots."""
    snapshot_busy_s: float = 2.0
    """For so long an image's snapshots stay in use after it was deregistered without them."""
    snapshot_result: str = "success"
    """What DeregisterImage says of the snapshots that it is to delete."""
    listing_lag_s: float = 0.0
    """A new instance is missing from listings for so long."""
    page_size: int = 1000
    """The most instances in one page, whatever MaxResults says."""
    throttled: bool = True
    """Whether AWS's published token buckets apply."""
    buckets: dict = field(default_factory=dict)
    """Pattern of actions -> [tokens at most, tokens a second], in place of the published ones."""
    capacity: list = field(default_factory=list)
    """Rules {type, zone, market, left}: how many more can be had; the first that fits counts."""
    free_plan: bool = False
    """Whether the account may only launch what is eligible for the Free plan."""
    http_tokens_enforced: bool = False
    """Whether the account launches nothing that answers IMDSv1."""
    local_zones: list = field(default_factory=list)
    """Names of Local Zones that the account has opted in to, such as us-east-1-bos-1a."""
    deaths: list = field(default_factory=list)
    """Rules {type, zone, market, code, message}: what fits is accepted, and terminated where it would begin to run."""
    quotas: list = field(default_factory=list)
    """Rules {type, market, vcpus}: the account's limit, over all that fits the rule; each that fits counts."""
    faults: list = field(default_factory=list)
    """{action, code, message, status, times, after}; after: it is done, and the answer is lost. times: null is for ever."""
    denied: list = field(default_factory=list)
    """Patterns of actions for which the caller has no permission."""
    credentials: str = "valid"
    """"valid", "expired" or "invalid"."""
    expired_keys: list = field(default_factory=list)
    """Ids of access keys that have expired, while others are as `credentials` says."""
    spot_prices: dict = field(default_factory=dict)
    """Instance type, or "type/zone" -> USD an hour."""

    def update(self, changes):
        unknown = set(changes) - {f.name for f in dataclasses.fields(self)}
        if unknown:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        for name, value in changes.items():
            setattr(self, name, value)

    def reset(self):
        self.update(dataclasses.asdict(Settings()))


SETTINGS = Settings()

PROFILES = {
    "free_plan": {"free_plan": True},
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html: 5 vCPUs, and of some accounts 1
    "new_account": {"quotas": [{"vcpus": 1}]},
    "institute": {
        "http_tokens_enforced": True,
        "default_credits": {"t2": "unlimited", "t3": "standard", "t3a": "standard", "t4g": "standard"},
    },
    "stock_out": {"capacity": [{"zone": "us-east-1a", "left": 0}]},
    # https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html: without kms:CreateGrant the launch is
    # accepted, and ends
    "kms": {
        "deaths": [{"code": "Client.InternalError", "message": "Client.InternalError: Client error on launch"}],
    },
}
"""Kinds of accounts, as people have them."""


def fits(rule, **facts):
    """Whether a rule's patterns match: fits({"type": "t3.*"}, type="t3.small", zone="us-east-1a")."""
    return all(fnmatch.fnmatchcase(value, rule.get(name, "*")) for name, value in facts.items())
