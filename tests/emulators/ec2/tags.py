"""A resource's tags by its id. moto looks through the tags of all resources for each, which takes 10 s for 1,000."""

from moto.ec2.models.core import TaggedEC2Resource

from .patching import patch


@patch(TaggedEC2Resource, "get_tags")
def _by_id(_original, self):
    tags = self.ec2_backend.tags.get(self.id, {}) if self.id else {}
    return [{"resource_id": self.id, "key": key, "value": value} for key, value in tags.items()]
