"""The command line: one module per group of commands, none with logic of its own."""
