"""The agnox command and what it needs on a build machine."""

from importlib.metadata import version

__version__ = version("agnox-client")
