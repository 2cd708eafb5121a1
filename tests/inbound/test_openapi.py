"""The API's document: it has every route, is valid, and what the doors answer is what it says."""

import re
from collections.abc import Mapping
from typing import Any, cast

import httpx2
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.routing import Route

from bot.inbound.ingest import IngestDoor
from bot.inbound.openapi import make_document
from bot.usecases.ingest.sessions import Sessions
from bot.web.api_page import ApiPage
from bot.web.cycles import HEADERS
from tests.inbound.conftest import CYCLE, Behind, client_of, make_app

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return make_document()


def conforms(document: Mapping[str, Any], method: str, path: str, response: httpx2.Response) -> None:
    """Checks an answer against what the document says of its status."""
    answer = document["paths"][path][method]["responses"][str(response.status_code)]
    schema = answer["content"]["application/json"]["schema"] | {"components": document["components"]}
    OAS31Validator(schema).validate(response.json())


def test_it_is_a_valid_document(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"] == "3.1.0"


def test_every_route_of_the_api_is_in_it_and_no_other(document: dict[str, Any]) -> None:
    doors = [
        *make_app(Behind()).routes,
        *IngestDoor(Behind().calls(), cast("Sessions", None)).routes(),
        *ApiPage(make_document).routes(),
    ]
    served = {
        (method.lower(), route.path)
        for route in doors
        if isinstance(route, Route) and route.path.startswith("/api/")
        for method in (route.methods or ())
        if method != "HEAD"
    }
    assert served == {(method, path) for path, methods in document["paths"].items() for method in methods}


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)


async def test_it_is_served_to_anybody(document: dict[str, Any]) -> None:
    async with client_of(make_app(Behind())) as client:
        response = await client.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == document


@pytest.mark.parametrize("prefix", ["", "x"])
async def test_a_trigger_and_its_refusal_are_as_told(
    prefix: str, document: dict[str, Any], client: httpx2.AsyncClient, behind: Behind
) -> None:
    behind.warnings = ("nobody can be told",)
    body = {
        "projectId": "p",
        f"{prefix}command": "make test",
        "ciContext": {"source": "jenkins", "prNumber": "42/merge"},
    }
    schema = {"$ref": "#/components/schemas/Trigger", "components": document["components"]}
    assert OAS31Validator(schema).is_valid(body) is (prefix == "")
    response = await client.post("/api/ci/trigger", json=body)
    assert response.status_code == (400 if prefix else 201)
    conforms(document, "post", "/api/ci/trigger", response)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/cycles", 200),
        ("get", "/api/cycles/{id}", 404),
        ("get", "/api/executions/{id}/status", 200),
        ("post", "/api/cycles/{id}/rerun", 201),
        ("post", "/api/cycles/{id}/cancel", 409),
    ],
)
async def test_answers_are_as_told(
    method: str, path: str, status: int, document: dict[str, Any], client: httpx2.AsyncClient
) -> None:
    response = await client.request(method, path.replace("{id}", CYCLE))
    assert response.status_code == status
    conforms(document, method, path, response)


async def test_the_page_shows_every_operation_and_links_to_what_is_there(document: dict[str, Any]) -> None:
    async with client_of(Starlette(routes=ApiPage(make_document).routes())) as client:
        response = await client.get("/api/docs")
    assert response.status_code == 200
    assert response.headers["content-security-policy"] == HEADERS["content-security-policy"]
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in response.text
    anchors = re.findall(r' id="([^"]+)"', response.text)
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r'href="#([^"]+)"', response.text)) <= set(anchors)
    assert "<script" not in response.text and "style=" not in response.text


async def test_the_page_escapes_what_it_shows(document: dict[str, Any]) -> None:
    hostile = document | {"info": {**document["info"], "title": "<img src=x>"}}
    async with client_of(Starlette(routes=ApiPage(lambda: hostile).routes())) as client:
        assert "&lt;img src=x&gt;" in (await client.get("/api/docs")).text
