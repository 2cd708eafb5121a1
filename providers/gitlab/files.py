"""Files of a repository (GitLab REST, Repository files; Repositories)."""

from providers.files import LIMIT, check_ref, parts_of, within
from providers.gitlab.client import Client, project
from providers.gitlab.failures import NoFile
from providers.payloads import word
from providers.values import Repository

_TREE_PAGES = 20
_LONGEST_LINK = 4096
"""Bytes of a path (Linux, PATH_MAX)."""
_LINK, _SUBMODULE = "120000", "160000"


async def get_file(client: Client, repository: Repository, path: str, ref: str, limit: int = LIMIT) -> bytes | None:
    parts = parts_of(path)
    check_ref(ref)
    try:
        content = await client.raw(project(repository, "repository", "files", path, "raw"), {"ref": ref})
    except NoFile:
        return None
    if _may_be_none(content) and await _mode(client, repository, parts, ref) in (_LINK, _SUBMODULE):
        return None
    return within(content, limit, path)


def _may_be_none(content: bytes) -> bool:
    """Of a link GitLab gives the path that it holds, and of a submodule nothing, both as if they were files."""
    return len(content) <= _LONGEST_LINK and b"\n" not in content and b"\0" not in content


async def _mode(client: Client, repository: Repository, parts: tuple[str, ...], ref: str) -> str:
    query = {"path": "/".join(parts[:-1]), "ref": ref} if parts[1:] else {"ref": ref}
    entries = await client.pages(project(repository, "repository", "tree"), query, most=_TREE_PAGES)
    return next((word(entry, "mode") for entry in entries if word(entry, "name") == parts[-1]), "")
