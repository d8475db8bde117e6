"""What Digest answers in JSON, for whoever asks: the command line, the web server's API, an agent's tools."""
