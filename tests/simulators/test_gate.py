"""The way of an API request that all simulated hosts share, on a host made up for it."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from simulators.answers import Answer, Refusal
from simulators.asked import Asked
from simulators.calls import Calls
from simulators.contract import Contract, Violation
from simulators.faults import Faults, html_page
from simulators.gate import Api, Handler, gate

NOTE = {"type": "object", "properties": {"text": {"type": "string", "maxLength": 5}}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Host", "version": "1"},
    "paths": {
        "/notes": {
            "post": {
                "operationId": "addNote",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": NOTE},
                        "application/x-www-form-urlencoded": {"schema": NOTE},
                    }
                },
                "responses": {"201": {"description": "made"}},
            },
            "get": {"operationId": "listNotes", "responses": {"200": {"description": "all"}}},
        }
    },
}


class Host(Api[str]):
    """Wants a token and words its own contract violations."""

    def identify(self, request: Request) -> str:
        token = request.headers.get("private-token", "")
        if not token:
            raise Refusal(401, "401 Unauthorized")
        return token

    def name_of(self, headers: Mapping[str, str]) -> str:
        return headers.get("private-token", "nobody")

    def is_token_request(self, path: str) -> bool:
        return path == "/oauth/token"


class Bench:
    """A host with an echo, its log and its faults."""

    def __init__(self, *, contract: Contract | None, etags: bool = False) -> None:
        self.asked: list[Asked[str]] = []
        self.violations: list[Violation] = []
        self.calls, self.faults = Calls(), Faults()
        handlers: dict[str, Handler[str]] = {
            "GET /projects/{id}/files/{file:path}": self.echo,
            "GET /projects/{id}/files/all": lambda asked: Answer("all", headers={"content-type": "text/plain"}),
            "POST /oauth/token": self.echo,
        }
        if contract is not None:
            handlers["addNote"] = self.echo
        api = Host(handlers, violations=self.violations, lock=threading.Lock(), contract=contract, etags=etags)
        now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        app = gate(api, calls=self.calls, faults=self.faults, now=lambda: now)
        self.client = TestClient(app, headers={"private-token": "mona"})

    def echo(self, asked: Asked[str]) -> Answer:
        self.asked.append(asked)
        body = asked.body.decode() if isinstance(asked.body, bytes) else asked.body
        return Answer({"body": body, "caller": asked.caller, **asked.arguments})


@pytest.fixture
def bench() -> Bench:
    return Bench(contract=Contract(DOCUMENT))


def test_own_routes_need_no_contract() -> None:
    bench = Bench(contract=None)
    answer = bench.client.get("/projects/a%2Fb/files/src/x%20y.py?ref=main")
    assert answer.json() == {"body": {}, "caller": "mona", "id": "a/b", "file": "src/x y.py"}
    assert bench.client.get("/projects/1/files/all").text == "all"
    (asked,) = bench.asked
    assert (asked.path, asked.query["ref"]) == ("/projects/a%2Fb/files/src/x%20y.py", "main")
    assert (asked.base, asked.template) == ("http://testserver", "/projects/{id}/files/{file:path}")
    assert bench.violations == []


def test_contract_is_kept(bench: Bench) -> None:
    assert bench.client.post("/notes", json={"text": "short"}).json()["body"] == {"text": "short"}
    assert bench.client.post("/notes", data={"text": "form"}).json()["body"] == {"text": "form"}
    assert bench.client.post("/notes", json={"text": "too long"}).status_code == 400
    assert bench.client.post("/notes", json={"txet": "x"}).status_code == 400
    too_long, misspelt = bench.violations
    assert too_long == Violation("POST", "/notes", "addNote: text: 'too long' is too long")
    assert "'txet' was unexpected" in misspelt.problem
    assert len(bench.asked) == 2


def test_what_a_correct_client_never_sends(bench: Bench) -> None:
    assert bench.client.get("/nope").status_code == 404
    assert bench.client.get("/notes").status_code == 501
    assert bench.client.post("/notes", content=b"{", headers={"content-type": "application/json"}).status_code == 400
    assert [v.problem for v in bench.violations] == [
        "Not Found",
        "listNotes is not simulated",
        "Problems parsing the body",
    ]


def test_refused_caller_is_no_violation(bench: Bench) -> None:
    answer = bench.client.post("/notes", json={"text": "too long"}, headers={"private-token": ""})
    assert (answer.status_code, answer.json()) == (401, {"message": "401 Unauthorized"})
    assert bench.violations == []


def test_body_of_another_kind_is_given_as_it_is(bench: Bench) -> None:
    sent = bench.client.post("/oauth/token", content=b"{raw", headers={"content-type": "application/octet-stream"})
    assert sent.json()["body"] == "{raw"
    text = bench.client.post("/oauth/token", content=b"\xff", headers={"content-type": "application/json"})
    assert text.status_code == 400


def test_log_knows_callers_tokens_and_faults(bench: Bench) -> None:
    bench.faults.add(html_page(path="/notes"))
    bench.client.post("/oauth/token", data={"grant_type": "x"})
    bench.client.post("/notes", json={})
    assert [(c.path, c.authenticated_as, c.token_request, c.fault, c.status) for c in bench.calls] == [
        ("/oauth/token", "mona", True, False, 200),
        ("/notes", "mona", False, True, 502),
    ]
    assert [call.path for call in bench.calls.writes()] == ["/notes"]


def test_date_is_the_simulated_clocks(bench: Bench) -> None:
    assert bench.client.get("/nope").headers["date"] == "Mon, 23 Nov 2026 12:00:00 GMT"


def test_etags_are_optional() -> None:
    with_etags, without = Bench(contract=None, etags=True), Bench(contract=None)
    first = with_etags.client.get("/projects/1/files/a")
    again = {"if-none-match": first.headers["etag"]}
    assert with_etags.client.get("/projects/1/files/a", headers=again).status_code == 304
    assert with_etags.client.get("/projects/1/files/b", headers=again).status_code == 200
    assert "etag" not in without.client.get("/projects/1/files/a").headers


def test_handler_of_an_unknown_operation_is_found_at_once() -> None:
    with pytest.raises(ValueError, match="no operation of the contract is called 'addNotes'"):
        Host({"addNotes": lambda asked: Answer()}, violations=[], lock=threading.Lock(), contract=Contract(DOCUMENT))
