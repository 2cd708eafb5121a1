"""Buildkite. Source: buildkite.com/docs "Environment variables"."""

from agnox.context.git import Git
from agnox.context.values import Context, Value, host_of
from agnox.context.variables import Variables, named


def here(env: Variables) -> bool:
    """Whether this is Buildkite."""
    return env.is_true("BUILDKITE")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; a build that a person starts may name its commit `HEAD`."""
    commit = env.first("BUILDKITE_COMMIT")
    if commit is None or commit.text.upper() == "HEAD":
        commit = git.head
    return Context(
        source=Value("buildkite", "BUILDKITE"),
        scm=host_of(env.first("BUILDKITE_PIPELINE_PROVIDER")),
        repository=env.address("BUILDKITE_REPO"),
        pr_number=env.number("BUILDKITE_PULL_REQUEST"),
        commit_sha=commit,
        branch=env.branch("BUILDKITE_BRANCH", unless="BUILDKITE_TAG"),
        run_url=env.first("BUILDKITE_BUILD_URL"),
        runner=Value("Buildkite", "BUILDKITE"),
        suite=named(
            env.first("BUILDKITE_PIPELINE_SLUG"),
            env.first("BUILDKITE_STEP_KEY", "BUILDKITE_LABEL"),
            env.part("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT"),
        ),
    )
