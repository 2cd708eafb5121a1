"""What is kept: the SQL database is the only truth."""
