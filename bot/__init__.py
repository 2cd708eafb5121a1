"""Agnox Bot: turns a red test run on a pull request into an answer."""
