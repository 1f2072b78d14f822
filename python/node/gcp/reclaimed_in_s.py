"""Compute Engine tells an instance that it reclaims it as long before as `preemptionNoticeDuration`
says, with which workers are launched; then it presses the power button."""

from __future__ import annotations

PREEMPTED = "http://metadata.google.internal/computeMetadata/v1/instance/preempted"
GIVES_S = 120


def reclaimed_in_s(ask):
    """Seconds that are left, or None."""
    return GIVES_S if ask(PREEMPTED, {"Metadata-Flavor": "Google"}) == "TRUE" else None
