"""Test runs that a reporter streams while they go on."""
