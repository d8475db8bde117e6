"""The engine: joins the clock, the network, the core and the store, and decides nothing that a core module could."""
