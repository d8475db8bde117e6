"""One module for each version of the schema, oldest first; a released one is never edited."""
