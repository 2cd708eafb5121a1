"""Executions as they are stored, without a database."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.store.models import Execution, TestCycle
from bot.store.publications import Told


def told(found: Sequence[Mapping[str, Any]], **fields: Any) -> Told:
    """An execution that failed of these causes, unless its fields say otherwise."""
    rest = {"cause": "", "fix": [], "evidence": [], "suspects": [], "category": "test"}
    values = {
        "attempt": 1,
        "state": "FAILED",
        "counts": {"total": 9, "passed": 8, "failed": 1},
        "analysis": {"inputs": [], "findings": [rest | dict(each) for each in found]},
        "problem": "",
        "outcome": "",
        "healed": [],
        **fields,
    }
    cycle = TestCycle(id="c", suite="unit", request={}, page_key="k", ci_context={}, head_sha="a" * 40)
    return Told(cycle, Execution(id="e", cycle_id="c", **values), settled=False)
