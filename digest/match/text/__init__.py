"""How text is folded, and where its words begin and end, script by script."""
