"""Which reports tell of one event: each new report beside the newest ones."""

from digest.stories.cluster.publishers import publisher_of
from digest.stories.cluster.reading import Clue, clue_of
from digest.stories.cluster.window import LONGEST, Place, Window

__all__ = ["LONGEST", "Clue", "Place", "Window", "clue_of", "publisher_of"]
