"""The bill that EC2 would write, instance by instance, in seconds; prices are the test's.

Usage is billed while an instance is `running`, and in no other state:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"in one-second increments, with a minimum of 60 seconds", each time it enters `running`: https://aws.amazon.com/ec2/pricing/on-demand/
A volume is billed until it is released: https://aws.amazon.com/ebs/pricing/
"""

MINIMUM_S = 60


def line(instance, now):
    """One instance's line of the bill at a time."""
    about = {"id": instance.id, "type": instance.instance_type, "market": instance.lifecycle or "on-demand"}
    return {**about, **instance.usage.line(now, MINIMUM_S)}
