"""What other apps say in their check runs, as texts to be read like logs (GitHub REST, Check runs)."""

from providers.fetching.basket import Basket
from providers.github.client import Client, names
from providers.github.runs import outcome_of
from providers.payloads import Json, child, number, word
from providers.runs import FileKind, Job, Reading, RunOutcome
from providers.values import Repository

_CHECKS = "/repos/{owner}/{repo}/check-suites/{id}/check-runs{?filter,per_page}"
_ANNOTATIONS = "/repos/{owner}/{repo}/check-runs/{id}/annotations{?per_page}"
_PAGES = 10


async def fetch_suite(
    client: Client, repository: Repository, suite: str, reading: Reading, basket: Basket
) -> list[Job]:
    """Writes a text for each check run that is wanted; the check runs are the jobs."""
    where = names(repository) | {"id": suite, "filter": "latest", "per_page": "100"}
    checks = [child(data) async for data in client.pages(_CHECKS, where, "check_runs", _PAGES)]
    jobs = []
    for check in checks:
        job = Job(word(check, "id"), word(check, "name"), outcome_of(check), _page(check))
        jobs.append(job)
        if not job.id or (reading is Reading.FAILED and job.outcome is not RunOutcome.FAILED):
            continue
        async with basket.noting(f"words of {job.name}"):
            said = await check_text(client, repository, check)
            if said:
                basket.write(FileKind.LOG, job.name, said.encode(), job.name)
    return jobs


async def check_text(client: Client, repository: Repository, check: Json) -> str:
    """Writes title, summary, text and annotations as lines, places as compilers print them."""
    output = child(check, "output")
    lines = [word(output, name) for name in ("title", "summary", "text") if word(output, name)]
    if number(output, "annotations_count"):
        where = names(repository) | {"id": word(check, "id"), "per_page": "100"}
        notes = [child(data) async for data in client.pages(_ANNOTATIONS, where, most=_PAGES)]
        lines += [_annotation(note) for note in notes]
    return "\n".join(lines)


def _annotation(note: Json) -> str:
    level = "error" if word(note, "annotation_level") == "failure" else word(note, "annotation_level") or "notice"
    title = f"{word(note, 'title')}: " if word(note, "title") else ""
    first = f"{word(note, 'path')}:{number(note, 'start_line')}: {level}: {title}{word(note, 'message')}"
    return "\n".join(text for text in (first, word(note, "raw_details")) if text)


def _page(check: Json) -> str:
    return word(check, "details_url") or word(check, "html_url")
