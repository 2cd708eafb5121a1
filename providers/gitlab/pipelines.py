"""Where a commit status belongs: the pipeline that a merge request waits for (GitLab REST, Pipelines)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from providers.errors import Forbidden, NotFound, Rejected
from providers.gitlab.client import Client, place, project
from providers.payloads import Json, child, items, number, word
from providers.values import Repository, Revision

# `external` are those that only statuses like ours made; child pipelines are not what a merge request waits for.
_PASSED_OVER = frozenset({"external", "parent_pipeline"})


@dataclass(frozen=True, slots=True)
class Target:
    """A commit in a project, and the pipeline there; without one, `ref` is the branch that GitLab is to look at.

    `sha` is not the head's where a pipeline runs on the merge of head and target.
    """

    project: str
    sha: str
    pipeline: str = ""
    ref: str = ""
    own: bool = field(default=False, compare=False)
    """Whether the pipeline is the merge request's own, which comes before those of branches."""

    @property
    def path(self) -> str:
        return place("projects", self.project, "statuses", self.sha)


async def find_pipeline(client: Client, revision: Revision) -> Target | None:
    """Finds the pipeline of our head that the merge request waits for: its own before a branch's, then the newest.

    GitLab counts those on a merge of our head, too (GitLab, merge_request.rb, find_diff_head_pipeline).
    """
    if revision.number is None:
        return None
    path = project(revision.repository, "merge_requests", revision.number, "pipelines")
    pipelines = [each for each in items(await client.get(path)) if word(each, "source") not in _PASSED_OVER]
    chosen = choose(pipelines, revision.sha)
    chosen = await _on_merge(client, revision, pipelines, chosen) or chosen
    if chosen is None:
        return None
    where = word(chosen, "project_id") or home(revision)
    return Target(where, word(chosen, "sha"), word(chosen, "id"), own=_for_request(chosen))


async def find_branch(client: Client, revision: Revision) -> Target:
    """Finds the source branch, on which GitLab makes a pipeline for statuses if there is none.

    Raises Forbidden when its project is gone.
    """
    if revision.number is None or (revision.branch and not revision.from_fork):
        return Target(home(revision), revision.sha, ref=revision.branch)
    request = child(await client.get(project(revision.repository, "merge_requests", revision.number)))
    source = word(request, "source_project_id")
    if not source:
        raise Forbidden("the merge request's fork is gone, and its commits with it")
    return Target(source, revision.sha, ref=word(request, "source_branch"))


def home(revision: Revision) -> str:
    """Gives the project of the revision's repository, as paths of the API name it."""
    return revision.repository.id or revision.repository.path


def choose(pipelines: Sequence[Json], sha: str) -> Json | None:
    """Takes the newest on that commit, one for merge requests before one for branches."""
    found = [each for each in pipelines if word(each, "sha") == sha and word(each, "id")]
    return max(found, key=_rank, default=None)


async def _on_merge(client: Client, revision: Revision, pipelines: Sequence[Json], chosen: Json | None) -> Json | None:
    """Takes the newest that runs on a merge of our head into the target (GitLab Docs, Merged results pipelines).

    Only that one's commit is read, and only if it would come before what is chosen.
    """
    merges = [each for each in pipelines if _for_request(each) and not word(each, "ref").endswith("/head")]
    newest = max(merges, key=_rank, default=None)
    if newest is None or (chosen is not None and _rank(newest) <= _rank(chosen)):
        return None
    where = Repository(word(newest, "project_id") or revision.repository.id, revision.repository.path)
    try:
        commit = child(await client.get(project(where, "repository", "commits", word(newest, "sha"))))
    except (NotFound, Rejected):
        return None
    parents = commit.get("parent_ids")
    return newest if isinstance(parents, list) and revision.sha in parents[1:] else None


def _rank(pipeline: Json) -> tuple[bool, int]:
    return _for_request(pipeline), number(pipeline, "id")


def _for_request(pipeline: Json) -> bool:
    return word(pipeline, "source") == "merge_request_event"
