"""The shapes in which GitLab shows its state."""
