"""Queries compiled and asked of entries: which rules match, by which words, why not, and what an edit changes."""
