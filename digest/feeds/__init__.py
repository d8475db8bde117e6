"""Feed documents: what they hold, which entries are new, and how often to ask for them."""
