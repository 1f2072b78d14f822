"""CPU credits: what AWS's page says of T2 and T3."""

import pytest
from ec2.credits import balance, boot_s, launch_credits
from ec2.launching import INSTANCE_TYPES

CPU_S = 60.0


def test_only_t2_in_standard_mode_starts_with_credits():
    assert launch_credits("t2.small", "standard") == 30
    assert launch_credits("t2.medium", "standard") == 60
    assert launch_credits("t2.small", "unlimited") == 0
    assert launch_credits("t3.small", "standard") == 0


def test_a_t3_in_standard_mode_boots_at_its_baseline():
    assert boot_s("t3.small", "standard", CPU_S) == pytest.approx(150), "two vCPUs, a fifth of each"
    assert boot_s("t3.micro", "standard", CPU_S) == pytest.approx(300)
    assert boot_s("t3.small", "unlimited", CPU_S) == CPU_S
    assert boot_s("t2.small", "standard", CPU_S) == CPU_S
    assert boot_s("c5.large", None, CPU_S) == CPU_S


def test_the_launch_credits_of_a_t2_last_for_half_an_hour_and_what_it_earns_meanwhile():
    lasts = 30 * 60 / 0.8
    assert boot_s("t2.small", "standard", lasts) == pytest.approx(lasts)
    assert boot_s("t2.small", "standard", lasts + 60) == pytest.approx(lasts + 300)


def test_what_a_boot_takes_is_paid_from_credits_or_owed():
    booted = 60
    assert balance("t2.small", "standard", CPU_S, booted)[0] == pytest.approx(30 - 1 + 0.2)
    assert balance("t3.small", "unlimited", CPU_S, booted) == (0, pytest.approx(1 - 0.4))
    assert balance("t3.small", "standard", CPU_S, 150) == (pytest.approx(0), 0)
    left, owed = balance("t3.small", "unlimited", CPU_S, 3600)
    assert (left, owed) == (pytest.approx(24 - 1), 0)
    assert balance("t3.small", "unlimited", CPU_S, 1e7)[0] == 24 * 24


@pytest.mark.parametrize("name", [n for n, facts in INSTANCE_TYPES.items() if facts.get("BurstablePerformanceSupported")])
def test_every_burstable_type_is_known(name):
    assert boot_s(name, "standard", CPU_S) >= CPU_S


def test_an_accounts_default_is_for_launches_that_say_no_mode(cloud, network):
    def mode(**changes):
        (instance,) = network.run(**changes)
        return cloud.reading(instance)["credits"]["mode"]

    cloud.set(default_credits={"t2": "unlimited", "t3": "standard"})
    assert mode(InstanceType="t2.small") == "unlimited"
    assert mode(InstanceType="t3.small") == "standard"
    assert mode(InstanceType="t3.small", CreditSpecification={"CpuCredits": "unlimited"}) == "unlimited"
    (other,) = network.run(InstanceType="m5.large")
    assert cloud.reading(other)["credits"] is None
