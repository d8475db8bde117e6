"""Digest: feeds in, rules in plain files, alerts on a live dashboard and in Telegram."""

__version__ = "0.1.0"
