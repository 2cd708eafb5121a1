"""What people do with merge requests: open them, push, comment, run pipelines."""

from collections.abc import Iterable

from simulators.diff import ChangedFile
from simulators.gitlab.models import Commit, Json, Project
from simulators.gitlab.people import People
from simulators.gitlab.positions import placed
from simulators.gitlab.requests import MergeRequest, Note, Version
from simulators.gitlab.runs import FINAL, Job, Pipeline
from simulators.gitlab.writing import NoteType, Writer
from simulators.state import Clock


class World(People):
    """Changes the state as people would; nothing here sends a webhook."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.writer = Writer(self.state)

    def add_merge_request(
        self,
        project: Project,
        *,
        source_branch: str = "feature",
        target_branch: str | None = None,
        title: str = "Add a feature",
        description: str | None = None,
        user: str = "root",
        fork: Project | None = None,
        files: Iterable[ChangedFile] = (),
        draft: bool = False,
        sha: str | None = None,
    ) -> MergeRequest:
        """A merge request with one commit on `source_branch`, in the project itself or in `fork`."""
        with self.state.lock:
            now = self.state.now()
            request = MergeRequest(
                id=self.state.new_id(300_000_000),
                iid=self.state.next_iid(project),
                project=project,
                source=fork or project,
                source_branch=source_branch,
                target_branch=target_branch or project.default_branch,
                title=f"Draft: {title}" if draft else title,
                description=description,
                author=self.add_user(user),
                created_at=now,
                updated_at=now,
                draft=draft,
                files=list(files),
            )
            self._add_version(request, sha)
            self.state.merge_requests[project.id, request.iid] = request
            return request

    def push(self, request: MergeRequest, files: Iterable[ChangedFile] | None = None, *, sha: str | None = None) -> str:
        """A new commit on the merge request's branch; gives the new head."""
        with self.state.lock:
            if files is not None:
                request.files = list(files)
            head = self._add_version(request, sha)
            request.updated_at = self.state.now()
            self.writer.system(
                request, request.author, f"added 1 commit\n\n<ul><li>{head[:8]} - Change files</li></ul>"
            )
            return head

    def _add_version(self, request: MergeRequest, sha: str | None) -> str:
        source, project = request.source or request.project, request.project
        tree = {file.path: file.new_text for file in request.files if file.status != "removed"}
        sha = self.commit(source, tree, branch=request.source_branch, author=request.author, sha=sha)
        request.commits.append(source.commits[sha])
        # The target holds what merge requests bring it under refs of their own, on no branch.
        project.fetched[sha] = source.commits[sha]
        base = project.branches[request.target_branch]
        version = Version(self.state.new_id(900_000_000), sha, base, base, self.state.now())
        request.versions.append(version)
        return sha

    def close(self, request: MergeRequest, *, merged: bool = False) -> None:
        """Closed or merged."""
        now = self.state.now()
        request.state, request.updated_at = "merged" if merged else "closed", now
        request.merged_at, request.closed_at = (now, None) if merged else (None, now)

    def reopen(self, request: MergeRequest) -> None:
        """Open again."""
        request.state, request.closed_at = "opened", None

    def add_note(self, request: MergeRequest, user: str, body: str, *, internal: bool = False) -> Note | None:
        """A comment; None if there was nothing but quick actions in it."""
        with self.state.lock:
            return self.writer.start(request, self.add_user(user), body, internal=internal).note

    def add_thread(self, request: MergeRequest, user: str, body: str, *, position: Json | None = None) -> Note | None:
        """A comment that starts a thread, on a line of the diff if there is a `position`."""
        with self.state.lock:
            where = placed(request, position) if position else None
            kind: NoteType = "DiffNote" if where else "DiscussionNote"
            return self.writer.start(request, self.add_user(user), body, type_=kind, position=where).note

    def reply(self, note: Note, user: str, body: str) -> Note | None:
        """An answer in the thread of a note."""
        with self.state.lock:
            return self.writer.reply(note.discussion, self.add_user(user), body).note

    def add_system_note(self, request: MergeRequest, user: str, body: str) -> Note:
        """A line that GitLab itself writes into the activity."""
        with self.state.lock:
            return self.writer.system(request, self.add_user(user), body)

    def edit_note(self, note: Note, body: str) -> None:
        """Its author changes it."""
        with self.state.lock:
            self.writer.edit(note, body)

    def delete_note(self, note: Note) -> None:
        """Gone."""
        with self.state.lock:
            note.discussion.notes.remove(note)

    def add_pipeline(
        self,
        project: Project,
        sha: str,
        ref: str,
        *,
        source: str = "push",
        status: str = "running",
        jobs: Iterable[str] = ("test",),
        merge_request: MergeRequest | None = None,
    ) -> Pipeline:
        """A pipeline of GitLab's own runners; all its jobs are in one state."""
        with self.state.lock:
            now, user = self.state.now(), self.add_user("root")
            iid = 1 + len(self.state.pipelines_of(project))
            number = self.state.new_id(2_500_000_000)
            pipeline = Pipeline(number, iid, project, sha, ref, source, user, now, now, merge_request)
            for name in jobs:
                job = Job(self.state.new_id(12_000_000_000), pipeline, name, "test", user, now, status, ref=ref)
                job.started_at = now if status not in ("created", "pending") else None
                job.finished_at = now if status in FINAL else None
                pipeline.jobs.append(job)
            self.state.pipelines[pipeline.id] = pipeline
            return pipeline

    def add_bridge(self, pipeline: Pipeline, name: str, child: Pipeline) -> Job:
        """A job that started another pipeline and ended as that did."""
        with self.state.lock:
            now, number = pipeline.tick(self.state.now()), self.state.new_id(12_000_000_000)
            ended = now if child.status in FINAL else None
            bridge = Job(number, pipeline, name, "test", pipeline.user, now, child.status, child=child)
            bridge.started_at, bridge.finished_at = now, ended
            pipeline.jobs.append(bridge)
            return bridge

    def add_merge_request_pipeline(
        self,
        request: MergeRequest,
        *,
        merged_results: bool = False,
        status: str = "running",
        sha: str = "",
        project: Project | None = None,
        jobs: Iterable[str] = ("test",),
    ) -> Pipeline:
        """A merge request pipeline; with `merged_results` it runs on a commit that merges the head into the target.

        It runs in the target unless `project` is the fork, and on the head unless `sha` is another commit.
        """
        with self.state.lock:
            project, head_sha, ref = project or request.project, sha or request.sha, request.ref
            sha = head_sha
            if merged_results:
                head, target = request.project.fetched[sha], request.project.branches[request.target_branch]
                merge = Commit(
                    self.state.new_sha(),
                    f"Merge {sha} into {target}",
                    (target, sha),
                    head.author,
                    self.state.now(),
                    head.tree,
                )
                project.fetched[merge.sha] = merge
                sha, ref = merge.sha, ref.replace("/head", "/merge")
            pipeline = self.add_pipeline(
                project, sha, ref, source="merge_request_event", status=status, merge_request=request, jobs=jobs
            )
            pipeline.source_sha = head_sha
            return pipeline

    def finish(self, pipeline: Pipeline, status: str) -> None:
        """The jobs of GitLab's own runners end."""
        with self.state.lock:
            pipeline.updated_at = self.state.now()
            for job in pipeline.latest:
                if not job.external:
                    job.status, job.finished_at = status, self.state.now()
                    job.started_at = job.started_at or job.finished_at
