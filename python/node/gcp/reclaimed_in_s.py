"""Compute Engine tells some thirty seconds before it reclaims an instance (Preemptible VM
instances)."""

from __future__ import annotations

PREEMPTED = "http://metadata.google.internal/computeMetadata/v1/instance/preempted"
GIVES_S = 30


def reclaimed_in_s(ask):
    """Seconds that are left, or None."""
    return GIVES_S if ask(PREEMPTED, {"Metadata-Flavor": "Google"}) == "TRUE" else None
