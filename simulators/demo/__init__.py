"""The main job of the bot, shown from start to end on a simulated git host."""
