"""Nothing that is logged holds a secret, or what lets somebody in."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest

from bot.cli.logs import FORMAT, MaskingFormatter, start_log

TOKEN = "ghp_" + "aB3" * 12
KEY = "Nq3-x_7yZ0pLw8vKd2RtUmBs5cFhGjEa"


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What a logger writes whose handler masks."""
    text, logger = StringIO(), logging.getLogger("shop")
    handler = logging.StreamHandler(text)
    handler.setFormatter(MaskingFormatter(FORMAT))
    logger.addHandler(handler)
    yield text
    logger.removeHandler(handler)


def test_messages_and_tracebacks_are_masked(written: StringIO) -> None:
    def lose(token: str) -> None:
        raise ConnectionError(f"GET https://oauth2:{token}@git.example.com/ failed")

    try:
        try:
            lose(TOKEN)
        except ConnectionError as error:
            raise RuntimeError(f"with authorization: Bearer {KEY}") from error
    except RuntimeError:
        logging.getLogger("shop").exception("job %s of %s failed", "01ab" * 8, TOKEN, stack_info=True)
    said = written.getvalue()
    assert TOKEN not in said and KEY not in said
    assert f"job {'01ab' * 8} of *** failed" in said
    assert "ConnectionError: GET https://oauth2:***@git.example.com/ failed" in said
    assert said.count("Traceback (most recent call last)") == 2 and "Stack (most recent call last)" in said


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/webhooks/gitlab/{KEY}", "/webhooks/gitlab/***"),
        (f"/webhooks/my-host/{KEY}?x=1", "/webhooks/my-host/***?x=1"),
        ("/webhooks/github", "/webhooks/github"),
        (f"/cycles/{KEY}?attempt=2", "/cycles/***?attempt=2"),
        (f"/cycles/{KEY}/files/{'01' * 16}", f"/cycles/***/files/{'01' * 16}"),
        (f"/api/cycles/{'01' * 16}/rerun", f"/api/cycles/{'01' * 16}/rerun"),
    ],
)
def test_a_key_in_a_path_is_masked_and_an_id_is_not(path: str, shown: str) -> None:
    # As uvicorn's access log has it.
    arguments = ("127.0.0.1:5", "POST", path, "1.1", 202)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', arguments, None)
    assert MaskingFormatter("%(message)s").format(record) == f'127.0.0.1:5 - "POST {shown} HTTP/1.1" 202'


def test_the_processes_log_masked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    names = ("httpx2", "arq", "alembic", "uvicorn")
    levels = {name: logging.getLogger(name).level for name in ("", *names)}
    monkeypatch.setattr(root, "handlers", [])
    try:
        start_log()
        logging.getLogger("bot").info("token %s", TOKEN)
        logging.getLogger("bot.queue.run").error("lost %s", TOKEN)
        logging.getLogger("arq").info("of no interest")
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" INFO ")[2] or line.partition(" ERROR ")[2] for line in lines] == [
        "bot: token ***",
        "bot.queue.run: lost ***",
    ]
