"""The libraries of models are loaded when one is asked, and not before."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.llm import opening
from bot.llm.engine import Engine
from bot.llm.errors import NotInstalled
from tests.llm.runs import LOG, report_run
from tests.llm.server import ModelServer

HEAVY = "('pydantic_ai', 'openai', 'anthropic', 'tiktoken')"


@pytest.mark.parametrize(
    "use",
    [
        "import bot.app, bot.queue.stories, bot.usecases.llm_access, bot.cli.llm",
        "from click.testing import CliRunner; from bot.cli.analyze import command; "
        "assert CliRunner().invoke(command, ['build.log']).exit_code == 0",
    ],
    ids=["the server", "the embedded engine"],
)
def test_what_does_without(use: str, tmp_path: Path) -> None:
    (tmp_path / "build.log").write_text(LOG)
    code = f"import sys\n{use}\nprint([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_web_process_does_not_load_the_engine() -> None:
    code = "import sys, bot.usecases.services; print([name for name in sys.modules if name.startswith('bot.llm.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['bot.llm.values']\n"


@pytest.mark.anyio
async def test_where_the_extra_is_not_installed(models: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_ai", None)
    monkeypatch.delitem(sys.modules, "bot.llm.client", raising=False)
    monkeypatch.delattr("bot.llm.client", raising=False)
    with pytest.raises(NotInstalled):
        opening.load_client()
    before, inputs = report_run(1)
    after = await Engine(models.access()).explain(before, inputs)
    assert after.notes == ("the embedded engine: the model needs the extra llm, which is not installed",)
    assert after.findings == before.findings and models.asked == []
