"""Names of countries and places in other languages and scripts, for aliases: offline, to be looked through."""
