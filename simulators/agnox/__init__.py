"""A stand-in for an Agnox server with state, strict about what it accepts."""

from simulators.agnox.models import Account, Execution
from simulators.agnox.simulator import AgnoxSimulator

__all__ = ["Account", "AgnoxSimulator", "Execution"]
