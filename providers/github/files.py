"""Files of a repository (GitHub REST, Contents)."""

from urllib.parse import quote

from providers.errors import NotFound, Unavailable
from providers.files import LIMIT, check_ref, parts_of
from providers.github.client import Client, names
from providers.github.pulls import get_commit
from providers.values import Repository

_RAW = "application/vnd.github.raw+json"


async def get_file(client: Client, repository: Repository, path: str, ref: str, limit: int = LIMIT) -> bytes | None:
    """Asks for the bytes, which GitHub has of files and of links to them; all else it describes in JSON."""
    # A path in a variable would have its slashes escaped.
    address = "/".join(quote(part, safe="") for part in parts_of(path))
    check_ref(ref)
    variables = names(repository) | {"ref": ref}
    try:
        kind, content = await client.raw(
            f"/repos/{{owner}}/{{repo}}/contents/{address}{{?ref}}", variables, _RAW, limit
        )
    except NotFound:
        # A repository that we don't see is the same 404; this one tells.
        await get_commit(client, repository, ref)
        return None
    if kind == "application/json":
        return None
    if "raw" not in kind:
        raise Unavailable(f"GitHub answered with something else than {path}")
    return content
