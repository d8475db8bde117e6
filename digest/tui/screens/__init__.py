"""What opens on top of the dashboard."""
