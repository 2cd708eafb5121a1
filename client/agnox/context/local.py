"""A working copy without a CI that is known: somebody's machine, a cron job, a script."""

from agnox.context.git import Git
from agnox.context.values import Context, Value
from agnox.context.variables import Variables


def here(env: Variables) -> bool:
    """Whether to take the working copy's word: always."""
    return True


def read(env: Variables, git: Git) -> Context:
    """Asks git."""
    return Context(
        source=Value("local", "no CI that is known"),
        repository=git.remote,
        commit_sha=git.head,
        branch=git.branch,
    )
