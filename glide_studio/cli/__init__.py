"""The command line: one module a command; each imports only what it runs."""
