"""Names of countries and places in other languages and scripts: for aliases, and to tell what a headline is about."""
