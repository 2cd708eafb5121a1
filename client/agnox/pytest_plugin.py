"""`pytest --agnox`: tests stream to the server while they run. What pytest loads each time is this module alone."""

import os

import pytest

_YES = frozenset({"1", "true", "yes", "on"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option and its setting in the configuration file."""
    group = parser.getgroup("agnox")
    group.addoption("--agnox", action="store_true", help="Stream the tests to the Agnox server (AGNOX_URL).")
    parser.addini("agnox", "Stream the tests to the Agnox server, as --agnox does.", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Registers what does the work, where it is wanted."""
    if not _wanted(config) or config.getoption("collectonly", default=False):
        return
    from agnox.reporting.witness import Witness

    config.pluginmanager.register(Witness(), "agnox-witness")
    # A worker of pytest-xdist hands its reports to the one process that sends.
    if not hasattr(config, "workerinput"):
        from agnox.reporting.reporter import Reporter

        config.pluginmanager.register(Reporter.of(config, os.environ), "agnox-reporter")


def _wanted(config: pytest.Config) -> bool:
    asked = config.getoption("agnox", default=False) or config.getini("agnox")
    return bool(asked) or os.environ.get("AGNOX_PYTEST", "").lower() in _YES
