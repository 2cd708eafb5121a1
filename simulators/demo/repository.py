"""A real git repository with a pull request's worth of history: a bug, then its fix."""

import shutil
import subprocess
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from simulators.diff import FileDiff

BRANCH = "voucher"


@dataclass(frozen=True)
class DemoRepository:
    """A repository on disk that testing nodes can clone."""

    path: Path

    @classmethod
    def create(cls, path: Path) -> "DemoRepository":
        """Makes `main` with a passing suite and branch `voucher`. Raises CalledProcessError when git fails."""
        path.mkdir(parents=True)
        repository = cls(path)
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.commit("before", "Open the shop")
        repository.git("switch", "--quiet", "--create", BRANCH)
        return repository

    def commit(self, state: str, message: str) -> str:
        """Copies the files of a state over the work tree and commits them; gives the new sha."""
        with as_file(files("simulators.demo") / "shop" / state) as source:
            shutil.copytree(source, self.path, dirs_exist_ok=True)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def changes(self) -> list[FileDiff]:
        """Gives the branch's files with their unified diffs, as a git host shows them."""
        changed = []
        for path in self.git("diff", "--name-only", "main...HEAD").splitlines():
            patch = self.git("diff", "main...HEAD", "--", path).partition("@@")
            changed.append(FileDiff(path, patch[1] + patch[2]))
        return changed

    def clone(self, folder: Path, sha: str) -> None:
        """Makes a copy of the repository as it was at a commit. Raises CalledProcessError."""
        self.git("clone", "--quiet", "--no-checkout", str(self.path), str(folder))
        DemoRepository(folder).git("checkout", "--quiet", "--detach", sha)

    def git(self, *arguments: str) -> str:
        """Runs git in the repository, untouched by the user's own configuration."""
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", "-C", str(self.path), *who, *arguments], check=True, capture_output=True, text=True
        ).stdout
