"""A server that is away, slow, busy, not ours, or says no."""

import io
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from agnox.sending.server import Patience, Refused, Server, Unreachable
from tests.client.conftest import KEY, QUICK, SENT, Scripted

HEADERS = {"content-type": "text/plain", "idempotency-key": "k1"}


def post(server: Server, body: bytes = b"body") -> object:
    return server.post("/api/results", io.BytesIO(body), HEADERS)


def error(status: int, message: str = "no", **headers: str) -> Response:
    content = {"success": False, "error": "Refused", "message": message}
    return JSONResponse(content, status, {name.replace("_", "-"): value for name, value in headers.items()})


def test_what_is_sent(scripted: Scripted) -> None:
    assert post(scripted.server) == SENT
    (heard,) = scripted.heard
    assert (heard.path, heard.body) == ("/api/results", b"body")
    told = {name: heard.headers.get(name) for name in ("x-api-key", "content-length", "idempotency-key")}
    assert told == {"x-api-key": KEY, "content-length": "4", "idempotency-key": "k1"}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again_with_the_same_key(scripted: Scripted, status: int) -> None:
    scripted.answers = [error(status, retry_after="0"), error(status)]
    assert post(scripted.server, b"x" * 100_000) == SENT
    assert [(each.headers["idempotency-key"], len(each.body)) for each in scripted.heard] == [("k1", 100_000)] * 3


def test_retry_after_is_obeyed(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    patience = Patience(backoff=0, longest_wait=10)
    scripted.answers = [error(429, retry_after="3"), error(503, retry_after="9999")]
    assert post(Server.at(scripted.url, KEY, patience)) == SENT
    assert waited == [3, 10]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_stays_busy_may_be_asked_later(scripted: Scripted, status: int) -> None:
    scripted.answers = [error(status, "come back")] * 4
    with pytest.raises(Unreachable, match=f"it answered {status}: come back") as caught:
        post(scripted.server)
    assert caught.value.answered


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error(401), "it does not know the API key: check AGNOX_API_KEY"),
        (error(400, "suite:\n\x1b[31mbad"), "it answered 400: suite: [31mbad"),
        (error(413, "too large"), "it answered 413: too large"),
        (JSONResponse({"success": False, "message": "odd"}), "it answered 200: odd"),
        (HTMLResponse("<h1>Log in</h1>"), "it answered 200 with text/html; charset=utf-8, which no Agnox server does"),
        (HTMLResponse("<h1>Not Found</h1>", 404), "it answered 404 with text/html"),
        (JSONResponse(["success"]), "it answered 200 with application/json, which no Agnox server does"),
        (Response(status_code=204), "it answered 204 with nothing"),
        (RedirectResponse("https://sso.acme.test/in", 302), "it sends us to https://sso.acme.test/in: set AGNOX_URL"),
    ],
)
def test_an_answer_that_will_never_be_another(scripted: Scripted, answer: Response, said: str) -> None:
    scripted.answers = [answer]
    with pytest.raises(Refused) as caught:
        post(scripted.server)
    assert str(caught.value).startswith(said)
    assert len(scripted.heard) == 1


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_slow_server_is_not_waited_for(silent: str) -> None:
    with pytest.raises(Unreachable, match="timed out") as caught:
        post(Server.at(silent, KEY, Patience(read=0.05, retries=1, backoff=0)))
    assert not caught.value.answered


def test_nobody_there() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(Unreachable, match=r"\AConnection refused\Z"):
        post(Server.at(url, KEY, QUICK))


def test_an_answer_that_breaks_off(scripted: Scripted) -> None:
    scripted.answers = [Response(b"{}", headers={"content-length": "9999"})] * 3
    with pytest.raises(Unreachable):
        post(scripted.server)


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("", KEY, "no server is set"),
        ("agnox.acme.test", KEY, "must be like https://"),
        ("ftp://agnox.acme.test", KEY, "must be like https://"),
        ("https://me:pass@agnox.acme.test", KEY, "without a login"),
        ("https://agnox.acme.test:bad", KEY, "must be like https://"),
        ("https://agnox.acme.test", " ", "no API key is set"),
        ("https://agnox.acme.test", "a\nb", "characters that no API key has"),
    ],
)
def test_settings_that_can_not_be(url: str, key: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as caught:
        Server.at(url, key)
    assert "pass" not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(Server.at(" https://agnox.acme.test/ ", f"{KEY}\n"))


def test_a_proxy_is_used_where_one_is_set(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", scripted.url)
    assert post(Server.at("http://agnox.acme.test", KEY, QUICK)) == SENT
    assert scripted.heard[0].headers["host"] == "agnox.acme.test"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert post(scripted.server) == SENT
