"""What a Dask process tells the switch of its machine: two files in the folder that XCORE_NODE_STATE names."""

import logging
import os

STATE_VARIABLE = "XCORE_NODE_STATE"

logger = logging.getLogger("distributed.xcore")


class NodeState:
    """`alive` and `over`, as `power_off.py` reads them. Without a folder, as on a person's own machine, nothing is written."""

    def __init__(self, folder):
        self.folder = folder
        self._failed = False

    @classmethod
    def from_environment(cls):
        return cls(os.environ.get(STATE_VARIABLE) or None)

    def alive(self):
        """Shows life. That it cannot is said once, and is no reason to stop working."""
        if not self.folder:
            return
        path = os.path.join(self.folder, "alive")
        try:
            with open(path, "a", encoding="utf-8"):
                os.utime(path)
        except OSError as error:
            if not self._failed:
                logger.warning("Cannot show life: %s", error)
            self._failed = True

    def over(self, why):
        """In one step: who sees the file may power the machine off at once."""
        if not self.folder:
            return
        part = os.path.join(self.folder, "over.part")
        with open(part, "w", encoding="utf-8") as file:
            file.write(why + "\n")
        os.replace(part, os.path.join(self.folder, "over"))
