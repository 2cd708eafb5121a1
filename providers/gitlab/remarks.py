"""Our remarks on lines of the diff, each a thread (GitLab REST, Discussions)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.errors import NotFound, ProviderError, Rejected
from providers.gitlab.client import Client, project
from providers.gitlab.diff import new_lines
from providers.gitlab.identity import Me
from providers.gitlab.markup import DIALECT, render_remark
from providers.gitlab.pulls import changed_files
from providers.payloads import Json, child, items, word
from providers.report import Annotation
from providers.values import ChangedFile, Repository, Revision, Slot, Written

_KEY = re.compile(re.escape(DIALECT.remark_marker) + r"\n<!-- ([0-9a-f]{16}) -->\n")
MOST = 50
_SPAN = 1000
"""Lines of one remark that are looked at for a place."""


@dataclass(frozen=True, slots=True)
class _Thread:
    """A remark of ours that stands on the host; `key` says which one."""

    id: str
    note: str
    key: str
    answered: bool
    resolved: bool


async def put_remarks(client: Client, me: Me, revision: Revision, remarks: Sequence[Annotation], slot: Slot) -> Written:
    """Adds those that are missing, `MOST` in all, and takes away those that are not wanted any more.

    `state` is a digest of head and remarks: the same ones again need no call.
    """
    if revision.number is None:
        raise Rejected("remarks need a merge request")
    wanted = {_key(remark): remark for remark in remarks[:MOST]}
    state = hashlib.sha256(" ".join([revision.sha, *wanted]).encode()).hexdigest()[:32]
    written = Written("remarks", state=state)
    if slot.state == state and not slot.unsure:
        return written
    thread = project(revision.repository, "merge_requests", revision.number)
    there = await _ours(client, me, thread)
    standing = {each.key for each in there}
    missing = {key: remark for key, remark in wanted.items() if key not in standing}
    try:
        for each in there:
            if each.key not in wanted:
                await _take_away(client, thread, each)
        if missing:
            await _add(client, thread, revision, revision.number, missing)
    except ProviderError as error:
        error.written = Written("remarks")
        raise
    return written


async def _ours(client: Client, me: Me, thread: str) -> list[_Thread]:
    found = []
    for discussion in await client.pages(f"{thread}/discussions"):
        notes = items(discussion.get("notes"))
        key = _KEY.match(word(notes[0], "body")) if notes else None
        if key is not None and await me.wrote(notes[0]):
            resolved = notes[0].get("resolved") is True
            found.append(_Thread(word(discussion, "id"), word(notes[0], "id"), key[1], len(notes) > 1, resolved))
    return found


async def _take_away(client: Client, thread: str, remark: _Thread) -> None:
    """Deletes a remark; one that people have answered stays for their sake, resolved."""
    try:
        if not remark.answered:
            await client.delete(f"{thread}/discussions/{remark.id}/notes/{remark.note}")
        elif not remark.resolved:
            await client.put(f"{thread}/discussions/{remark.id}", {"resolved": True})
    except NotFound:
        return


async def _add(client: Client, thread: str, revision: Revision, number: int, remarks: Mapping[str, Annotation]) -> None:
    shas = child(await client.get(thread), "diff_refs")
    if word(shas, "head_sha") != revision.sha:
        # Lines of an old head would be those of another diff.
        return
    files = await _files(client, revision.repository, number)
    for key, remark in remarks.items():
        position = _position(remark, files.get(remark.path), shas)
        if position is None:
            continue
        said = render_remark(remark).removeprefix(DIALECT.remark_marker).lstrip("\n")
        body = f"{DIALECT.remark_marker}\n<!-- {key} -->\n{said}"
        try:
            await client.post(f"{thread}/discussions", {"body": body, "position": position})
        except Rejected:
            # GitLab counts lines its own way where a file is large or odd.
            continue


async def _files(client: Client, repository: Repository, number: int) -> dict[str, ChangedFile]:
    return {file.path: file for file in await changed_files(client, repository, number)}


def _position(remark: Annotation, file: ChangedFile | None, shas: Json) -> dict[str, Any] | None:
    """Places a remark on the first of its lines that the diff shows."""
    if file is None:
        return None
    shown = new_lines(file.patch)
    last = min(remark.end_line, remark.start_line + _SPAN)
    line = next((each for each in range(remark.start_line, last + 1) if each in shown), None)
    if line is None:
        return None
    position: dict[str, Any] = {name: word(shas, name) for name in ("base_sha", "start_sha", "head_sha")}
    position |= {"position_type": "text", "new_path": file.path, "old_path": file.previous_path or file.path}
    position |= {"new_line": line}
    # An unchanged line goes by both its numbers.
    return position if shown[line] is None else position | {"old_line": shown[line]}


def _key(remark: Annotation) -> str:
    parts = (remark.path, str(remark.start_line), remark.level, remark.title, remark.message, remark.details)
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:16]
