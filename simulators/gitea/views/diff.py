"""A pull request as git writes it in a diff."""

from collections.abc import Iterator

from simulators.gitea.models import ChangedFile, PullRequest

_MODES = {"added": "new file mode 100644", "deleted": "deleted file mode 100644"}


def diff_view(pull: PullRequest) -> str:
    """All files with their hunks (git-diff, Generating patch text with -p)."""
    return "".join(f"{line}\n" for file in pull.files for line in _lines(file))


def _lines(file: ChangedFile) -> Iterator[str]:
    before, after = _name(f"a/{file.previous_path or file.path}"), _name(f"b/{file.path}")
    yield f"diff --git {before} {after}"
    if file.status in _MODES:
        yield _MODES[file.status]
    if file.previous_path:
        yield f"similarity index {'90' if file.patch else '100'}%"
        yield f"rename from {_name(file.previous_path)}"
        yield f"rename to {_name(file.path)}"
    if file.patch:
        yield "--- " + ("/dev/null" if file.status == "added" else _ended(before))
        yield "+++ " + ("/dev/null" if file.status == "deleted" else _ended(after))
        yield file.patch


def _name(path: str) -> str:
    """Quotes names that hold more than plain ASCII, each byte of the rest in octal digits (core.quotePath)."""
    escaped = "".join(_escaped(byte) for byte in path.encode())
    return f'"{escaped}"' if escaped != path else path


def _escaped(byte: int) -> str:
    if byte in b'"\\':
        return f"\\{byte:c}"
    return f"{byte:c}" if 32 <= byte < 127 else f"\\{byte:03o}"


def _ended(name: str) -> str:
    """A tab ends a name with spaces, so that patch finds its end."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name
