"""The machines of a cloud that boots nothing: for thousands of instances."""


class NoMachines:
    def step(self):
        """Nothing to boot or to end."""

    def is_off(self, instance):
        return True

    def cut(self, instance):
        """A host that fails is seen by nobody but its instances: here nothing."""

    def move_user(self, address):
        """There is nobody to see the user."""

    def console(self, instance):
        return b""

    def times(self, instance):
        return {}

    def pids(self, instance):
        return []

    def close(self):
        """Nothing is held."""
