"""From a feed that is due to its committed entries."""
