"""Names for test cases, equal from run to run."""

import re

_WORKSPACE = re.compile(
    r"^(?:file://)?(?:[A-Za-z]:)?(?:/home/runner/work/[^/]+/[^/]+/|/__w/[^/]+/[^/]+/|/[Uu]sers/runner/work/[^/]+/[^/]+/"
    r"|/a/[^/]+/[^/]+/|/home/vsts/work/\d+/s/|/a/\d+/s/|/builds/[^/]+/[^/]+/(?=[^/]+/|[^/]+\.)"
    r"|/home/travis/build/[^/]+/[^/]+/|/Users/travis/build/[^/]+/[^/]+/"
    r"|/var/(?:lib/)?jenkins(?:_home)?/workspace/[^/]+/|/github/workspace/|/workspace/|/app/"
    r"|/home/circleci/(?:project|repo)/)"
)


def project_path(path: str) -> str:
    """The path as the repository knows it: forward slashes, the CI machine's own folders taken off."""
    path = path.strip().replace("\\", "/")
    path = _WORKSPACE.sub("", path, count=1)
    return path.removeprefix("./")


def is_absolute(path: str) -> bool:
    """Whether a path with forward slashes begins at a root or a drive."""
    return path.startswith("/") or path[1:2] == ":"


def test_id(name: str, classname: str, file: str | None, suite: str) -> str:
    """The name under which a test case is known: `path::Class::test`, or `classname::test` without a path.

    pytest's dotted class names are turned back into the path that pytest itself would print.
    """
    if file:
        path = project_path(file)
        return f"{path}{_scope(classname, path)}::{name}" if name else path
    if suite == "pytest" and classname:
        parts = classname.split(".")
        depth = next((i for i, part in enumerate(parts) if part[:1].isupper()), len(parts))
        if depth and all(part.isidentifier() for part in parts):
            prefix = "::".join(["/".join(parts[:depth]) + ".py", *parts[depth:]])
            return f"{prefix}::{name}" if name else prefix
    if not classname or classname == name or name.startswith(f"{classname}."):
        return name or suite or "(test without a name)"
    return f"{classname}::{name}" if name else classname


def _scope(classname: str, path: str) -> str:
    """The part of a class name which the path does not say already, as `::A::B`, or nothing."""
    if not classname:
        return ""
    stem = path.rsplit(".", 1)[0]
    module = stem.replace("/", ".")
    if classname == module or module.endswith(f".{classname}") or classname in (path, stem):
        return ""
    parts, path_parts = classname.split("."), stem.split("/")
    for size in range(len(parts) - 1, 0, -1):
        if parts[:size] == path_parts[-size:]:
            return "::" + "::".join(parts[size:])
    return f"::{classname}"
