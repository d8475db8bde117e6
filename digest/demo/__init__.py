"""A simulated news day on loopback: invented feeds, a Bot API server, the real engine and dashboard."""
