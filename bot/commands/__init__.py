"""The `/agnox` language: one module a command, what they share, and the job that obeys a comment."""
