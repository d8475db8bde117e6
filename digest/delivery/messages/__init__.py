"""What each kind of message says: an alert, a catch-up, a digest, a notice."""
