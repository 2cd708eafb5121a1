"""GitLab's OpenAPI description, completed; the description itself is not shipped, since its licence is another."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from simulators.contract import METHODS, Contract


def gitlab_contract(document: Mapping[str, Any]) -> Contract:
    """Makes a contract of GitLab's published description and what that lacks.

    Operations are named by method and path. Ids may be larger than the description says: those of GitLab.com are.
    """
    paths = {path: dict(item) for path, item in document["paths"].items()}
    for path, item in _supplement()["paths"].items():
        paths[path] = {**paths.get(path, {}), **item}
    for path, item in paths.items():
        for method in METHODS:
            if method in item:
                item[method] = {**item[method], "operationId": f"{method.upper()} {path}"}
    return Contract(_widened({**document, "paths": paths}))


def _supplement() -> dict[str, Any]:
    text = files(__package__).joinpath("gitlab.supplement.json").read_bytes()
    found: dict[str, Any] = json.loads(text)
    return found


def _widened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _widened(inner) for name, inner in value.items() if (name, inner) != ("format", "int32")}
    return [_widened(inner) for inner in value] if isinstance(value, list) else value
