"""Who and what there is on GitLab: people, groups, projects with their files, and tokens."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from simulators.gitlab.credentials import Credentials, Token
from simulators.gitlab.models import Member, Namespace, Project, User, Visibility
from simulators.gitlab.roles import Level
from simulators.gitlab.state import State
from simulators.state import Clock

Files = Mapping[str, bytes | str]


class People:
    """Makes and changes what merge requests need."""

    def __init__(self, clock: Clock) -> None:
        self.state = State(clock)
        self.credentials = Credentials(self.state)

    def add_user(self, username: str, *, bot: bool = False) -> User:
        """The user of that name, made with a namespace if it is new."""
        with self.state.lock:
            user = self.state.user(username)
            if user is None:
                name = username.replace("-", " ").title()
                user = User(self.state.new_id(5_000_000), username, name, self.state.now(), bot)
                self.state.users[user.id] = user
                if not bot:
                    space = Namespace(self.state.new_id(6_000_000), username, "user", owner=user)
                    self.state.namespaces[space.id] = space
            return user

    def add_group(self, full_path: str) -> Namespace:
        """The group or user's namespace of that path, with the groups around it."""
        with self.state.lock:
            space = self.state.namespace(full_path)
            if space is None:
                above = full_path.rpartition("/")[0]
                parent = self.add_group(above) if above else None
                space = Namespace(self.state.new_id(6_000_000), full_path, "group", parent=parent)
                self.state.namespaces[space.id] = space
            return space

    def add_project(
        self,
        full_path: str,
        *,
        visibility: Visibility = "public",
        default_branch: str = "main",
        files: Files | None = None,
    ) -> Project:
        """A project with one commit on its default branch; its groups are made if they are new."""
        space, _, path = full_path.rpartition("/")
        with self.state.lock:
            now, number = self.state.now(), self.state.new_id(70_000_000)
            project = Project(number, self.add_group(space), path, visibility, now, default_branch=default_branch)
            self.state.projects[project.id] = project
            self.commit(project, files or {"README.md": f"# {path}\n"}, message="First commit")
            return project

    def fork(self, project: Project, owner: str) -> Project:
        """A fork in another person's namespace."""
        with self.state.lock:
            self.add_user(owner)
            fork = self.add_project(f"{owner}/{project.path}", visibility=project.visibility)
            fork.parent, fork.default_branch = project, project.default_branch
            fork.commits, fork.branches = dict(project.commits), dict(project.branches)
            return fork

    def rename(self, project: Project, full_path: str) -> None:
        """A new path, perhaps in another group; the old path sends on to the new one."""
        space, _, path = full_path.rpartition("/")
        with self.state.lock:
            self.state.old_paths[project.full_path.lower()] = project.id
            project.namespace, project.path = self.add_group(space), path

    def delete_project(self, project: Project) -> None:
        """Gone; merge requests from a deleted fork have no source project any more."""
        with self.state.lock:
            project.deleted = True
            for request in self.state.merge_requests.values():
                if request.source is project:
                    request.source = None

    def add_member(self, where: Project | Namespace, username: str, level: Level) -> User:
        """Gives somebody a role in a project or group; the one before is forgotten."""
        with self.state.lock:
            user = self.add_user(username)
            where.members[user.id] = Member(user, level, self.state.now())
            return user

    def remove_member(self, where: Project | Namespace, user: User) -> None:
        """Takes the role away."""
        where.members.pop(user.id, None)

    def add_access_token(
        self,
        where: Project | Namespace,
        level: Level = Level.DEVELOPER,
        *,
        scopes: tuple[str, ...] = ("api",),
        expires_at: date | None = None,
    ) -> Token:
        """A project or group access token with the bot user that GitLab makes for it."""
        kind: Literal["project", "group"] = "project" if isinstance(where, Project) else "group"
        with self.state.lock:
            bot = self.add_user(f"{kind}_{where.id}_bot_{self.state.new_sha()[:32]}", bot=True)
            bot.name = "agnox"
            where.members[bot.id] = Member(bot, level, self.state.now())
            return self.credentials.issue(bot, scopes, kind, expires_at=expires_at, resource=where)

    def add_personal_token(
        self, user: User, *, scopes: tuple[str, ...] = ("api",), expires_at: date | None = None
    ) -> Token:
        """A personal access token."""
        with self.state.lock:
            return self.credentials.issue(user, scopes, expires_at=expires_at)

    def commit(
        self,
        project: Project,
        files: Files,
        *,
        branch: str | None = None,
        message: str = "Change files",
        author: User | None = None,
        sha: str | None = None,
    ) -> str:
        """A commit on a branch that puts `files` on top of what was there; gives its sha, made up if none is given."""
        with self.state.lock:
            author, sha = author or self.add_user("root"), sha or self.state.new_sha()
            return project.commit(files, author, self.state.now(), sha, branch=branch, message=message)
