"""Warnings about rules that are correct: terms that find nothing, find too much, or miss forms of their words."""
