"""How the state looks in answers and webhooks, in the shapes of Gitea's `modules/structs`."""
