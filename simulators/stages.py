"""A stage by the name of its host."""

from importlib import import_module
from typing import Any

from simulators.names import STAGES
from simulators.stage import Stage


def make_stage(name: str, **options: Any) -> Stage:
    """Makes a simulated host with one repository. Raises LookupError for a name that is not in `STAGES`."""
    if name not in STAGES:
        raise LookupError(f"no host {name!r} can be simulated; known are {', '.join(STAGES)}")
    stage: Stage = getattr(import_module(f"simulators.{name}.stage"), f"{name.capitalize()}Stage")(**options)
    return stage
