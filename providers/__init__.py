"""Adapters for git hosts behind one contract; knows nothing of the bot."""
