"""The team's own CI: it really runs the suite of a commit, and the simulated host tells what came of it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from simulators.demo.repository import DemoRepository
from simulators.stage import SimJob

JOB, REPORT = "test", "junit.xml"
_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={REPORT}")


def run_suite(code: DemoRepository, sha: str) -> SimJob:
    """Runs pytest in a fresh clone; its output becomes the job's log, its report is kept.

    Raises CalledProcessError when git fails.
    """
    with tempfile.TemporaryDirectory(prefix="agnox-demo-ci-") as folder:
        clone = Path(folder) / "shop"
        code.clone(clone, sha)
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PY_COLORS": "0", "COLUMNS": "120"}
        done = subprocess.run(
            [sys.executable, *_PYTEST],
            cwd=clone,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        report = clone / REPORT
        reports = {REPORT: report.read_bytes()} if report.exists() else {}
    return SimJob(JOB, "failed" if done.returncode else "passed", f"pytest -q\n{done.stdout}", reports)
