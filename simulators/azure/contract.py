"""The published OpenAPI description of Azure DevOps, made fit for checking requests.

The description is not part of this package; whoever has it gives it to `azure_contract`.
"""

import copy
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from simulators.contract import METHODS, Contract
from simulators.routing import Operation


class AzureContract(Contract):
    """Judges JSON patches as the JSON that they are; the checker only knows the plain media type."""

    def problems(
        self,
        operation: Operation,
        method: str,
        *,
        query: list[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> list[str]:
        """What the description has against this request, in words."""
        media_type = headers.get("content-type", "application/json").replace("json-patch+json", "json")
        told = {**headers, "content-type": media_type}
        return super().problems(operation, method, query=query, headers=told, body=body)


def azure_contract(document: Mapping[str, Any]) -> Contract:
    """A contract that also knows what the description leaves out.

    Added are the operations of `azure.supplement.json`, and Git operations without a project in their path. Schemas
    that extend others are made flat, so that unknown fields are found, and bags of properties take any key.
    """
    own = copy.deepcopy(dict(document))
    supplement = json.loads(files(__package__).joinpath("azure.supplement.json").read_bytes())
    for path, item in supplement["paths"].items():
        own["paths"].setdefault(path, {}).update(item)
    for path, parameters in supplement["parameters"].items():
        for method in METHODS:
            if method in own["paths"].get(path, {}):
                own["paths"][path][method]["parameters"] += parameters
    for item in own["paths"].values():
        for method in METHODS:
            content = item.get(method, {}).get("requestBody", {}).get("content", {})
            if (patch := content.pop("application/json-patch+json", None)) is not None:
                content["application/json"] = patch
    schemas = own["components"]["schemas"]
    for name in list(schemas):
        schemas[name] = _flat(schemas[name], schemas)
        if name.endswith(".PropertiesCollection"):
            schemas[name] = {"type": "object"}
        elif schemas[name].get("properties"):
            schemas[name].setdefault("additionalProperties", False)
    for path in [path for path in own["paths"] if path.startswith("/{organization}/{project}/_apis/git/")]:
        own["paths"].setdefault(path.replace("/{project}", "", 1), _without_project(own["paths"][path]))
    # Closed above by schema: some of them hold themselves, which cannot be done by body.
    return AzureContract(own, closed_bodies=False)


def _flat(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    flat = dict(schema)
    for part in flat.pop("allOf", ()):
        base = _flat(schemas[part["$ref"].rpartition("/")[2]] if "$ref" in part else part, schemas)
        if base.get("type") == "array":
            # A JSON patch document is said to be an object and an array; it is an array.
            return base
        flat["properties"] = {**base.get("properties", {}), **flat.get("properties", {})}
    return flat


def _without_project(item: Mapping[str, Any]) -> dict[str, Any]:
    twin = copy.deepcopy(dict(item))
    for method in METHODS:
        if (operation := twin.get(method)) is not None:
            operation["operationId"] += " (in any project)"
            operation["parameters"] = [p for p in operation.get("parameters", ()) if p["name"] != "project"]
    return twin
