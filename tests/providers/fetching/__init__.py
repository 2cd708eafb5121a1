"""Tests of files of CI runs as they come from any host."""
