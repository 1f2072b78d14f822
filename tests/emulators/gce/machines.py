"""What an instance is in fact. The API knows it by these methods; without booting there is nothing behind them."""


class NoMachines:
    """For large counts: instances are rows and nothing more."""

    def __init__(self):
        self._consoles = {}

    def boot(self, instance, path):
        """Starts it. It tells `Instances.powered_off(path)` when its guest switches it off."""

    def power_off(self, instance):
        """Ends it at once; it may be off already."""

    def tell_preempted(self, instance):
        """Shows the notice at its metadata server."""

    def console(self, instance):
        """All that it printed to its first serial port."""
        return self._consoles.get(instance["id"], b"")

    def print(self, instance, text):
        """Has it print something, which a machine does by itself."""
        self._consoles[instance["id"]] = self.console(instance) + text.encode()

    def step(self):
        """Time passes; called again and again by a thread that stays."""

    def close(self):
        """Ends all of them."""
