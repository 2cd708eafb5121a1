"""The agnox command and what it needs on a build machine."""

__version__ = "0.1.0"
