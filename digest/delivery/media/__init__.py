"""How a message reads in each medium: Telegram's HTML, Markdown, plain text and JSON lines."""
