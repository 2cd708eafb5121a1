"""`agnox analyze --engine llm`: with a key in the environment, and without."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.analyze import command
from bot.llm.values import Maker
from tests.e2e.suites import junit
from tests.llm.runs import LOG
from tests.llm.server import KEY, ModelServer, failing, model_server

VARIABLES = ("PROVIDER", "MODEL", "API_KEY", "BASE_URL", "TIMEOUT", "PLAIN_HOSTS", "SHARED", "ATTEMPTS")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log in a folder without settings, on a machine without keys."""
    monkeypatch.chdir(tmp_path)
    for name in (*(f"AGNOX_LLM_{name}" for name in VARIABLES), "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "build.log"
    path.write_text(LOG)
    return path


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, log: Path) -> Iterator[ModelServer]:
    with model_server() as server:
        for name, value in {"PROVIDER": "openai", "MODEL": "test-model", "API_KEY": KEY}.items():
            monkeypatch.setenv(f"AGNOX_LLM_{name}", value)
        monkeypatch.setenv("AGNOX_LLM_BASE_URL", server.base_url(Maker.OPENAI))
        yield server


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments), "--engine", "llm"])


def test_a_model_explains_a_log(models: ModelServer, log: Path) -> None:
    result = run(log, "--format", "json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["engine"], told["usage"]["model"], told["verdict"]) == ("llm", "test-model", "failed")
    assert told["findings"][0]["title"] == "The price list has no such article"
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("text", "Causes by test-model, 1,500 tokens.\n"),
        ("markdown", "`Causes by test-model, 1,500 tokens.`\n"),
    ],
)
def test_the_small_print(models: ModelServer, log: Path, shape: str, words: str) -> None:
    assert run(log, "--format", shape).stdout.endswith(f"\n\n{words}")


def test_a_manifest(models: ModelServer, log: Path, tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(junit(1))
    rows = [{"id": 1, "inputs": ["build.log"]}, {"id": 2, "inputs": ["junit.xml"]}, {"id": 3, "inputs": ["none"]}]
    manifest = tmp_path / "runs.jsonl"
    manifest.write_text("\n".join(map(json.dumps, rows)))
    told = [json.loads(line) for line in run("--manifest", manifest).stdout.splitlines()]
    assert [(row["id"], row["engine"]) for row in told] == [(1, "llm"), (2, "llm"), (3, "embedded")]
    assert len(models.asked) == 2


def test_a_model_that_fails_is_told(models: ModelServer, log: Path) -> None:
    models.always = failing(403, words=f"bad {KEY}")
    result = run(log)
    assert result.exit_code == 0 and "KeyError" in result.stdout
    assert result.stdout.endswith("\nCauses by the embedded engine: the model does not accept the key.\n")
    assert json.loads(run(log, "--format", "json").stdout)["notes"] == [
        "the embedded engine: the model does not accept the key"
    ]
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "the llm engine needs a key: set AGNOX_LLM_API_KEY; see docs/llm.md"),
        ({"AGNOX_LLM_PROVIDER": "openai"}, "the llm engine needs a key: set AGNOX_LLM_API_KEY or OPENAI_API_KEY"),
        ({"AGNOX_LLM_API_KEY": KEY}, "AGNOX_LLM_PROVIDER: needed beside AGNOX_LLM_API_KEY"),
        ({"AGNOX_LLM_API_KEY": KEY, "AGNOX_LLM_PROVIDER": "openai"}, "AGNOX_LLM_MODEL: needed beside"),
        ({"AGNOX_LLM_PROVIDER": "skynet"}, "AGNOX_LLM_PROVIDER: Input should be"),
        ({"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}, "the llm engine needs a key"),
        ({"OPENAI_API_KEY": KEY}, "AGNOX_LLM_MODEL: needed"),
        (
            {"AGNOX_LLM_PROVIDER": "openai", "OPENAI_API_KEY": KEY, "AGNOX_LLM_BASE_URL": "https://other.example"},
            "the llm engine needs a key: set AGNOX_LLM_API_KEY; see",
        ),
        (
            {
                "AGNOX_LLM_PROVIDER": "openai",
                "AGNOX_LLM_MODEL": "m",
                "AGNOX_LLM_API_KEY": KEY,
                "AGNOX_LLM_BASE_URL": "http://llm.example.com",
            },
            "AGNOX_LLM_BASE_URL: the way to llm.example.com is not encrypted",
        ),
        ({"AGNOX_LLM_TIMEOUT": "0"}, "AGNOX_LLM_TIMEOUT: "),
    ],
)
def test_what_is_missing_is_one_line(
    log: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], words: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    result = run(log)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"agnox: {words}") and result.stderr.count("\n") == 1
    assert KEY not in result.stderr


def test_without_the_extra(models: ModelServer, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bot.llm.client", None)
    monkeypatch.delattr("bot.llm.client", raising=False)
    result = run(log)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "agnox: the llm engine is not part of this installation: pip install 'agnox-bot[llm]'\n"


def test_the_usual_variable_of_a_maker(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found, and taken for its maker only: nobody is asked here."""
    from bot.cli.engines import _with_usual_key
    from bot.settings import Settings

    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    settings = _with_usual_key(Settings())
    assert (settings.llm_provider, settings.llm_api_key.get_secret_value()) == ("anthropic", KEY)
    assert KEY not in repr(settings)
    monkeypatch.setenv("AGNOX_LLM_PROVIDER", "openai")
    assert _with_usual_key(Settings()).llm_api_key.get_secret_value() == ""
