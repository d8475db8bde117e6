"""The network: documents fetched within bounds of time, size and address, and nothing decided about them."""
