"""TOML files as users write them: tables with checked keys, and the places of what stands in them."""
