"""Finds quoted lines in the inputs again, so that each can be checked."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.analysis.inputs import CutError
from bot.analysis.lines import Lines
from bot.analysis.logs import LogScan
from bot.analysis.masks import strip_ansi
from bot.analysis.model import Evidence

LINE_CHARS = 64 * 1024
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"\\/bfnrt]))")
_JSON_CHARS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Quote:
    """A line of a failure's text and the range of report lines where it can stand."""

    text: str
    first: int
    last: int


def locate(chunks: Iterable[bytes], quotes: list[Quote]) -> dict[Quote, int]:
    """The report line of each quote that stands there word for word, or does so once escapes are undone.

    XML reports escape by entities, JSON reports by backslashes, some hold the one inside the other.
    """
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
                decoded = _decoded(raw)
                for quote in active:
                    if quote not in found and (quote.text in line or any(quote.text in text for text in decoded)):
                        found[quote] = number
                active = [quote for quote in active if quote.last > number and quote not in found]
            elif at == len(waiting):
                break
    except CutError:
        pass
    return found


def evidence_of(index: int, quote: Quote, found: Mapping[Quote, int], logs: Mapping[int, LogScan]) -> Evidence:
    """The line in a log if it stands there, in the report with this index otherwise."""
    for at, log in logs.items():
        if quote.text in log.found:
            return Evidence(at, log.found[quote.text], quote.text)
    return Evidence(index, found.get(quote), quote.text)


def step_of(evidence: Sequence[Evidence], logs: Mapping[int, LogScan]) -> str:
    """The failed step in which all of the evidence stands; empty where some of it stands elsewhere."""
    steps = {logs[line.input].step_at(line.line) if line.input in logs else "" for line in evidence}
    return steps.pop() if len(steps) == 1 else ""


def _decoded(raw: str) -> list[str]:
    """What a line of a report says under its escapes."""
    found = [html.unescape(raw)] if "&" in raw else []
    if "\\" in raw:
        # Pairs of surrogates stand for one character.
        plain = _JSON_ESCAPE.sub(_json_char, raw).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        found += [plain, html.unescape(plain)] if "&" in plain else [plain]
    return [strip_ansi(text) for text in found]


def _json_char(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _JSON_CHARS.get(match[2], match[2])
