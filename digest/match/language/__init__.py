"""The query language: from text to a tree of terms, with errors that name a place and a remedy."""
