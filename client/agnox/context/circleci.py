"""CircleCI. Source: circleci.com/docs "Built-in environment variables"."""

from agnox.context.git import Git
from agnox.context.values import Context, Value, read_page
from agnox.context.variables import Variables, named


def here(env: Variables) -> bool:
    """Whether this is CircleCI."""
    return env.is_true("CIRCLECI")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; the page of a pull request names the repository that it goes to."""
    repository, number = read_page(_page(env))
    number = number or env.number("CIRCLE_PR_NUMBER")
    return Context(
        source=Value("circleci", "CIRCLECI"),
        repository=repository or env.address("CIRCLE_REPOSITORY_URL"),
        pr_number=number,
        commit_sha=env.first("CIRCLE_SHA1"),
        branch=env.branch("CIRCLE_BRANCH", unless="CIRCLE_TAG"),
        run_url=env.first("CIRCLE_BUILD_URL"),
        runner=Value("CircleCI", "CIRCLECI"),
        suite=named(env.first("CIRCLE_JOB"), env.part("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL")),
    )


def _page(env: Variables) -> Value | None:
    """Gives the page of the only pull request of a branch; which of several is meant, the server knows better."""
    listed = env.first("CIRCLE_PULL_REQUESTS")
    if listed is not None and "," in listed.text:
        return None
    return env.first("CIRCLE_PULL_REQUEST") or listed
