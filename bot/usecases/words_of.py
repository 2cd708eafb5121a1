"""What an error says, as it may be stored and shown."""

from collections.abc import Iterable

from bot.domain.masking import mask


def words_of(error: Exception, known: Iterable[str] = ()) -> str:
    """The text of an error without secrets: a host may repeat what it was sent, and libraries quote addresses."""
    return mask(str(error), known)
