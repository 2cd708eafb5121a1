"""Commit statuses (Gitea API, repoCreateStatus)."""

from providers.gitea.client import Client, repo
from providers.gitea.failures import Broken
from providers.gitea.pulls import get_commit
from providers.payloads import child, word
from providers.report import Check
from providers.statuses import status_body
from providers.values import Revision, Written

DESCRIPTION_LIMIT = 255
"""The host gives none; more would not be seen."""


async def put_status(client: Client, revision: Revision, check: Check) -> Written:
    """Sets the commit status with the check's name as its context; the newest one counts."""
    path = repo(revision.repository, "statuses", revision.sha)
    try:
        answer = child(await client.write("POST", path, status_body(check, DESCRIPTION_LIMIT)))
    except Broken:
        # So 1.23 answers for a commit that it does not have: then this says so.
        await get_commit(client, revision.repository, revision.sha)
        raise
    return Written(word(answer, "id"), check.details_url)
