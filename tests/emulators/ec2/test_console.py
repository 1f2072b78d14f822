"""What GetConsoleOutput shows of a type on the Nitro system, and of an older one."""

from .conftest import refused


def test_a_nitro_type_shows_what_is_printed_now(network):
    (instance,) = network.run()
    ec2 = network.cloud.ec2
    assert "Output" not in ec2.get_console_output(InstanceId=instance, Latest=True)
    network.cloud.ask("print", id=instance, text="one\n")
    assert ec2.get_console_output(InstanceId=instance, Latest=True)["Output"] == "one\n"


def test_an_older_type_refuses_to(network):
    (instance,) = network.run(InstanceType="t2.small")
    ec2 = network.cloud.ec2
    latest = lambda: ec2.get_console_output(InstanceId=instance, Latest=True)  # noqa: E731
    assert refused(latest) == ("UnsupportedOperation", 400)
    network.cloud.ask("print", id=instance, text="one\n")
    assert ec2.get_console_output(InstanceId=instance)["Output"] == "one\n"


def test_the_last_64_kb_are_kept(network):
    (instance,) = network.run()
    network.cloud.ask("print", id=instance, text="x" * 65536 + "end")
    output = network.cloud.ec2.get_console_output(InstanceId=instance, Latest=True)["Output"]
    assert (len(output), output[-4:]) == (65536, "xend")


def test_what_is_posted_is_as_it_was_when_the_boot_was_over(boots):
    instance = boots.boot("echo booting")
    boots.cloud.inside(instance, "echo afterwards >/dev/console")
    assert "booting" in boots.cloud.console(instance)
    assert "afterwards" not in boots.cloud.console(instance)
