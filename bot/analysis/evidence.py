"""Finds quoted lines in the inputs again, so that each can be checked."""

import html
from collections.abc import Iterable
from dataclasses import dataclass

from bot.analysis.inputs import CutError
from bot.analysis.lines import Lines
from bot.analysis.masks import strip_ansi

LINE_CHARS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Quote:
    """A line of a failure's text and the range of report lines where it can stand."""

    text: str
    first: int
    last: int


def locate(chunks: Iterable[bytes], quotes: list[Quote]) -> dict[Quote, int]:
    """The report line of each quote that stands there word for word, or does so once XML escapes are undone."""
    found: dict[Quote, int] = {}
    waiting = sorted(set(quotes), key=lambda quote: (quote.first, quote.last, quote.text))
    active: list[Quote] = []
    at = 0
    try:
        for number, raw in Lines(chunks, LINE_CHARS):
            while at < len(waiting) and waiting[at].first <= number:
                active.append(waiting[at])
                at += 1
            if active:
                line = strip_ansi(raw)
                decoded = strip_ansi(html.unescape(raw)) if "&" in raw else line
                for quote in active:
                    if quote not in found and (quote.text in line or quote.text in decoded):
                        found[quote] = number
                active = [quote for quote in active if quote.last > number and quote not in found]
            elif at == len(waiting):
                break
    except CutError:
        pass
    return found
