"""Which reports tell of one event: each new report beside the newest ones, and whose voice each is."""

from digest.stories.cluster.contrast import checked
from digest.stories.cluster.kin import Whole, kin_of
from digest.stories.cluster.languages import language_of
from digest.stories.cluster.publishers import publisher_of
from digest.stories.cluster.reading import Clue, clue_of
from digest.stories.cluster.related import Traits, related, traits_of
from digest.stories.cluster.window import LONGEST, Placing, Window

__all__ = [
    "LONGEST",
    "Clue",
    "Placing",
    "Traits",
    "Whole",
    "Window",
    "checked",
    "clue_of",
    "kin_of",
    "language_of",
    "publisher_of",
    "related",
    "traits_of",
]
