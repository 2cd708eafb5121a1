"""The pushes of a pull request, which Azure DevOps counts (Azure DevOps REST, Pull Request Iterations)."""

from dataclasses import dataclass

from providers.azure.client import Client
from providers.azure.naming import place
from providers.errors import Rejected, Unavailable
from providers.payloads import Json, child, items, number, word
from providers.values import Repository


@dataclass(frozen=True, slots=True)
class Iteration:
    """One push: its head, and the commit that it is compared with."""

    id: int
    head_sha: str
    base_sha: str


class Iterations:
    """The pushes as they are now: a head that was forced away may come back by a newer one."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of_head(self, repository: Repository, pull: int, sha: str) -> Iteration:
        """Finds the newest push that brought `sha`.

        Raises Rejected when none did, as with a merge commit; Unavailable when the push is still being worked on.
        """
        matching = [each for each in await self.all(repository, pull) if each.head_sha == sha]
        if not matching:
            raise await self._missing(repository, pull, sha)
        return matching[-1]

    async def all(self, repository: Repository, pull: int) -> list[Iteration]:
        """Lists the pushes, oldest first."""
        where = place(repository)
        answer = await self._client(
            lambda sdk: sdk.git.get_pull_request_iterations(where.repository, pull, where.project)
        )
        return sorted((_iteration(each) for each in items(answer)), key=lambda each: each.id)

    async def _missing(self, repository: Repository, pull: int, sha: str) -> Rejected | Unavailable:
        where = place(repository)
        data = await self._client(lambda sdk: sdk.git.get_pull_request(where.repository, pull, where.project))
        if word(child(data, "lastMergeSourceCommit"), "commitId") == sha:
            return Unavailable(f"Azure DevOps has not worked up the push of {sha[:7]} to pull request {pull} yet")
        return Rejected(f"{sha[:7]} was never the head of pull request {pull}")


def _iteration(data: Json) -> Iteration:
    head, base = word(child(data, "sourceRefCommit"), "commitId"), word(child(data, "commonRefCommit"), "commitId")
    return Iteration(number(data, "id"), head, base or word(child(data, "targetRefCommit"), "commitId"))
