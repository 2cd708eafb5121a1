"""The session under an SDK: its own host only, no followers, no retries, our errors."""

import gzip
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import requests

from providers.errors import (
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    Unavailable,
)
from providers.sdk.session import GuardedSession, origins, password, private_token
from providers.sdk.threads import Lane, Threads
from tests.providers.sdk.fakes import FakeHost, Moment, Reply, fake_host
from tests.providers.sdk.guards import guard

pytestmark = pytest.mark.anyio


JSON = {"content-type": "application/json"}


def test_says_who_we_are(host: FakeHost, session: GuardedSession) -> None:
    session.get(f"{host.url}/api", headers={"User-Agent": "sdk/1", "Authorization": "Bearer other"})
    assert host.asked[0].headers["user-agent"] == "agnox-bot"
    assert host.asked[0].headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("sign", "name", "value"),
    [(private_token, "private-token", "t0ken"), (password, "authorization", "Basic OnQwa2Vu")],
)
def test_carries_the_token_as_its_host_wants(
    host: FakeHost, moment: Moment, sign: Callable[[str], Mapping[str, str]], name: str, value: str
) -> None:
    with GuardedSession(guard(host.url, moment, sign=sign)) as session:
        session.get(host.url)
    assert host.asked[0].headers[name] == value


@pytest.mark.parametrize(
    "url",
    [
        "https://{here}/api",
        "http://{here}0/api",
        "http://evil.example/{here}",
        "http://{here}@evil.example/api",
        "http://user:word@{here}/api",
        "http://evil.example#@{here}/",
        "http://evil.example\\@{here}/",
        "file:///etc/passwd",
        "//{here}/api",
        "http://",
        "http://[::1/api",
        "http://{here}:port/",
    ],
)
def test_goes_nowhere_else(host: FakeHost, session: GuardedSession, url: str) -> None:
    with pytest.raises(Rejected):
        session.get(url.format(here=host.url.removeprefix("http://")))
    assert host.asked == []


def test_knows_an_origin_however_it_is_written() -> None:
    assert origins("https://GitLab.Example.com/gitlab") == origins("https://gitlab.example.com:443")
    assert origins("https://büro.example") == origins("https://xn--bro-hoa.example/x")
    assert origins("http://[::1]:8080/x") != origins("http://[::1]:8081/x")


@pytest.mark.parametrize("url", ["", "acme.example", "ftp://acme.example", "https://", "https://me:pass@acme.example"])
def test_an_origin_is_a_plain_address(url: str) -> None:
    with pytest.raises(ValueError, match="no address of the form"):
        origins(url)


