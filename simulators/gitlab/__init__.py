"""A stand-in for GitLab with state, strict about what it accepts."""

from simulators.diff import ChangedFile
from simulators.gitlab.contract import gitlab_contract
from simulators.gitlab.credentials import Application, Token
from simulators.gitlab.faults import throttled
from simulators.gitlab.hooks import Event, Hook
from simulators.gitlab.models import Commit, Member, Namespace, Project, User
from simulators.gitlab.requests import Discussion, Effect, MergeRequest, Note, Version
from simulators.gitlab.roles import Level
from simulators.gitlab.runs import Job, Pipeline
from simulators.gitlab.simulator import GitlabSimulator

__all__ = [
    "Application",
    "ChangedFile",
    "Commit",
    "Discussion",
    "Effect",
    "Event",
    "GitlabSimulator",
    "Hook",
    "Job",
    "Level",
    "Member",
    "MergeRequest",
    "Namespace",
    "Note",
    "Pipeline",
    "Project",
    "Token",
    "User",
    "Version",
    "gitlab_contract",
    "throttled",
]
