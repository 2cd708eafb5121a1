"""Pull requests, their files and commits, and the pull request of a commit (routers/api/v1/repo/pull.go)."""

from collections.abc import Callable

from simulators.answers import Answer
from simulators.gitea.answers import GiteaRefusal, NotFound
from simulators.gitea.models import Commit, Json, PullRequest
from simulators.gitea.routes import Call, Route
from simulators.gitea.views.diff import diff_view
from simulators.gitea.views.git import commit_view
from simulators.gitea.views.pulls import file_view, pull_view


def _list(call: Call) -> Answer:
    query = call.asked.query
    # Without a state all come, closed ones too: Gitea filters only by "open" and "closed".
    wanted, pulls = query.get("state", ""), call.state.pull_requests(call.repository)
    if wanted in ("open", "closed"):
        pulls = [pull for pull in pulls if pull.state == wanted]
    if poster := query.get("poster"):
        account = call.state.account(poster)
        if account is None:
            raise GiteaRefusal(400, f"user does not exist [uid: 0, name: {poster}]")
        pulls = [pull for pull in pulls if pull.user is account]
    pulls.sort(key=_ORDERS.get(query.get("sort", ""), _newest))
    return call.paged(pulls, lambda pull: _shown(call, pull))


def _get(call: Call) -> Answer:
    return Answer(_shown(call, call.pull))


def _files(call: Call) -> Answer:
    pull = call.pull
    return call.paged(pull.files, lambda file: file_view(call.urls, pull, file))


def _diff(call: Call) -> Answer:
    """The patch would be mails of each commit; nobody asks for it."""
    if call.asked.arguments["diffType"] != "diff":
        raise NotFound
    return Answer(diff_view(call.pull), headers={"content-type": "text/plain;charset=utf-8"})


def _commits(call: Call) -> Answer:
    pull, repository = call.pull, call.repository

    def show(commit: Commit) -> Json:
        return commit_view(call.urls, repository, commit)

    return call.paged([repository.commits[sha] for sha in reversed(pull.commits)], show)


def _of_commit(call: Call) -> Answer:
    sha = call.asked.arguments["sha"]
    for pull in call.state.pull_requests(call.repository):
        # The commit that the merge made, not those of the branch (models/issues, GetPullRequestByMergedCommit).
        if pull.merge_commit == sha:
            return Answer(_shown(call, pull))
    raise NotFound("pull request does not exist")


def _commit(call: Call) -> Answer:
    commit = call.state.commit(call.repository, call.asked.arguments["sha"])
    if commit is None:
        raise NotFound(call.asked.arguments["sha"])
    return Answer(commit_view(call.urls, call.repository, commit))


def _shown(call: Call, pull: PullRequest) -> Json:
    return pull_view(call.urls, call.state, pull, call.asked.caller.account)


def _newest(pull: PullRequest) -> tuple[float, int]:
    return -pull.created_at.timestamp(), -pull.id


_ORDERS: dict[str, Callable[[PullRequest], tuple[float, int]]] = {
    "oldest": lambda pull: (pull.created_at.timestamp(), pull.id),
    "recentupdate": lambda pull: (-pull.updated_at.timestamp(), -pull.id),
    "leastupdate": lambda pull: (pull.updated_at.timestamp(), pull.id),
}
_REPO = "/api/v1/repos/{owner}/{repo}"
ROUTES = (
    Route("repoListPullRequests", f"GET {_REPO}/pulls", _list),
    Route("repoDownloadPullDiffOrPatch", f"GET {_REPO}/pulls/{{index}}.{{diffType}}", _diff),
    Route("repoGetPullRequest", f"GET {_REPO}/pulls/{{index}}", _get),
    Route("repoGetPullRequestFiles", f"GET {_REPO}/pulls/{{index}}/files", _files),
    Route("repoGetPullRequestCommits", f"GET {_REPO}/pulls/{{index}}/commits", _commits),
    Route("repoGetCommitPullRequest", f"GET {_REPO}/commits/{{sha}}/pull", _of_commit),
    Route("repoGetSingleCommit", f"GET {_REPO}/git/commits/{{sha}}", _commit),
)
