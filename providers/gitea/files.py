"""Files of a repository (Gitea API, repoGetRawFile)."""

from providers.errors import NotFound
from providers.files import LIMIT, check_ref, parts_of
from providers.gitea.client import Client, repo
from providers.gitea.pulls import get_commit
from providers.values import Repository


async def get_file(client: Client, repository: Repository, path: str, ref: str, limit: int = LIMIT) -> bytes | None:
    parts = parts_of(path)
    check_ref(ref)
    try:
        answer = await client.raw(repo(repository, "raw", *parts), {"ref": ref}, most=limit)
    except NotFound:
        # A repository that we don't see is the same 404; this one tells.
        await get_commit(client, repository, ref)
        return None
    # Of a link Gitea gives the text; old versions don't say what it is.
    return answer.body if answer.headers.get("x-gitea-object-type", "file") == "file" else None
