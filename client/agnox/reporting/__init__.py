"""Tests that tell the server of themselves while they run."""
