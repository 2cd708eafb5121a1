"""The subcommands that the bot adds to `agnox`; each imports what it needs only when it runs."""
