"""Travis CI. Source: docs.travis-ci.com "Default environment variables"."""

from agnox.context.git import Git
from agnox.context.values import Context, Value
from agnox.context.variables import Variables


def here(env: Variables) -> bool:
    """Whether this is Travis CI."""
    return env.is_true("TRAVIS")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; on a pull request the commit and the branch of some of them are those of the base."""
    repository, remote = env.first("TRAVIS_REPO_SLUG"), git.remote
    scm = None
    if repository is not None and remote is not None and remote.text.removesuffix(".git").endswith(repository.text):
        repository = remote
    elif repository is not None:
        scm = Value("github", "Travis CI names no other host")
    return Context(
        source=Value("travis", "TRAVIS"),
        scm=scm,
        repository=repository,
        pr_number=env.number("TRAVIS_PULL_REQUEST"),
        commit_sha=env.first("TRAVIS_PULL_REQUEST_SHA", "TRAVIS_COMMIT"),
        branch=env.branch("TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH", unless="TRAVIS_TAG"),
        run_url=env.first("TRAVIS_BUILD_WEB_URL", "TRAVIS_JOB_WEB_URL"),
        runner=Value("Travis CI", "TRAVIS"),
        # A job of a matrix has no name of its own; the second part of `4.2` tells it from the others.
        suite=env.first("TRAVIS_JOB_NAME") or _job(env),
    )


def _job(env: Variables) -> Value | None:
    told = env.first("TRAVIS_JOB_NUMBER")
    return Value(f"job {told.text.rpartition('.')[2]}", told.origin) if told and "." in told.text else None
