"""What a Dask process tells `power_off.py` beside it: two files in the folder that
XCORE_NODE_STATE names."""

import logging
import os

STATE_VARIABLE = "XCORE_NODE_STATE"

logger = logging.getLogger("distributed.xcore")


class NodeState:
    """`alive` and `over`, as `power_off.py` reads them. Without a folder, as on `local`, nothing is
    written."""

    def __init__(self, folder):
        self.folder = folder
        self._failed = False

    @classmethod
    def from_environment(cls):
        return cls(os.environ.get(STATE_VARIABLE) or None)

    def alive(self):
        """Touches `alive`. A failure is logged once, and is no reason to stop working."""
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
        """In one step: once the file exists, the instance may be powered off."""
        if not self.folder:
            return
        part = os.path.join(self.folder, "over.part")
        with open(part, "w", encoding="utf-8") as file:
            file.write(why + "\n")
        os.replace(part, os.path.join(self.folder, "over"))
