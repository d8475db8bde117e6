"""The rules folder on disk: read, held against drafts, and written, safely, for whoever works with it."""
