"""Which rules an entry matches, which of its words decided, and why another does not."""
