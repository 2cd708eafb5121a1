"""Bitbucket Pipelines. Source: support.atlassian.com "Variables and secrets"."""

from agnox.context.git import Git
from agnox.context.values import Context, Value
from agnox.context.variables import Variables, named


def here(env: Variables) -> bool:
    """Whether this is Bitbucket Pipelines."""
    return bool(env.text("BITBUCKET_BUILD_NUMBER"))


def read(env: Variables, git: Git) -> Context:
    """Reads the variables."""
    return Context(
        source=Value("bitbucket", "BITBUCKET_BUILD_NUMBER"),
        repository=env.address("BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_GIT_SSH_ORIGIN")
        or env.joined("https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}"),
        pr_number=env.number("BITBUCKET_PR_ID"),
        commit_sha=env.first("BITBUCKET_COMMIT"),
        branch=env.branch("BITBUCKET_BRANCH", unless="BITBUCKET_TAG"),
        run_url=env.joined(
            "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}"
        ),
        runner=Value("Bitbucket Pipelines", "BITBUCKET_BUILD_NUMBER"),
        suite=named(
            env.first("BITBUCKET_STEP_NAME"), env.part("BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT")
        ),
    )
