"""What people should know of a whole result, as its report says it."""

from bot.store.models import Execution
from bot.usecases.heed_ci import ALLOWED


def notes_of(execution: Execution) -> tuple[str, ...]:
    """Gives what is noted of an execution, but for what the report tells in another place: engine and excuses."""
    elsewhere = (ALLOWED, *(f"causes by {note}" for note in (execution.analysis or {}).get("notes", ())))
    told = execution.notes or ""
    for words in elsewhere:
        told = told.replace(words, "")
    return tuple(dict.fromkeys(part.strip() for part in told.split("; ") if part.strip("; ")))
