"""What the engine's process stands on: its threads, its logs, and the watchdog."""
