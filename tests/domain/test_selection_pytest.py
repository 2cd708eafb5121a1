"""The real pytest names tests alike whether all run or only some."""

import os
import subprocess
import sys
from pathlib import Path

from bot.domain.selection import select


def test_a_few_tests_are_reported_under_the_names_they_had(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_shop.py").write_text(
        "import pytest\n\n@pytest.mark.parametrize('what', [\"it's $5\", 'b'])\ndef test_pay(what):\n    pass\n"
    )
    test = "tests/test_shop.py::test_pay[it's $5]"
    selection = select(f"{sys.executable} -m pytest -q --junitxml=out.xml tests", [test])
    environment = {"PATH": os.defpath, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(["/bin/sh", "-c", selection.command], cwd=tmp_path, env=environment, check=True, capture_output=True)
    report = (tmp_path / "out.xml").read_text()
    assert 'classname="tests.test_shop"' in report and 'tests="1"' in report
    assert "it's $5" in report
