"""From what is owed to a chat to what has arrived there."""
