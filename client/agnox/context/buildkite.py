"""Buildkite. Source: buildkite.com/docs "Environment variables"."""

from agnox.context.git import Git
from agnox.context.values import Context, Value, host_of
from agnox.context.variables import Variables, named


def here(env: Variables) -> bool:
    """Whether this is Buildkite."""
    return env.is_true("BUILDKITE")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; a build that a person starts may name its commit `HEAD`."""
    return Context(
        source=Value("buildkite", "BUILDKITE"),
        scm=host_of(env.first("BUILDKITE_PIPELINE_PROVIDER")),
        repository=env.address("BUILDKITE_REPO"),
        pr_number=env.number("BUILDKITE_PULL_REQUEST"),
        commit_sha=_commit(env, git),
        branch=env.branch("BUILDKITE_BRANCH", unless="BUILDKITE_TAG"),
        run_url=env.first("BUILDKITE_BUILD_URL"),
        runner=Value("Buildkite", "BUILDKITE"),
        suite=named(
            env.first("BUILDKITE_PIPELINE_SLUG"),
            env.first("BUILDKITE_STEP_KEY", "BUILDKITE_LABEL"),
            env.part("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT"),
        ),
    )


def _commit(env: Variables, git: Git) -> Value | None:
    told = env.first("BUILDKITE_COMMIT")
    commit = git.head if told is None or told.text.upper() == "HEAD" else told
    # What is checked out may be the host's merge of a pull request, which is no head of anything.
    merging = env.is_true("BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC")
    if merging and commit and git.head and commit.text == git.head.text:
        return git.merged_head(env.text("BUILDKITE_PULL_REQUEST_BASE_BRANCH"))
    return commit
