"""The state of the simulated host, and how it is found."""

from datetime import datetime

from simulators.gitlab.models import Commit, Namespace, Project, User
from simulators.gitlab.requests import Discussion, Effect, MergeRequest, Note
from simulators.gitlab.runs import Pipeline
from simulators.state import Clock, HostState


class State(HostState):
    """Everything GitLab would keep in its database.

    Ids of notes, jobs and pipelines start above 32 bits, where GitLab.com's are, so that a narrow column is found.
    With `final_is_final` a commit status that has ended can only be started again, not changed into another end.
    With `stores_elsewhere` artifacts are in an object storage, to which GitLab sends on.
    Without `signs_webhooks` (the flag `webhook_signing_token`) signing tokens are passed over without a word.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.final_is_final = False
        self.signs_webhooks = True
        self.stores_elsewhere = False
        self.users: dict[int, User] = {}
        self.namespaces: dict[int, Namespace] = {}
        self.projects: dict[int, Project] = {}
        self.old_paths: dict[str, int] = {}
        self.merge_requests: dict[tuple[int, int], MergeRequest] = {}
        self.discussions: dict[str, Discussion] = {}
        self.pipelines: dict[int, Pipeline] = {}
        self.effects: list[Effect] = []

    def now(self) -> datetime:
        """The host's time; GitLab shows milliseconds."""
        moment = super().now()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def user(self, username: str) -> User | None:
        """A user by name, in any case."""
        return next((user for user in self.users.values() if user.username.lower() == username.lower()), None)

    def namespace(self, full_path: str) -> Namespace | None:
        """A group or a user's namespace by its path."""
        wanted = full_path.lower()
        return next((space for space in self.namespaces.values() if space.full_path.lower() == wanted), None)

    def project(self, name: str) -> Project | None:
        """A living project by its id or its path of now; old paths are in `old_paths`."""
        living = (project for project in self.projects.values() if not project.deleted)
        if name.isdecimal():
            return next((project for project in living if project.id == int(name)), None)
        return next((project for project in living if project.full_path.lower() == name.lower()), None)

    def requests_of(self, project: Project) -> list[MergeRequest]:
        """The merge requests into a project, newest first."""
        found = [request for request in self.merge_requests.values() if request.project is project]
        return sorted(found, key=lambda request: -request.iid)

    def next_iid(self, project: Project) -> int:
        """Merge requests of a project count from 1."""
        return 1 + max((iid for owner, iid in self.merge_requests if owner == project.id), default=0)

    def discussions_of(self, request: MergeRequest) -> list[Discussion]:
        """The threads of a merge request, oldest first."""
        return [thread for thread in self.discussions.values() if thread.merge_request is request and thread.notes]

    def notes_of(self, request: MergeRequest) -> list[Note]:
        """All notes of a merge request, those of threads too, oldest first."""
        notes = [note for thread in self.discussions_of(request) for note in thread.notes]
        return sorted(notes, key=lambda note: note.id)

    def commit(self, project: Project, ref: str) -> Commit | None:
        """A commit by sha (also shortened), branch, or the ref of a merge request."""
        known = project.fetched | project.commits
        if ref in known:
            return known[ref]
        if ref in project.branches:
            return known[project.branches[ref]]
        if ref.startswith("refs/merge-requests/"):
            return next((known.get(r.sha) for r in self.requests_of(project) if r.ref == ref), None)
        found = [sha for sha in known if len(ref) >= 7 and sha.startswith(ref)]
        return (
            known[found[0]] if len(found) == 1 else known.get(project.branches.get(ref.removeprefix("refs/heads/"), ""))
        )

    def pipelines_of(self, project: Project) -> list[Pipeline]:
        """The pipelines of a project, newest first."""
        found = [pipeline for pipeline in self.pipelines.values() if pipeline.project is project]
        return sorted(found, key=lambda pipeline: -pipeline.id)

    def pipelines_for(self, request: MergeRequest) -> list[Pipeline]:
        """A merge request's pipelines: its own, then those of its branch on one of its commits, newest first."""
        shas = {version.head_sha for version in request.versions}

        def belongs(pipeline: Pipeline) -> bool:
            if pipeline.merge_request is not None:
                return pipeline.merge_request is request
            return pipeline.project is request.source and pipeline.ref == request.source_branch and pipeline.sha in shas

        def place(pipeline: Pipeline) -> tuple[bool, int]:
            return pipeline.source != "merge_request_event", -pipeline.id

        return sorted(filter(belongs, self.pipelines.values()), key=place)

    def head_pipeline(self, request: MergeRequest) -> Pipeline | None:
        """The first pipeline of the head, which may be one that only an external status made."""
        own = self.pipelines_for(request)
        return next((p for p in own if request.sha in (p.sha, p.source_sha)), None)
