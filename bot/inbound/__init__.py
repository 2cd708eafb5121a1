"""The doors: what comes in over HTTP from git hosts, CI systems and other programs."""
