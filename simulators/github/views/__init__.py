"""GitHub's JSON for each thing in the state, as the REST API and the webhooks show it."""
