"""Sending what lies in the outbox."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from agnox.sending.outbox import Entry, Outbox
from agnox.sending.server import Refused, Server, Unreachable

_OLDER = 10
"""So many older requests go along with a new one."""


class Fate(Enum):
    """What has become of a request."""

    SENT = "sent"
    KEPT = "kept"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has become of a request, why, and what the server said; `away` that nothing was heard of it."""

    fate: Fate
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    away: bool = False


def deliver(server: Server, entry: Entry) -> Outcome:
    """Sends one request; it leaves the disk unless a later try may succeed."""
    headers = {"content-type": entry.content_type, "idempotency-key": entry.idempotency_key}
    try:
        with entry.open() as body:
            data = server.post(entry.path, body, headers)
    except Unreachable as error:
        if entry.kept:
            return Outcome(Fate.KEPT, str(error), away=not error.answered)
        entry.drop()
        return Outcome(Fate.LOST, f"{error}, and there is no folder to keep it in")
    except Refused as error:
        entry.drop()
        return Outcome(Fate.LOST, str(error))
    except OSError as error:
        # Another call has sent it, or the disk is gone.
        return Outcome(Fate.LOST, error.strerror or str(error))
    entry.drop()
    return Outcome(Fate.SENT, data=data)


def deliver_waiting(server: Server, outbox: Outbox, limit: int = _OLDER, but: Entry | None = None) -> list[Outcome]:
    """Sends what earlier calls could not, the oldest first, until the server is away."""
    outcomes: list[Outcome] = []
    with suppress(OSError):
        for entry in outbox.waiting(server):
            if len(outcomes) >= limit or (outcomes and outcomes[-1].away):
                break
            if but is None or entry.folder != but.folder:
                outcomes.append(deliver(server, entry))
    return outcomes


def deliver_in_turn(server: Server, outbox: Outbox, entry: Entry, limit: int = _OLDER) -> tuple[Outcome, int]:
    """Sends a request behind those that wait, since a newer result takes the place of an older one.

    Gives what has become of it, and how many others were sent.
    """
    older = deliver_waiting(server, outbox, limit, entry)
    sent = sum(outcome.fate is Fate.SENT for outcome in older)
    if older and older[-1].away and entry.kept:
        return older[-1], sent
    return deliver(server, entry), sent
