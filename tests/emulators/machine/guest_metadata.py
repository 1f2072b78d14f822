"""Google's metadata server: only for who says that it is meant.

https://cloud.google.com/compute/docs/metadata/querying-metadata
"""

from .metadata import Quiet

NAME = "metadata.google.internal"
ROOT = "/computeMetadata/v1/"


def guest_metadata(answer):
    """A handler for a metadata service.

    :param answer: gives the text of a path below /computeMetadata/v1/, or None where there is nothing
    """

    class Handler(Quiet):
        def do_GET(self):
            if self.headers.get("Metadata-Flavor") != "Google" or "X-Forwarded-For" in self.headers:
                return self.reply(403)
            text = answer(self.path.removeprefix(ROOT)) if self.path.startswith(ROOT) else None
            self.reply(404) if text is None else self.reply(200, text, [("Metadata-Flavor", "Google")])

    return Handler
