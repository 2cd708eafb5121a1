"""Simulated hosts for tests: each request is held against the description that the host publishes."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from simulators.azure import azure_contract
from simulators.contract import Contract
from simulators.gitea import SPANNING
from simulators.github import GithubSimulator
from simulators.gitlab import gitlab_contract
from simulators.stage import Stage
from simulators.stages import make_stage

CONTRACTS = Path(__file__).parent / "data" / "contracts"


def a_stage(host: str, **options: Any) -> Stage:
    """Makes a stage whose description is read, and whose key is made, once a process."""
    return make_stage(host, **_DEAR[host](), **options)


def _described(host: str, read: Callable[[Mapping[str, Any]], Contract]) -> Callable[[], dict[str, Any]]:
    @cache
    def options() -> dict[str, Any]:
        return {"contract": read(json.loads((CONTRACTS / f"{host}.openapi.json").read_bytes()))}

    return options


@cache
def _app_key() -> dict[str, Any]:
    # The description of GitHub comes with its simulator.
    return {"private_key_pem": GithubSimulator().private_key_pem}


_DEAR: Mapping[str, Callable[[], dict[str, Any]]] = {
    "github": _app_key,
    "gitlab": _described("gitlab", gitlab_contract),
    "azure": _described("azure", azure_contract),
    "gitea": _described("gitea", lambda document: Contract(document, spanning=SPANNING)),
}
