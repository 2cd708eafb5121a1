"""Files of a repository (Azure DevOps REST, Items)."""

from providers.azure.client import Client
from providers.azure.failures import NoItem
from providers.azure.naming import place
from providers.files import LIMIT, check_ref, is_commit, parts_of, within
from providers.payloads import word
from providers.values import Repository


async def get_file(client: Client, repository: Repository, path: str, ref: str, limit: int = LIMIT) -> bytes | None:
    """Asks what stands there before its bytes, since those of a link are given like those of a file."""
    where, full = place(repository), "/" + "/".join(parts_of(path))
    check_ref(ref)
    kind = "commit" if is_commit(ref) else "branch"
    try:
        item = await client(
            lambda sdk: sdk.git.get_item(where.repository, full, where.project, version_descriptor=sdk.at(ref, kind))
        )
    except NoItem:
        return None
    if word(item, "gitObjectType") != "blob" or item.get("isFolder") is True or item.get("isSymLink") is True:
        return None
    content = await client(
        lambda sdk: b"".join(
            sdk.git.get_item_content(where.repository, full, where.project, version_descriptor=sdk.at(ref, kind))
        )
    )
    return within(content, limit, path)
