"""Woodpecker. Source: woodpecker-ci.org/docs "Environment"."""

from agnox.context.git import Git
from agnox.context.values import Context, Value, host_of
from agnox.context.variables import Variables, named

_NAME = "woodpecker"


def here(env: Variables) -> bool:
    """Whether this is Woodpecker."""
    return env.text("CI").lower() == _NAME or env.text("CI_SYSTEM_NAME").lower() == _NAME


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; on a pull request the branch of the commit is the one it goes to."""
    number = env.number("CI_COMMIT_PULL_REQUEST")
    return Context(
        source=Value(_NAME, "CI"),
        scm=host_of(env.first("CI_FORGE_TYPE")),
        repository=env.address("CI_REPO_CLONE_URL", "CI_REPO_URL", "CI_REPO"),
        pr_number=number,
        commit_sha=env.first("CI_COMMIT_SHA"),
        branch=env.branch("CI_COMMIT_SOURCE_BRANCH" if number else "CI_COMMIT_BRANCH", unless="CI_COMMIT_TAG"),
        run_url=env.first("CI_PIPELINE_URL"),
        runner=Value("Woodpecker", "CI"),
        suite=named(env.first("CI_WORKFLOW_NAME"), env.first("CI_STEP_NAME")),
    )
