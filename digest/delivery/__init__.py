"""Who is owed a message, what it says, and how fast it may go: decided without sending anything."""
