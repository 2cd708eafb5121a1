"""Repositories, commits and pull requests in answers and payloads (Azure DevOps REST, Git)."""

from simulators.azure.models import Commit, FileChange, Iteration, Json, PullRequest, Repository, Reviewer, Status
from simulators.azure.views.common import Urls, identity_view, link, project_view, stamp


def repository_view(urls: Urls, repository: Repository) -> Json:
    """git.GitRepository."""
    view: Json = {
        "id": repository.id,
        "name": repository.name,
        "url": urls.repository(repository),
        "project": project_view(urls, repository.project),
        "defaultBranch": repository.default_branch,
        "size": sum(len(blob) for commit in repository.commits.values() for blob in commit.tree.values()),
        "remoteUrl": urls.web(repository),
        "sshUrl": f"git@ssh.dev.azure.com:v3/{repository.full_name}",
        "webUrl": urls.web(repository),
        "isDisabled": False,
        "isInMaintenance": False,
    }
    if repository.parent is not None:
        view["isFork"] = True
    return view


def parent_view(urls: Urls, repository: Repository) -> Json:
    """git.GitRepositoryRef."""
    return {
        "id": repository.id,
        "name": repository.name,
        "url": urls.repository(repository),
        "project": project_view(urls, repository.project),
    }


def commit_reference(urls: Urls, repository: Repository, sha: str) -> Json:
    """A git.GitCommitRef that only names its commit."""
    return {"commitId": sha, "url": f"{urls.repository(repository)}/commits/{sha}"}


def commit_view(urls: Urls, repository: Repository, commit: Commit) -> Json:
    """git.GitCommit."""
    person = {"name": commit.author.display_name, "email": commit.author.mail, "date": stamp(commit.date)}
    return {
        "treeId": commit.sha[::-1],
        **commit_reference(urls, repository, commit.sha),
        "author": person,
        "committer": person,
        "comment": commit.message,
        "parents": list(commit.parents),
        "remoteUrl": f"{urls.web(repository)}/commit/{commit.sha}",
    }


def reviewer_view(urls: Urls, pull: PullRequest, reviewer: Reviewer) -> Json:
    """git.IdentityRefWithVote."""
    view = identity_view(urls, reviewer.identity)
    view |= {
        "reviewerUrl": f"{urls.pull(pull)}/reviewers/{reviewer.identity.id}",
        "vote": reviewer.vote,
        "hasDeclined": False,
        "isFlagged": False,
    }
    return view | ({"isRequired": True} if reviewer.required else {})


def pull_view(urls: Urls, pull: PullRequest) -> Json:
    """git.GitPullRequest as lists show it; nothing stands for a value that is not there."""
    newest = pull.iterations[-1]
    repository = pull.repository
    view: Json = {
        "repository": repository_view(urls, repository),
        "pullRequestId": pull.id,
        "codeReviewId": pull.id,
        "status": pull.status,
        "createdBy": identity_view(urls, pull.created_by),
        "creationDate": stamp(pull.created_at),
        "title": pull.title,
        "sourceRefName": pull.source_ref,
        "targetRefName": pull.target_ref,
        "mergeStatus": pull.merge_status,
        "isDraft": pull.draft,
        "mergeId": repository.id,
        "lastMergeSourceCommit": commit_reference(urls, repository, newest.source_sha),
        "lastMergeTargetCommit": commit_reference(urls, repository, newest.target_sha),
        "lastMergeCommit": commit_reference(urls, repository, pull.merge_sha),
        "reviewers": [reviewer_view(urls, pull, reviewer) for reviewer in pull.reviewers],
        "url": urls.pull(pull),
        "supportsIterations": True,
    }
    if pull.description is not None:
        view["description"] = pull.description
    if pull.closed_at is not None:
        view["closedDate"] = stamp(pull.closed_at)
    if pull.closed_by is not None:
        view["closedBy"] = identity_view(urls, pull.closed_by)
    if pull.from_fork:
        view["forkSource"] = {
            "repository": repository_view(urls, pull.source_repository),
            "name": pull.source_ref,
            "objectId": newest.source_sha,
        }
    return view


def full_pull_view(urls: Urls, pull: PullRequest) -> Json:
    """git.GitPullRequest as it is shown alone."""
    own = urls.pull(pull)
    return {
        **pull_view(urls, pull),
        "artifactId": f"vstfs:///Git/PullRequestId/{pull.repository.project.id}%2f{pull.repository.id}%2f{pull.id}",
        "_links": {
            "self": link(own),
            "repository": link(urls.repository(pull.repository)),
            "statuses": link(f"{own}/statuses"),
            "iterations": link(f"{own}/iterations"),
        },
    }


def iteration_view(urls: Urls, pull: PullRequest, iteration: Iteration) -> Json:
    """git.GitPullRequestIteration."""
    repository = pull.repository
    return {
        "id": iteration.id,
        "description": repository.commits[iteration.source_sha].message,
        "author": identity_view(urls, iteration.author),
        "createdDate": stamp(iteration.created_at),
        "updatedDate": stamp(iteration.created_at),
        "sourceRefCommit": {"commitId": iteration.source_sha},
        "targetRefCommit": {"commitId": iteration.target_sha},
        "commonRefCommit": {"commitId": iteration.common_sha},
        "hasMoreCommits": False,
        "reason": iteration.reason,
        "push": {"pushId": iteration.push_id, "date": stamp(iteration.created_at)},
        "_links": {"self": link(f"{urls.pull(pull)}/iterations/{iteration.id}")},
    }


def change_view(pull: PullRequest, change: FileChange, number: int) -> Json:
    """git.GitPullRequestChange."""
    tracking = pull.tracking.setdefault(change.original_path or change.path, len(pull.tracking) + 1)
    pull.tracking.setdefault(change.path, tracking)
    view: Json = {
        "changeTrackingId": tracking,
        "changeId": number,
        "item": {"path": f"/{change.path}"},
        "changeType": change.kind,
    }
    if change.original_path is not None:
        view["originalPath"] = f"/{change.original_path}"
    return view


def status_view(urls: Urls, status: Status, url: str) -> Json:
    """git.GitStatus or git.GitPullRequestStatus; `url` is that of the list which holds it."""
    view: Json = {
        "id": status.id,
        "state": status.state,
        "context": {"name": status.name, "genre": status.genre},
        "creationDate": stamp(status.created),
        "updatedDate": stamp(status.created),
        "createdBy": identity_view(urls, status.creator),
        "_links": {"self": link(f"{url}/{status.id}")},
    }
    if status.description is not None:
        view["description"] = status.description
    if status.target_url is not None:
        view["targetUrl"] = status.target_url
    if status.iteration_id is not None:
        view["iterationId"] = status.iteration_id
    if status.properties:
        view["properties"] = status.properties
    return view
