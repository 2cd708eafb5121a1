"""xUnit.net v2 and v3 (`assemblies`, `assembly`), and the like of Fixie; v1's `class` in the place of `collection`."""

from typing import ClassVar

from bot.analysis.reports.base import Status
from bot.analysis.reports.collector import Case
from bot.analysis.reports.values import seconds, whole
from bot.analysis.reports.xml_stream import XmlHandler, XmlReader

_STATUS: dict[str, Status] = {"pass": "passed", "fail": "failed", "skip": "skipped", "notrun": "skipped"}


class XUnitHandler(XmlHandler):
    """The rows of a theory are one test, as its filter takes them together; the worst row counts."""

    texts: ClassVar[frozenset[str]] = frozenset({"message", "stack-trace", "output"})

    def begin(self) -> None:
        self.case: Case | None = None
        self.error: Case | None = None
        self.assembly = self.collection = ""

    def opened(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "test":
            self.case = self._case(attrs)
        elif tag in ("collection", "class"):
            self.collection = attrs.get("name", "")
        elif tag == "assembly":
            self.assembly = attrs.get("name", "").replace("\\", "/").rpartition("/")[2]
        elif tag == "error":
            self.error = Case(attrs.get("name", ""), "errored", classname=self.assembly, type=attrs.get("type", ""))
        elif tag == "failure":
            target = self.case or self.error
            if target is not None:
                target.type = attrs.get("exception-type", "")
                target.report_line = self.line

    def closed(self, tag: str, text: str) -> None:
        target = self.case or self.error
        if target is None:
            return
        if tag == "test":
            self.out.row(target.id or target.name, target)
            self.case = None
        elif tag == "error":
            self.out.suite_error(target)
            self.error = None
        elif tag == "message" and target.broken:
            target.message = target.details = text.strip()
        elif tag == "stack-trace" and target.broken:
            target.details = f"{target.message}\n{text.rstrip()}"
        elif tag == "output":
            target.stdout = text

    def _case(self, attrs: dict[str, str]) -> Case:
        kind, method = attrs.get("type", ""), attrs.get("method", "")
        return Case(
            attrs.get("name", "") or method,
            _STATUS.get(attrs.get("result", "").lower(), "skipped"),
            classname=kind,
            suite=self.collection,
            file=attrs.get("source-file"),
            line=whole(attrs.get("source-line")),
            seconds=seconds(attrs.get("time")),
            id=f"{kind}.{method}" if kind and method else "",
        )


READER = XmlReader("xUnit.net", frozenset({"assemblies", "assembly"}), XUnitHandler)
