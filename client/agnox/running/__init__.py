"""Running a command so that its output goes to the terminal, into a log and to the server at once."""
