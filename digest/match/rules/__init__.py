"""Rules as values, and what one rule file says: its rules, aliases and queries, and its mistakes."""
