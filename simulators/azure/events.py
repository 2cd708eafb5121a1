"""The events that service hooks carry, made from the state (Azure DevOps, Service hooks events)."""

from collections.abc import Callable, Mapping
from typing import Literal

from simulators.azure.models import Build, Comment, Identity, Json, Project, PullRequest, Repository
from simulators.azure.state import State
from simulators.azure.subscriptions import Event
from simulators.azure.views.builds import build_view, old_build_view, run_view
from simulators.azure.views.common import Urls, identity_view, link, stamp
from simulators.azure.views.git import commit_reference, full_pull_view, repository_view
from simulators.azure.views.threads import comment_view

NO_COMMIT = "0" * 40
Update = Literal[
    "PushNotification", "ReviewersUpdateNotification", "StatusUpdateNotification", "ReviewerVoteNotification"
]
_UPDATES: Mapping[str, str] = {
    "PushNotification": "updated the source branch of",
    "ReviewersUpdateNotification": "changed the reviewer list on",
    "StatusUpdateNotification": "changed the status of",
    "ReviewerVoteNotification": "voted on",
}


class Events:
    """Each method gives the event that the host would publish; an actor of None is who would usually do it."""

    def __init__(self, state: State, urls: Callable[[], Urls]) -> None:
        self._state = state
        self._urls = urls

    def pull_request_created(self, pull: PullRequest) -> Event:
        """git.pullrequest.created."""
        return self._pull("git.pullrequest.created", pull, pull.created_by, "created", {})

    def pull_request_updated(
        self, pull: PullRequest, what: Update = "PushNotification", actor: Identity | None = None
    ) -> Event:
        """git.pullrequest.updated; the payload does not say `what`, only a subscription's filter asks for it."""
        filters = {"notificationType": what}
        return self._pull("git.pullrequest.updated", pull, actor or pull.created_by, _UPDATES[what], filters)

    def pull_request_merged(self, pull: PullRequest, actor: Identity | None = None) -> Event:
        """git.pullrequest.merged: a merge was attempted, with the result that `mergeStatus` tells."""
        filters = {"mergeResult": pull.merge_status}
        words = "has created a merge commit for"
        return self._pull("git.pullrequest.merged", pull, actor or pull.created_by, words, filters)

    def comment(self, comment: Comment) -> Event:
        """A comment was made, edited or deleted: one event type for all, told apart by dates and `isDeleted`."""
        urls, pull = self._urls(), comment.thread.pull
        done = (
            "deleted"
            if comment.deleted
            else "edited"
            if comment.content_updated > comment.published
            else "commented on"
        )
        said = "" if comment.deleted else comment.content
        verb = done if done == "commented on" else f"{done} a comment on"
        text = f"{comment.author.display_name} has {verb} pull request {pull.id}"
        view = comment_view(urls, comment)
        view.pop("usersLiked")
        resource = {"comment": view, "pullRequest": self._pull_resource(pull)}
        return self._event(
            "ms.vss-code.git-pullrequest-comment-event",
            {"2.0": resource},
            (text, f"{text}\r\n{said}\r\n"),
            pull.repository.project,
            self._pull_filters(pull),
        )

    def push(self, repository: Repository, ref: str, old: str | None, new: str | None, pusher: Identity) -> Event:
        """git.push; a commit of None stands for a branch that was made or deleted."""
        urls = self._urls()
        commit = repository.commits.get(new or "")
        commits: list[Json] = []
        if commit is not None:
            person = {"name": commit.author.display_name, "email": commit.author.mail, "date": stamp(commit.date)}
            told = {"author": person, "committer": person, "comment": commit.message}
            commits.append({**commit_reference(urls, repository, commit.sha), **told})
        push_id = self._state.new_id(1_000)
        resource = {
            "commits": commits,
            "refUpdates": [{"name": ref, "oldObjectId": old or NO_COMMIT, "newObjectId": new or NO_COMMIT}],
            "repository": repository_view(urls, repository),
            "pushedBy": identity_view(urls, pusher),
            "pushId": push_id,
            "date": stamp(self._state.now()),
            "url": f"{urls.repository(repository)}/pushes/{push_id}",
        }
        branch = ref.removeprefix("refs/heads/")
        text = f"{pusher.display_name} pushed updates to branch {branch} of repository {repository.name}."
        filters = {"repository": repository.id, "branch": branch, "pushedBy": pusher.id}
        return self._event("git.push", {"1.0": resource}, (text, text), repository.project, filters)

    def build_completed(self, build: Build) -> Event:
        """build.complete."""
        urls = self._urls()
        text = f"Build {build.number} {build.result}"
        filters = {"definitionName": build.definition_name, "buildStatus": build.result or ""}
        resources = {"1.0": old_build_view(urls, build), "2.0": build_view(urls, build)}
        return self._event("build.complete", resources, (text, text), build.repository.project, filters)

    def run_state_changed(self, build: Build) -> Event:
        """ms.vss-pipelines.run-state-changed-event: the same build as a run, which tells less."""
        urls = self._urls()
        state = {"completed": "completed", "inProgress": "inProgress", "cancelling": "canceling"}.get(
            build.status, "unknown"
        )
        run = run_view(urls, build, state)
        text = f"Run {build.number} {state}."
        repository = {
            "type": "Git",
            "change": {"version": build.source_version, "message": ""},
            "url": urls.web(build.repository),
        }
        resource = {"run": run, "pipeline": run["pipeline"], "repositories": [repository]}
        filters = {"pipelineId": str(build.definition_id), "runStateId": state, "runResultId": build.result or ""}
        return self._event(
            "ms.vss-pipelines.run-state-changed-event",
            {"5.1-preview.1": resource},
            (text, text),
            build.repository.project,
            filters,
        )

    def repository_renamed(self, repository: Repository, old_name: str) -> Event:
        """git.repo.renamed."""
        text = f"Repository {old_name} was renamed to {repository.name}."
        resource = {
            "oldName": old_name,
            "newName": repository.name,
            "repository": repository_view(self._urls(), repository),
            "utcTimestamp": stamp(self._state.now()),
        }
        filters = {"repository": repository.id}
        return self._event("git.repo.renamed", {"1.0-preview.1": resource}, (text, text), repository.project, filters)

    def repository_deleted(self, repository: Repository) -> Event:
        """git.repo.deleted."""
        text = f"Repository {repository.name} was deleted."
        project = repository.project
        resource = {
            "project": {"id": project.id, "name": project.name},
            "repositoryId": repository.id,
            "repositoryName": repository.name,
            "isHardDelete": False,
            "utcTimestamp": stamp(self._state.now()),
        }
        filters = {"repository": repository.id}
        return self._event("git.repo.deleted", {"1.0-preview.1": resource}, (text, text), project, filters)

    def _pull(self, name: str, pull: PullRequest, actor: Identity, verb: str, filters: Mapping[str, str]) -> Event:
        text = f"{actor.display_name} {verb} pull request {pull.id} ({pull.title})"
        details = f"{text}\r\n\r\n- Merge status: {pull.merge_status}\r\n- Merge commit: {pull.merge_sha[:8]}\r\n"
        resources = {"1.0": self._pull_resource(pull)}
        told = {**self._pull_filters(pull), **filters}
        return self._event(name, resources, (text, details), pull.repository.project, told)

    def _pull_resource(self, pull: PullRequest) -> Json:
        urls = self._urls()
        view = full_pull_view(urls, pull)
        view["_links"] = {
            "web": link(f"{urls.page(pull)}#view=discussion"),
            "statuses": link(f"{urls.pull(pull)}/statuses"),
        }
        return view | {"commits": [commit_reference(urls, pull.repository, pull.head)]}

    def _pull_filters(self, pull: PullRequest) -> dict[str, str]:
        return {
            "repository": pull.repository.id,
            "branch": pull.target_ref,
            "pullrequestCreatedBy": pull.created_by.id,
        }

    def _event(
        self,
        name: str,
        resources: Mapping[str, Json],
        words: tuple[str, str],
        project: Project,
        filters: Mapping[str, str],
    ) -> Event:
        base = f"{self._urls().collection}/"
        containers = {
            "collection": {"id": self._state.organization_id, "baseUrl": base},
            "account": {"id": self._state.organization_id, "baseUrl": base},
            "project": {"id": project.id, "baseUrl": base},
        }
        told = {"projectId": project.id, **filters}
        return Event(self._state.new_guid(), name, self._state.now(), resources, *words, containers, told)
