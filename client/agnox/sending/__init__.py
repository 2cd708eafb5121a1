"""Getting results to a server, now or later."""