def test_follows_nobody(host: FakeHost, moment: Moment) -> None:
    host.reply(Reply(302, b"", {"location": f"{host.url}/sign-in"}))
    seen = []

    def judge(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        seen.append((status, headers["location"], headers["Location"]))
        return NotFound("moved")

    with GuardedSession(guard(host.url, moment, judge=judge)) as session, pytest.raises(NotFound):
        session.get(host.url, allow_redirects=True)
    assert seen == [(302, f"{host.url}/sign-in", f"{host.url}/sign-in")]
    assert len(host.asked) == 1
    assert session.last is not None
    assert session.last.status == 302


def test_a_redirect_that_cant_be_read_is_one_too(host: FakeHost, session: GuardedSession) -> None:
    host.reply(Reply(302, b"", {"location": "http://[::1"}))
    with pytest.raises(Unavailable, match="Acme answered 302"):
        session.get(host.url)


def test_passwords_of_the_machine_stay_there(
    host: FakeHost, moment: Moment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login root password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with GuardedSession(guard(host.url, moment, sign=lambda _: {})) as session:
        session.get(host.url)
    assert "authorization" not in host.asked[0].headers
    plain = requests.get(host.url, timeout=10)
    assert "Basic" in str(plain.request.headers["authorization"])
    plain.close()


def test_goes_through_the_proxy_of_the_environment(
    host: FakeHost, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", host.url)
    with GuardedSession(guard("http://scm.example", moment)) as session:
        session.get("http://scm.example/api")
    assert host.asked[0].path == "http://scm.example/api"


def test_keeps_no_cookies(host: FakeHost, session: GuardedSession) -> None:
    host.reply(Reply(headers={**JSON, "set-cookie": "session=1; Path=/"}))
    session.get(host.url)
    session.get(host.url)
    assert "cookie" not in host.asked[1].headers


def test_keeps_its_socket(host: FakeHost, session: GuardedSession) -> None:
    for body in (b"{}", b"[]" * 50_000, b""):
        host.reply(Reply(body=body))
        assert session.get(host.url).content == body
    assert len({asked.peer for asked in host.asked}) == 1


def test_a_body_can_still_be_read_in_pieces(host: FakeHost, session: GuardedSession) -> None:
    host.reply(Reply(body=b"log " * 100))
    with session.get(host.url, stream=True) as answer:
        assert b"".join(answer.iter_content(64)) == b"log " * 100


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_asks_once(host: FakeHost, session: GuardedSession, status: int) -> None:
    host.reply(Reply(status, headers={**JSON, "retry-after": "1"}))
    with pytest.raises((Unavailable, RateLimited)):
        session.get(host.url)
    assert len(host.asked) == 1


def test_a_host_that_is_not_there(moment: Moment) -> None:
    with (
        GuardedSession(guard("http://127.0.0.1:9", moment)) as session,
        pytest.raises(Unavailable, match="Acme can't be reached: ConnectionRefusedError"),
    ):
        session.get("http://127.0.0.1:9/")


def test_a_host_without_a_certificate(host: FakeHost, moment: Moment) -> None:
    url = host.url.replace("http:", "https:")
    with (
        GuardedSession(guard(url, moment)) as session,
        pytest.raises(Unavailable, match="Acme can't be reached: its certificate is not accepted: SSLError"),
    ):
        session.get(url)


def test_certificates_that_are_not_there(host: FakeHost, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    url = host.url.replace("http:", "https:")
    with GuardedSession(guard(url, moment)) as session, pytest.raises(Unavailable, match=r"/nowhere/ca\.pem"):
        session.get(url)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b'{"a": 1', length=100),
        Reply(body=b"not gzip", headers={"content-encoding": "gzip"}),
        Reply(body=gzip.compress(b"x" * 1000)[:40], headers={"content-encoding": "gzip"}, length=500),
    ],
)
def test_an_answer_that_breaks_off(host: FakeHost, session: GuardedSession, reply: Reply) -> None:
    host.reply(reply, Reply())
    with pytest.raises(Unavailable, match="Acme broke off its answer"):
        session.get(host.url)
    assert session.get(host.url).json() == {}


async def test_a_call_that_ended_cuts_nothing(host: FakeHost, moment: Moment, threads: Threads) -> None:
    with GuardedSession(guard(host.url, moment)) as session:
        for _ in range(3):
            await threads.run(Lane(), lambda: session.get(host.url))
    assert len({asked.peer for asked in host.asked}) == 1


def test_silence_while_the_host_asks_for_it(host: FakeHost, session: GuardedSession, moment: Moment) -> None:
    host.reply(Reply(429, b"Retry later", {"retry-after": "30"}), Reply())
    for _ in range(2):
        with pytest.raises(RateLimited, match="Acme answered 429: Retry later") as limited:
            session.get(host.url)
        assert limited.value.retry_at.timestamp() == moment.seconds + 30
    assert len(host.asked) == 1
    moment.seconds += 30
    assert session.get(host.url).ok


def test_limits_in_a_row_wait_longer(host: FakeHost, session: GuardedSession, moment: Moment) -> None:
    host.reply(*[Reply(429)] * 3, Reply(), Reply(429))
    waits = []
    for _ in range(3):
        with pytest.raises(RateLimited) as limited:
            session.get(host.url)
        waits.append(limited.value.retry_at.timestamp() - moment.seconds)
        moment.seconds += waits[-1]
    session.get(host.url)
    with pytest.raises(RateLimited) as limited:
        session.get(host.url)
    assert [*waits, limited.value.retry_at.timestamp() - moment.seconds] == [60, 120, 240, 60]


def test_a_good_answer_may_ask_to_slow_down(host: FakeHost, moment: Moment) -> None:
    host.reply(Reply(headers={**JSON, "retry-after": "5"}), Reply())
    shared = guard(host.url, moment)
    with GuardedSession(shared) as session, GuardedSession(shared) as other:
        assert session.get(host.url).ok
        with pytest.raises(RateLimited, match="slow down"):
            other.get(host.url)
        moment.seconds += 5
        assert other.get(host.url).ok
    assert len(host.asked) == 2


def test_what_a_host_refuses_is_raised(host: FakeHost, session: GuardedSession) -> None:
    host.reply(Reply(404, b'{"message": "404 Project Not Found"}'))
    with pytest.raises(NotFound, match="Acme answered 404: 404 Project Not Found"):
        session.get(host.url)


def test_a_certificate_of_ones_own(own_certificate: ssl.SSLContext, moment: Moment) -> None:
    with fake_host(own_certificate) as host, GuardedSession(guard(host.url, moment)) as session:
        assert [session.get(host.url).json() for _ in range(2)] == [{}, {}]
        assert len({asked.peer for asked in host.asked}) == 1
