"""A server on a real port that says what a test wants, and a machine with nothing of ours on it."""

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agnox.commands import options
from agnox.sending.server import Patience, Server
from simulators.serving import serving

KEY = "agx_0123456789abcdef"
QUICK = Patience(connect=5, read=5, retries=2, backoff=0, longest_wait=0)
SENT = {"cycleId": "0c" * 16, "taskId": "0e" * 16, "status": "ANALYZING"}

_FOREIGN = ("AGNOX_", "GITHUB_", "GITLAB_", "CI", "BUILD", "TRAVIS", "JENKINS", "GIT_", "TF_BUILD")


@dataclass
class Part:
    """A part of a form."""

    name: str
    filename: str
    encoding: str
    content: bytes


@dataclass
class Heard:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    parts: list[Part] = field(default_factory=list)

    def fields(self) -> dict[str, str]:
        """Gives the parts of a form that are no files."""
        return {part.name: part.content.decode() for part in self.parts if not part.filename}

    def files(self) -> dict[str, bytes]:
        """Gives the files of a form, unpacked, by kind and name."""
        return {
            f"{part.name} {part.filename}": gzip.decompress(part.content) if part.encoding == "gzip" else part.content
            for part in self.parts
            if part.filename
        }

    @property
    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


@dataclass
class Scripted:
    """A server that gives the answers it was told, one after another, and then says that all is well."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def of(self, path: str) -> list[Heard]:
        return [each for each in self.heard if each.path == path]

    @property
    def server(self) -> Server:
        return Server.at(self.url, KEY, QUICK)

    async def answer(self, request: Request) -> Response:
        heard = Heard(request.url.path, dict(request.headers), await request.body())
        self.heard.append(heard)
        if heard.headers.get("content-type", "").startswith("multipart/"):
            async with request.form() as form:
                for name, value in form.multi_items():
                    if isinstance(value, str):
                        heard.parts.append(Part(name, "", "", value.encode()))
                    else:
                        encoding = value.headers.get("content-encoding", "")
                        heard.parts.append(Part(name, value.filename or "", encoding, await value.read()))
        if self.answers:
            return self.answers.pop(0)
        if request.url.path == "/api/ingest/setup":
            return JSONResponse({"success": True, "data": {**SENT, "sessionId": "5e55"}}, 201)
        if request.url.path.startswith("/api/ingest/"):
            return JSONResponse({"success": True})
        return JSONResponse({"success": True, "data": SENT}, 202)


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, a home of its own, and no variables of the CI that runs these tests."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setattr(options, "PATIENCE", QUICK)
    return work


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where requests wait that could not be sent."""
    return tmp_path / "state" / "agnox" / "outbox"


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    told = Scripted()
    app = Starlette(routes=[Route("/{path:path}", told.answer, methods=["POST"])])
    with serving(app) as told.url:
        yield told


@pytest.fixture
def connected(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """The same, with the variables set that make it the client's server."""
    monkeypatch.setenv("AGNOX_URL", scripted.url)
    monkeypatch.setenv("AGNOX_API_KEY", KEY)
    return scripted
