"""Which git hosts can be simulated."""

STAGES = ("azure", "gitea", "github", "gitlab")
