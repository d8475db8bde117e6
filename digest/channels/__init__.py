"""Where messages go: each channel sends one part and says plainly what became of it."""
