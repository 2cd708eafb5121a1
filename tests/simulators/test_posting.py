"""What the simulators of all hosts do with a webhook and with Markdown."""

import json
import re
from datetime import UTC, datetime

import httpx2
import pytest

from simulators.markdown import Dialect
from simulators.webhooks import Delivery, encode, post


def delivery() -> Delivery:
    payload = {"text": "é\ud800"}
    return Delivery(
        1, "guid", "Note Hook", payload, encode(payload), {"X-Token": "secret"}, datetime(2026, 11, 23, tzinfo=UTC)
    )


def test_delivery_is_posted_as_it_was_prepared() -> None:
    sent, seen = delivery(), list[httpx2.Request]()

    def receive(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(202, text="taken", headers={"x-answer": "yes"})

    with httpx2.Client(transport=httpx2.MockTransport(receive)) as client:
        assert post(sent, "http://bot/hook", client) is sent
    assert (seen[0].content, seen[0].headers["x-token"]) == ('{"text": "é?"}'.encode(), "secret")
    assert json.loads(sent.body) == {"text": "é?"}
    assert (sent.succeeded, sent.status_code, sent.status, sent.response_body) == (True, 202, "OK", "taken")
    assert sent.response_headers["x-answer"] == "yes"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (httpx2.ReadTimeout("slow"), 504, "timed out"),
        (httpx2.ConnectError("refused"), 502, "failed to connect to host: refused"),
    ],
)
def test_receiver_that_fails_is_noted(error: Exception, status: int, words: str) -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise error

    with httpx2.Client(transport=httpx2.MockTransport(fail)) as client:
        sent = post(delivery(), "http://bot/hook", client)
    assert (sent.succeeded, sent.status_code, sent.response_body) == (False, status, words)


def test_dialects_differ() -> None:
    text = "see !12, #3\nand > [!NOTE]"
    gitlab, plain = Dialect(re.compile(r"[!#]\d+"), home="/x"), Dialect(alerts=False, breaks=False)
    assert gitlab.references(text) == ["!12", "#3"]
    assert '<a href="/x" class="reference" rel="nofollow noopener">!12</a>' in gitlab.render(text)
    assert plain.references(text) == []
    assert "<br" in gitlab.render(text)
    assert "<br" not in plain.render(text)
    assert "alert note" in gitlab.render("> [!NOTE]\n> a")
    assert "alert" not in plain.render("> [!NOTE]\n> a")
