"""What the working copy knows of itself."""

import subprocess
from functools import cached_property
from pathlib import Path

from agnox.context.values import Value, without_login

_SECONDS = 5


class Git:
    """A working copy; every value is None where git or the copy is not there."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @cached_property
    def head(self) -> Value | None:
        """The commit that is checked out."""
        return self._ask("rev-parse", "--verify", "HEAD")

    @cached_property
    def branch(self) -> Value | None:
        """The branch that is checked out; a detached head has none."""
        return self._ask("symbolic-ref", "--quiet", "--short", "HEAD")

    @cached_property
    def remote(self) -> Value | None:
        """The address that is fetched from, without a login: `origin`, or the only other remote."""
        listed = self._ask("remote")
        names = listed.text.split() if listed else []
        name = "origin" if "origin" in names else names[0] if len(names) == 1 else ""
        address = self._ask("remote", "get-url", name) if name else None
        return Value(without_login(address.text), address.origin) if address else None

    def merged_head(self, base: str) -> Value | None:
        """The head that a CI merged by itself with `origin/BASE`; None where HEAD is no such merge."""
        line = self._ask("rev-list", "--parents", "--max-count=1", "HEAD")
        tip = self._ask("rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{base}")
        parents = line.text.split()[1:] if line else []
        if tip is None or len(parents) != 2 or tip.text not in parents:
            return None
        # A merge that a remote branch has is somebody's own, and the head itself.
        if self._ask("for-each-ref", "--contains", "HEAD", "--count=1", "refs/remotes"):
            return None
        [head] = [parent for parent in parents if parent != tip.text] or [tip.text]
        return Value(head, f"git: the parent of HEAD that is not origin/{base}")

    def _ask(self, *arguments: str) -> Value | None:
        # Containers often run as another user than the one that owns the copy, which git refuses by itself.
        command = ["git", "-c", "safe.directory=*", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and no value of somebody else's but a branch after a prefix
                command, cwd=self._folder, capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.SubprocessError):
            return None
        text = done.stdout.decode(errors="replace").strip()
        return Value(text, " ".join(["git", *arguments])) if text else None
