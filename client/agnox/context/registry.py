"""The CIs that are known, in the order in which they are asked for."""

from collections.abc import Callable
from typing import NamedTuple

from agnox.context import (
    appveyor,
    azure,
    bitbucket,
    buildkite,
    circleci,
    drone,
    github,
    gitlab,
    jenkins,
    local,
    semaphore,
    teamcity,
    travis,
    woodpecker,
)
from agnox.context.git import Git
from agnox.context.values import Context
from agnox.context.variables import Variables


class Ci(NamedTuple):
    """A CI: its name for people, whether this is it, and what it knows."""

    title: str
    here: Callable[[Variables], bool]
    read: Callable[[Variables, Git], Context]


CIS: tuple[Ci, ...] = (
    Ci("GitHub Actions, Gitea Actions, Forgejo Actions", github.here, github.read),
    Ci("GitLab CI", gitlab.here, gitlab.read),
    Ci("Azure Pipelines", azure.here, azure.read),
    Ci("CircleCI", circleci.here, circleci.read),
    Ci("Buildkite", buildkite.here, buildkite.read),
    Ci("Travis CI", travis.here, travis.read),
    Ci("TeamCity", teamcity.here, teamcity.read),
    Ci("Bitbucket Pipelines", bitbucket.here, bitbucket.read),
    # Before Drone, some of whose variables it sets as well.
    Ci("Woodpecker", woodpecker.here, woodpecker.read),
    Ci("Drone", drone.here, drone.read),
    Ci("AppVeyor", appveyor.here, appveyor.read),
    Ci("Semaphore", semaphore.here, semaphore.read),
    # After those that run beside it on one machine: its variables are the machine's more than the build's.
    Ci("Jenkins", jenkins.here, jenkins.read),
    Ci("plain git", local.here, local.read),
)
