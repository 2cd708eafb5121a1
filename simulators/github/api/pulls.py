"""Pull requests, their files, and the pull requests of a commit (GitHub REST, Pulls and Commits)."""

from simulators.answers import Answer
from simulators.github.models import PullRequest
from simulators.github.routes import ApiCall, Route
from simulators.github.views.pulls import commit_view, file_view, full_pull_view, pull_view

MAX_FILES = 3_000


def _list(call: ApiCall) -> Answer:
    wanted = call.query.get("state", "open")
    pulls = [p for p in call.state.pull_requests(call.repository) if wanted in ("all", p.state)]
    if "head" in call.query:
        # A head without its owner does not filter at all, which is why a client must name both.
        owner, _, branch = call.query["head"].rpartition(":")
        pulls = [p for p in pulls if not owner or (p.head.owner.login.lower(), p.head.ref) == (owner.lower(), branch)]
    if "base" in call.query:
        pulls = [pull for pull in pulls if pull.base.ref == call.query["base"]]
    key = "updated_at" if call.query.get("sort") == "updated" else "created_at"
    down = call.query.get("direction", "desc") == "desc"
    pulls.sort(key=lambda pull: (getattr(pull, key), pull.number), reverse=down)
    return call.paged(pulls, lambda pull: pull_view(call.urls, pull))


def _get(call: ApiCall) -> Answer:
    return Answer(full_pull_view(call.urls, call.state, call.pull))


def _files(call: ApiCall) -> Answer:
    pull = call.pull
    return call.paged(pull.files[:MAX_FILES], lambda file: file_view(call.urls, pull, file))


def _of_commit(call: ApiCall) -> Answer:
    sha = call.commit.sha

    def holds(pull: PullRequest) -> bool:
        return not pull.from_fork and sha in pull.commits

    pulls = [pull for pull in call.state.pull_requests(call.repository) if holds(pull)]
    return call.paged(pulls, lambda pull: pull_view(call.urls, pull))


def _commit(call: ApiCall) -> Answer:
    return Answer(commit_view(call.urls, call.repository, call.commit))


ROUTES = (
    Route("pulls/list", _list, ("pull_requests",), person="read"),
    Route("pulls/get", _get, ("pull_requests",), person="read"),
    Route("pulls/list-files", _files, ("pull_requests",), person="read"),
    Route("repos/list-pull-requests-associated-with-commit", _of_commit, ("pull_requests",), person="read"),
    Route("repos/get-commit", _commit, ("contents",), person="read"),
)
