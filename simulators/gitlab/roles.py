"""The access levels of members (GitLab, Roles and permissions)."""

from enum import IntEnum


class Level(IntEnum):
    """What a member may do; each level holds those below it."""

    NONE = 0
    MINIMAL = 5
    GUEST = 10
    PLANNER = 15
    REPORTER = 20
    DEVELOPER = 30
    MAINTAINER = 40
    OWNER = 50
