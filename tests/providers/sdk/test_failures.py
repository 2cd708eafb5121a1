"""What an answer means, whoever gave it."""

from typing import Any

import pytest

from providers.clock import LONGEST, Clock
from providers.errors import (
    Forbidden,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Unauthenticated,
    Unavailable,
)
from providers.failures import Failures, read_message
from tests.providers.sdk.fakes import Moment

NOW = 1_800_000_000
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"
"""What NOW is in HTTP."""
ACME = Failures(
    "Acme",
    limits=frozenset({403, 429, 503}),
    limit_words=("tf400733",),
    remaining="ratelimit-remaining",
    reset="ratelimit-reset",
)


def failure(status: int, headers: dict[str, str], body: bytes = b"", **changes: Any) -> ProviderError:
    return ACME.failure(status, headers, body, Clock(Moment(NOW)), **changes)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *[(status, Unavailable) for status in (301, 302, 408, 500, 502, 503, 504, 520)],
        *[(status, Rejected) for status in (400, 405, 409, 413, 415, 422)],
        *[(status, Forbidden) for status in (403, 451)],
        *[(status, NotFound) for status in (404, 410)],
        (401, Unauthenticated),
    ],
)
def test_statuses(status: int, kind: type[ProviderError]) -> None:
    error = failure(status, {})
    assert type(error) is kind
    assert str(error) == f"Acme answered {status}: HTTP {status}"


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (429, {}, b"Retry later", 60),
        (429, {"retry-after": "17"}, b"", 17),
        (429, {"retry-after": "0"}, b"", 1),
        (429, {"retry-after": "0.5"}, b"", 1),
        (429, {"retry-after": "-5"}, b"", 60),
        (429, {"retry-after": "nan"}, b"", 60),
        (429, {"retry-after": "9" * 400}, b"", 60),
        (429, {"retry-after": "9" * 30}, b"", LONGEST),
        (429, {"retry-after": "Fri, 15 Jan 2027 08:01:30 GMT"}, b"", 90),
        # The host's clock is five minutes ahead of ours.
        (429, {"retry-after": "Fri, 15 Jan 2027 08:06:30 GMT", "date": "Fri, 15 Jan 2027 08:05:00 GMT"}, b"", 90),
        (429, {"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, b"", 1),
        (429, {"retry-after": "Fri, 99 Foo 2027"}, b"", 60),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": str(NOW + 40)}, b"", 41),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": str(NOW + 40), "date": DATE}, b"", 41),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": str(NOW - 40)}, b"", 60),
        (429, {"ratelimit-remaining": "3", "ratelimit-reset": str(NOW + 40)}, b"", 60),
        (503, {"retry-after": "300"}, b"", 300),
        (403, {}, b'{"message": "TF400733: The request has been canceled"}', 60),
        (403, {"retry-after": "5"}, b"", 5),
    ],
)
def test_limits(status: int, headers: dict[str, str], body: bytes, wait: float) -> None:
    error = failure(status, headers, body)
    assert isinstance(error, RateLimited)
    assert error.retry_at.timestamp() - NOW == wait


def test_limits_in_a_row() -> None:
    waits = []
    for strikes in (0, 1, 2, 3, 4, 50):
        error = failure(429, {}, strikes=strikes)
        assert isinstance(error, RateLimited)
        waits.append(error.retry_at.timestamp() - NOW)
    assert waits == [60, 120, 240, 480, 960, 960]


def test_some_statuses_are_never_limits() -> None:
    assert type(failure(500, {"retry-after": "5"})) is Unavailable
    assert type(Failures("Acme").failure(503, {"retry-after": "5"}, b"", Clock(Moment(NOW)))) is Unavailable


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({}, None), ({"retry-after": "3"}, 3), ({"retry-after": "soon"}, None), ({"ratelimit-remaining": "0"}, None)],
)
def test_slow_down(headers: dict[str, str], wait: float | None) -> None:
    asked = ACME.slow_down(headers, Clock(Moment(NOW)))
    assert (asked.retry_at.timestamp() - NOW if asked else None) == wait


def test_a_host_may_know_more() -> None:
    acme = Failures("Acme", refine=lambda status, headers, message: Rejected if "taken" in message else None)
    assert type(acme.failure(500, {}, b"name is taken", Clock(Moment(NOW)))) is Rejected
    assert type(acme.failure(500, {}, b"", Clock(Moment(NOW)))) is Unavailable


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": "404 Project Not Found"}', "404 Project Not Found"),
        (b'{"message": {"name": ["is taken", "is bad"], "base": ["Too many"]}}', "name: is taken, is bad, Too many"),
        (b'{"message": ["one", "two"]}', "one, two"),
        (b'{"error": "insufficient_scope", "error_description": "needs api"}', "insufficient_scope, needs api"),
        (b'{"error": "x", "message": "x"}', "x"),
        (b'{"$id": "1", "message": "TF401019: no", "typeKey": "GitRepositoryNotFoundException"}', "TF401019: no"),
        (b'{"errors": [{"message": "first"}, {"path": "a.py"}]}', "first, path: a.py"),
        (b'"just text"', "just text"),
        (b"Retry later\n", "Retry later"),
        (b"<html><body>Sign in</body></html>", ""),
        (b"  \n<!DOCTYPE html>", ""),
        (b'{"message": "cut', ""),
        (b"[" * 100_000, ""),
        (b"\x00\x01\xff", ""),
        (b"", ""),
        (b"{}", ""),
        (b"null", ""),
        (b'{"message": null}', ""),
        ('{"message": "é\\ud800"}'.encode(), "é\ud800"),
    ],
)
def test_messages(body: bytes, message: str) -> None:
    assert read_message(body) == message


def test_a_message_is_one_short_line() -> None:
    told = str(failure(400, {}, b'{"message": "a\\r\\n\\u001b[31mb\\ud800 ' + b"x" * 10_000 + b'"}'))
    assert told.startswith("Acme answered 400: a b\ufffd xxx")
    assert len(told) <= 520
    told.encode()


def test_a_page_is_not_quoted() -> None:
    assert str(failure(502, {}, b"<html>secret</html>")) == "Acme answered 502: HTTP 502"
