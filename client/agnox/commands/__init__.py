"""The client's own subcommands, one a module."""
