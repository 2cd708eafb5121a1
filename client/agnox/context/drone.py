"""Drone. Source: docs.drone.io "Environment reference"."""

from agnox.context.git import Git
from agnox.context.values import Context, Value
from agnox.context.variables import Variables, named


def here(env: Variables) -> bool:
    """Whether this is Drone."""
    return env.is_true("DRONE")


def read(env: Variables, git: Git) -> Context:
    """Reads the variables; on a pull request the branch of the commit is the one it goes to, its own may be empty."""
    number = env.number("DRONE_PULL_REQUEST")
    branches = ("DRONE_SOURCE_BRANCH",) if number else ("DRONE_SOURCE_BRANCH", "DRONE_COMMIT_BRANCH", "DRONE_BRANCH")
    return Context(
        source=Value("drone", "DRONE"),
        repository=env.address("DRONE_GIT_HTTP_URL", "DRONE_REPO_LINK", "DRONE_REMOTE_URL", "DRONE_REPO"),
        pr_number=number,
        commit_sha=env.first("DRONE_COMMIT_SHA", "DRONE_COMMIT"),
        branch=env.branch(*branches, unless="DRONE_TAG"),
        run_url=env.first("DRONE_BUILD_LINK"),
        runner=Value("Drone", "DRONE"),
        suite=named(env.first("DRONE_STAGE_NAME"), env.first("DRONE_STEP_NAME")),
    )
