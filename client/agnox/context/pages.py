"""The page of the pull request on which the report will stand."""

import re
from collections.abc import Mapping

from agnox.context.values import Context

_PATHS: Mapping[str, str] = {
    "github": "/pull/",
    "gitlab": "/-/merge_requests/",
    "gitea": "/pulls/",
    "azure": "/pullrequest/",
}
_PUBLIC: Mapping[str, str] = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
    "dev.azure.com": "azure",
}
_WEB = re.compile(r"(https?)://([^/]+)/(.+?)(?:\.git)?/?")
_SSH = re.compile(r"(?:ssh://)?(?:[^@/]+@)?([^/:]+)[:/](.+?)(?:\.git)?/?")
# A run's page is on the host and below the repository, where the host itself is the CI.
_RUN = re.compile(r"(https?://[^/]+)/")


def pull_page(context: Context) -> str:
    """Gives the address; empty where it is not known."""
    if context.pr_number is None or context.repository is None:
        return ""
    told = context.repository.text
    run = _RUN.match(context.run_url.text) if context.run_url else None
    web = _WEB.fullmatch(told)
    ssh = None if web or "/" not in told else _SSH.fullmatch(told)
    base = ""
    if web:
        base = f"{web[1]}://{web[2]}/{web[3]}"
    elif ssh and ("@" in told or told.startswith("ssh://")):
        base = f"https://{ssh[1]}/{ssh[2]}"
    elif run and context.scm is None and context.source.text in _PATHS:
        base = f"{run[1]}/{told}"
    if not base:
        return ""
    host = context.scm.text if context.scm else context.source.text
    path = _PATHS.get(host) or _PATHS.get(_PUBLIC.get(base.split("/")[2], ""), "")
    return f"{base}{path}{context.pr_number.text}" if path else ""
