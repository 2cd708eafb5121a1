"""AppVeyor. Source: appveyor.com/docs "Environment variables"."""

from agnox.context.git import Git
from agnox.context.values import Context, Value, host_of
from agnox.context.variables import Variables

_PULL = "APPVEYOR_PULL_REQUEST"


def here(env: Variables) -> bool:
    """Whether this is AppVeyor."""
    return env.is_true("APPVEYOR")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; on a pull request the commit and the branch of the repository are those of the base."""
    number = env.number(f"{_PULL}_NUMBER")
    tagged = env.is_true("APPVEYOR_REPO_TAG")
    account = "{APPVEYOR_URL}/project/{APPVEYOR_ACCOUNT_NAME}/{APPVEYOR_PROJECT_SLUG}/builds/{APPVEYOR_BUILD_ID}"
    return Context(
        source=Value("appveyor", "APPVEYOR"),
        scm=host_of(env.first("APPVEYOR_REPO_PROVIDER")),
        repository=env.first("APPVEYOR_REPO_NAME"),
        pr_number=number,
        commit_sha=env.first(f"{_PULL}_HEAD_COMMIT") if number else env.first("APPVEYOR_REPO_COMMIT"),
        branch=env.branch(f"{_PULL}_HEAD_REPO_BRANCH" if number else "APPVEYOR_REPO_BRANCH") if not tagged else None,
        run_url=env.joined(account),
        runner=Value("AppVeyor", "APPVEYOR"),
        suite=env.first("APPVEYOR_JOB_NAME"),
    )
