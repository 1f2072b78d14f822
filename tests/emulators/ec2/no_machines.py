"""The machines of a cloud that boots nothing: for thousands of instances."""


class NoMachines:
    def __init__(self):
        self._consoles = {}

    def step(self):
        """Nothing to boot or to end."""

    def is_off(self, instance):
        return True

    def cut(self, instance):
        """A host that fails is seen by nobody but its instances: here nothing."""

    def move_user(self, address):
        """There is nobody to see the user."""

    def print(self, instance, text):
        self._consoles[instance.id] = self.console(instance) + text.encode()

    def console(self, instance):
        return self._consoles.get(instance.id, b"")

    posted_console = console

    def times(self, instance):
        return {}

    def pids(self, instance):
        return []

    def close(self):
        """Nothing is held."""
