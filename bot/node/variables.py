"""What every suite finds in its environment, wherever it runs."""

import shlex
from collections.abc import Mapping


def suite_variables(folder: str, given: Mapping[str, str]) -> dict[str, str]:
    """Gives a suite's variables; `folder` is the one that its own folders lie in, `given` what was asked for."""
    results = f"{folder}/results"
    options = (given.get("PYTEST_ADDOPTS", ""), shlex.quote(f"--junitxml={results}/pytest.xml"))
    return {
        "HOME": f"{folder}/home",
        "TMPDIR": f"{folder}/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        **given,
        "AGNOX_RESULTS_DIR": results,
        "PYTEST_ADDOPTS": " ".join(filter(None, options)),
    }
