"""Rule files, and the rules that they hold."""
