"""Semaphore. Source: docs.semaphoreci.com "Environment variables"."""

import re

from agnox.context.git import Git
from agnox.context.values import Context, Value, host_of
from agnox.context.variables import Variables, named

# As the documentation has it, `http://git@github.com:acme/shop.git`: an owner where a port should be.
_MIXED = re.compile(r"https?://[^/]*:[^/0-9]")


def here(env: Variables) -> bool:
    """Whether this is Semaphore."""
    return env.is_true("SEMAPHORE")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; on a pull request the branch is the one it goes to, and the commit may be the merge."""
    number = env.number("SEMAPHORE_GIT_PR_NUMBER")
    tagged = "SEMAPHORE_GIT_TAG_NAME"
    return Context(
        source=Value("semaphore", "SEMAPHORE"),
        scm=host_of(env.first("SEMAPHORE_GIT_PROVIDER")),
        repository=_address(env) or env.first("SEMAPHORE_GIT_REPO_SLUG"),
        pr_number=number,
        commit_sha=env.first("SEMAPHORE_GIT_PR_SHA", "SEMAPHORE_GIT_SHA"),
        branch=env.branch("SEMAPHORE_GIT_PR_BRANCH" if number else "SEMAPHORE_GIT_BRANCH", unless=tagged),
        run_url=env.joined("{SEMAPHORE_ORGANIZATION_URL}/workflows/{SEMAPHORE_WORKFLOW_ID}"),
        runner=Value("Semaphore", "SEMAPHORE"),
        suite=named(env.first("SEMAPHORE_JOB_NAME"), env.part("SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", first=1)),
    )


def _address(env: Variables) -> Value | None:
    told = env.address("SEMAPHORE_GIT_URL")
    return None if told and _MIXED.match(told.text) else told
