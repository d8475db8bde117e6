"""What is wrong enough with feeds, rules and channels to be told."""
