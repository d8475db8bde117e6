"""Folding of text, and where words begin and end in each script."""
