"""`agnox upload`, `agnox trigger`, `agnox flush`: what is sent, what is said, and how they end."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from starlette.responses import HTMLResponse, JSONResponse

from agnox.command import cli
from agnox.commands.upload import PARTS
from agnox.sending import form
from bot.domain.trigger import Trigger
from tests.client.conftest import KEY, SENT, Scripted

Agnox = Callable[..., Result]

AWAY = "http://127.0.0.1:1"
REPORT = "<testsuite><testcase name='a'/></testsuite>"


@pytest.fixture
def agnox() -> Agnox:
    return lambda *arguments: CliRunner().invoke(cli, arguments, prog_name="agnox")


@pytest.fixture
def report(machine: Path) -> Path:
    path = machine / "build" / "TEST-1.xml"
    path.parent.mkdir()
    path.write_text(REPORT)
    return path


def on_github(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_RUN_ID": "7",
        "GITHUB_REF": "refs/pull/42/merge",
        "GITHUB_SHA": "9f2c1e7d5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d",
        "GITHUB_JOB": "test",
    }.items():
        monkeypatch.setenv(name, value)


def test_reports_and_logs_are_sent(
    agnox: Agnox, connected: Scripted, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_github(monkeypatch)
    monkeypatch.setenv("NPM_TOKEN", "npm_Secret123456")
    Path("out.log").write_text("token npm_Secret123456\n" * 10_000)
    packed = gzip.compress(b"packed")
    Path("more.log.gz").write_bytes(packed)
    result = agnox("upload", "**/*.xml", "--log", "out.log", "--log", "more.log.gz", "--project", "shop")
    assert (result.exit_code, result.stdout) == (0, f"{SENT['cycleId']}\n")
    assert result.stderr == (
        f"agnox: 1 report and 2 logs sent to {connected.url}; cycle {SENT['cycleId']}; "
        "report: https://github.com/acme/shop/pull/42\n"
    )
    (heard,) = connected.heard
    assert heard.files() == {
        "report build/TEST-1.xml": REPORT.encode(),
        "log out.log": b"token ***\n" * 10_000,
        "log more.log.gz": packed,
    }
    assert int(heard.headers["content-length"]) == len(heard.body) < 5_000
    fields = heard.fields()
    assert (fields["projectId"], fields["suite"]) == ("shop", "test")
    assert json.loads(fields["context"])["prNumber"] == 42


def test_what_says_where_a_run_came_from_is_no_secret(
    agnox: Agnox, connected: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_github(monkeypatch)
    sha = "9f2c1e7d5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d"
    monkeypatch.setenv("CACHE_KEY", sha)
    Path("out.log").write_text(sha)
    agnox("upload", "--log", "out.log")
    assert json.loads(connected.heard[0].fields()["context"])["commitSha"] == sha
    assert connected.heard[0].files() == {"log out.log": sha.encode()}


def test_of_too_many_files_logs_and_failures_go_along(agnox: Agnox, connected: Scripted) -> None:
    for number in range(PARTS + 10):
        failed = "<testcase><failure/></testcase>" if number == PARTS + 5 else ""
        Path(f"{number:03}.xml").write_text(f"<testsuite>{failed}</testsuite>")
    Path("out.log").write_text("log")
    result = agnox("upload", "*.xml", "--log", "out.log")
    assert f"{PARTS + 10} reports and 1 log (11 left out: a call takes {PARTS} files) sent" in result.stderr
    names = list(connected.heard[0].files())
    assert (len(names), names[:3]) == (PARTS, ["log out.log", f"report {PARTS + 5}.xml", "report 000.xml"])


def test_of_a_log_that_is_too_long_the_middle_is_left_out(
    agnox: Agnox, connected: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "HEAD", 4)
    monkeypatch.setattr(form, "TAIL", 6)
    Path("out.log").write_text("0123" + "x" * 10 + "abcdef")
    Path("fits.log").write_text("0123456789")
    agnox("upload", "--log", "out.log", "--log", "fits.log")
    assert connected.heard[0].files() == {
        "log out.log": b"0123\n[agnox: 10 bytes left out]\nabcdef",
        "log fits.log": b"0123456789",
    }


def test_odd_names_stay_in_their_place(agnox: Agnox, connected: Scripted) -> None:
    name = 'a"; filename="b\r\nX: y.xml'
    Path(name).write_text(REPORT)
    assert agnox("upload", name).exit_code == 0
    (part,) = [part for part in connected.heard[0].parts if part.filename]
    assert (part.filename, part.name) == ("a%22; filename=%22b%0D%0AX: y.xml", "report")


def test_warnings_are_told_on_the_same_line(agnox: Agnox, connected: Scripted, report: Path) -> None:
    connected.answers = [JSONResponse({"success": True, "data": {**SENT, "warnings": ["no scm\nis known"]}}, 202)]
    result = agnox("upload", str(report))
    assert result.stderr.endswith("; warning: no scm is known\n")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("options", "code"), [([], 0), (["--strict"], 1)])
def test_nothing_that_matches(agnox: Agnox, connected: Scripted, options: list[str], code: int) -> None:
    result = agnox("upload", "**/TEST-*.xml", "--log", "no.log", *options)
    assert result.exit_code == code
    assert result.stderr == "agnox: nothing sent: no file matches **/TEST-*.xml, no.log\n"
    assert connected.heard == []


def test_nothing_named_is_a_mistake(agnox: Agnox) -> None:
    assert agnox("upload").exit_code == 2


@pytest.mark.parametrize(("options", "code"), [([], 0), (["--strict"], 1)])
def test_without_settings_the_build_goes_on(agnox: Agnox, report: Path, options: list[str], code: int) -> None:
    result = agnox("upload", str(report), *options)
    assert result.exit_code == code
    assert result.stderr == "agnox: 1 report not sent: no server is set: AGNOX_URL or --server\n"


def test_a_key_that_is_not_known(agnox: Agnox, connected: Scripted, report: Path, kept: Path) -> None:
    connected.answers = [JSONResponse({"success": False, "message": "no"}, 401)]
    result = agnox("upload", str(report))
    assert result.exit_code == 0
    assert result.stderr.endswith("it does not know the API key: check AGNOX_API_KEY\n")
    assert list(kept.iterdir()) == []


def test_a_page_instead_of_an_answer(agnox: Agnox, connected: Scripted, report: Path) -> None:
    connected.answers = [HTMLResponse("<title>Log in</title>")]
    result = agnox("upload", str(report), "--strict")
    assert result.exit_code == 1
    assert "which no Agnox server does: check AGNOX_URL" in result.stderr


def test_away_it_is_kept_and_sent_with_the_next_call(
    agnox: Agnox, connected: Scripted, report: Path, kept: Path
) -> None:
    connected.answers = [JSONResponse({"success": False, "message": "no room"}, 507)]
    away = agnox("upload", str(report), "--suite", "first")
    assert (away.exit_code, len(list(kept.iterdir()))) == (0, 1)
    assert f"{connected.url}: it answered 507: no room; 1 report kept, to be sent with the next call" in away.stderr
    later = agnox("upload", str(report), "--suite", "second")
    assert "; 1 kept earlier sent as well" in later.stderr
    assert [each.fields()["suite"] for each in connected.heard] == ["first", "first", "second"]
    assert list(kept.iterdir()) == []


def test_flush_sends_what_was_kept(agnox: Agnox, connected: Scripted, report: Path, kept: Path) -> None:
    busy = JSONResponse({"success": False, "message": "later"}, 500)
    connected.answers = [busy, busy, busy, busy]
    for _ in range(2):
        agnox("upload", str(report))
    assert len(list(kept.iterdir())) == 2
    told = agnox("flush", "--strict")
    assert (told.exit_code, told.stderr) == (1, "agnox: 1 request sent; the rest stays: it answered 500: later\n")
    assert agnox("flush", "--strict").stderr == "agnox: 1 request sent\n"
    assert agnox("flush", "--strict", "--server", AWAY).stderr == "agnox: 0 requests sent\n"
    assert (agnox("flush", "--api-key", "").exit_code, agnox("flush", "--strict", "--api-key", "").exit_code) == (0, 1)


def test_a_trigger(agnox: Agnox, connected: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    on_github(monkeypatch)
    options = ["--project", "shop", "--image", "acme/tests", "--environment", "staging", "--env", "A=b=c"]
    result = agnox("trigger", "--command", "pytest -q", "--base-url", "https://staging.test", *options)
    assert (result.exit_code, result.stdout) == (0, f"{SENT['cycleId']}\n")
    (heard,) = connected.of("/api/ci/trigger")
    assert "idempotency-key" in heard.headers
    body = heard.json
    assert Trigger.model_validate(body).config.env_vars == {"A": "b=c"}
    assert body.pop("ciContext")["repository"] == "acme/shop"
    assert body == {
        "projectId": "shop",
        "image": "acme/tests",
        "command": "pytest -q",
        "folder": "all",
        "config": {"environment": "staging", "envVars": {"A": "b=c"}, "baseUrl": "https://staging.test"},
    }


@pytest.mark.parametrize(
    "arguments",
    [["--project", "shop"], ["--command", "true"], ["--project", "shop", "--command", "true", "--env", "NAME"]],
)
def test_a_trigger_that_says_too_little(agnox: Agnox, connected: Scripted, arguments: list[str]) -> None:
    assert agnox("trigger", *arguments).exit_code == 2
    assert connected.heard == []


@pytest.mark.parametrize("command", ["upload", "trigger", "run"])
def test_the_context_is_shown_with_its_origins(
    agnox: Agnox, connected: Scripted, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_github(monkeypatch)
    monkeypatch.setenv("AGNOX_BRANCH", "fix")
    result = agnox(command, "--print-context", "--pr", "7")
    assert result.exit_code == 0
    rows = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    assert ["prNumber", "7", "--pr"] in rows
    assert ["branch", "fix", "AGNOX_BRANCH"] in rows
    assert ["repository", "acme/shop", "GITHUB_REPOSITORY"] in rows
    assert ["server", connected.url, "AGNOX_URL"] in rows
    assert KEY not in result.stdout
    assert connected.heard == []
