"""Agnox servers: their runs are read when they end, and they run tests for us."""
