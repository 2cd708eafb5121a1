"""TeamCity, which tells most in a file of properties rather than in variables.

Source: jetbrains.com/help/teamcity "List of predefined build parameters" and "Pull requests".
"""

import re
from collections.abc import Mapping
from pathlib import Path

from agnox.context.git import Git
from agnox.context.values import Context, Value
from agnox.context.variables import Variables

_LIMIT = 4 * 1024 * 1024
_BUILD_FILE = "TEAMCITY_BUILD_PROPERTIES_FILE"
_CONFIGURATION = "teamcity.configuration.properties.file"
_LINE = re.compile(r"((?:[^\\=:\s]|\\.)+)\s*[=:\s]\s*(.*)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_PULL = re.compile(r"(?:refs/)?(?:pull|merge-requests|pull-requests)/([0-9]{1,10})(?:/\w+)?")


def here(env: Variables) -> bool:
    """Whether this is TeamCity."""
    return bool(env.text("TEAMCITY_VERSION"))


def read(env: Variables, git: Git) -> Context:
    """Reads the file that holds the build's parameters, and variables where it is not there."""
    build = _properties(env.text(_BUILD_FILE))
    told = build | _properties(build.get(_CONFIGURATION, ""))

    def first(*names: str) -> Value | None:
        return next((Value(text, name) for name in names if (text := told.get(name, "").strip())), None)

    number = first("teamcity.pullRequest.number")
    branch = first("teamcity.pullRequest.source.branch", "teamcity.build.branch", "vcsroot.branch")
    built = _PULL.fullmatch(branch.text) if branch else None
    if branch and built and number is None:
        number = Value(built[1], branch.origin)
    if branch and branch.text == "<default>":
        branch = first("vcsroot.branch")
    # Of the refs of pull requests only one says something that the number does not: that the commit is a merge.
    if branch and built and not branch.text.endswith("/merge"):
        branch = None
    if branch and branch.text.startswith("refs/tags/"):
        branch = None
    remote = git.remote
    return Context(
        source=Value("teamcity", "TEAMCITY_VERSION"),
        repository=Variables(told).address("vcsroot.url") or remote,
        pr_number=number,
        commit_sha=first("build.vcs.number") or env.first("BUILD_VCS_NUMBER"),
        branch=Value(branch.text.removeprefix("refs/heads/"), branch.origin) if branch else None,
        run_url=env.first("BUILD_URL") or _run_url(told),
        runner=Value("TeamCity", "TEAMCITY_VERSION"),
        suite=env.first("TEAMCITY_BUILDCONF_NAME"),
    )


def _run_url(told: Mapping[str, str]) -> Value | None:
    server, build = told.get("teamcity.serverUrl", ""), told.get("teamcity.build.id", "")
    if not server or not build:
        return None
    return Value(f"{server.rstrip('/')}/viewLog.html?buildId={build}", "teamcity.serverUrl + teamcity.build.id")


def _properties(path: str) -> dict[str, str]:
    """Reads a file of Java's properties; nothing where it can't be read."""
    try:
        if not path or Path(path).stat().st_size > _LIMIT:
            return {}
        text = Path(path).read_text(encoding="latin-1")
    except OSError:
        return {}
    found = {}
    for line in re.sub(r"\\\r?\n[ \t]*", "", text).splitlines():
        pair = _LINE.fullmatch(line.strip())
        if pair and not line.lstrip().startswith(("#", "!")):
            found[_plain(pair[1])] = _plain(pair[2])
    return found


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
