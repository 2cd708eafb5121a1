"""What all XML reports share: expat fed in pieces, no entity ever expanded or fetched, every cap told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar
from xml.parsers import expat

from bot.analysis.inputs import CutError
from bot.analysis.limits import Limits
from bot.analysis.reports.base import Budget, Report, ResultSink
from bot.analysis.reports.collector import Collector, StopReading
from bot.analysis.reports.mending import mended
from bot.analysis.sniff import xml_root

DOCTYPE = "refused: it declares a DOCTYPE"


class Guard:
    """Keeps a parser from all that a document type declaration could do.

    No report needs one. Outside entities are never fetched, so a report loses by them no more than what they would
    say; one that declares entities of its own is not read on. Either way `refused` says so.
    """

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.refused: str | None = None
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity

    def _doctype(self, *_: object) -> None:
        self.refused = DOCTYPE

    def _entity(self, _name: str, _parameter: bool, value: str | None, *_: object) -> None:
        if value is not None:
            raise StopReading(DOCTYPE)


def feed(
    parser: expat.XMLParserType, chunks: Iterable[bytes], limits: Limits, note: Callable[[str], None]
) -> str | None:
    """Parse it all; why reading stopped before the end, or None. `note` is told what was mended."""
    fed, token = 0, limits.token_bytes
    try:
        try:
            for chunk in mended(chunks, note):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > token:
                    raise StopReading(f"a single XML token longer than {token} bytes")
        except CutError as cut:
            return str(cut)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        return f"not well-formed XML at line {error.lineno}: {expat.ErrorString(error.code)}"
    except (StopReading, ValueError, LookupError) as error:
        # expat raises the last two for encodings that Python does not know or cannot map.
        return str(error)
    return None


class XmlHandler:
    """Reads one report: subclasses get each element with its attributes and, at its end, the text they want.

    Names come without their namespace prefix. `texts` names the elements whose text is wanted.
    """

    texts: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, out: Collector) -> None:
        self.out = out
        self.limits = out.limits
        self.depth = 0
        self._text: list[str] = []
        self._room = 0
        self._tag = ""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.guard = Guard(self.parser)
        self.begin()

    def begin(self) -> None:
        """Set up what is remembered from element to element."""

    def opened(self, tag: str, attrs: dict[str, str]) -> None:
        """An element begins."""

    def closed(self, tag: str, text: str) -> None:
        """An element ends; `text` is empty unless it was wanted."""

    def finished(self) -> None:
        """The document is at its end, or as far as it can be read."""

    @property
    def line(self) -> int:
        """The line of the report where the parser is, counted from 1."""
        return self.parser.CurrentLineNumber

    def run(self, chunks: Iterable[bytes]) -> Report:
        """Read it all."""
        reason = feed(self.parser, chunks, self.limits, self.out.note)
        try:
            self.finished()
        except StopReading as stop:
            reason = reason or str(stop)
        if self.guard.refused:
            self.out.note(self.guard.refused)
        return self.out.finish(reason)

    def _start(self, tag: str, attrs: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.limits.depth:
            raise StopReading(f"elements nested deeper than {self.limits.depth}")
        tag = tag.rpartition(":")[2]
        if tag in self.texts:
            self._tag, self._text, self._room = tag, [], self.limits.detail_chars
            self.parser.CharacterDataHandler = self._collect
        self.opened(tag, attrs)

    def _end(self, tag: str) -> None:
        self.depth -= 1
        tag = tag.rpartition(":")[2]
        text = ""
        if tag == self._tag:
            text, self._tag, self._text = "".join(self._text), "", []
            self.parser.CharacterDataHandler = None
        self.closed(tag, text)

    def _collect(self, data: str) -> None:
        if self._room > 0:
            self._text.append(data[: self._room])
            self._room -= len(data)


@dataclass(frozen=True, slots=True)
class XmlReader:
    """A reader for XML reports that are known by their root element."""

    name: str
    roots: frozenset[str]
    handler: type[XmlHandler]

    def sniff(self, head: bytes) -> bool:
        """Whether the root element is one of this family."""
        return (xml_root(head) or "").rpartition(":")[2] in self.roots

    def read(self, chunks: Iterable[bytes], limits: Limits, budget: Budget, sink: ResultSink | None) -> Report:
        """Counts are exact up to where reading stopped; `reason` says where and why it did."""
        return self.handler(Collector(limits, budget, sink)).run(chunks)
