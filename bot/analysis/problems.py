"""What went wrong in one failing test or one part of a log: type, message, place."""

import re
from dataclasses import dataclass

from bot.analysis.frames import Frame, frames_of, top_frame
from bot.analysis.masks import strip_ansi
from bot.analysis.reports.base import TestResult

TYPE = re.compile(
    r"^(?P<type>(?:[A-Za-z_$][\w$]*(?:\.|::))*[A-Za-z_$][\w$]*(?:Error|Exception|Failure|Failed|Fault|Timeout"
    r"|Warning|Interrupt|Exit)"
    r"|(?:[A-Za-z_$][\w$]*(?:\.|::))*(?:Error|Exception))"
    # .NET writes a blank before the colon.
    r"(?: \[[A-Z_]+\])?(?: ?: (?P<message>.*))?$"
)
_PYTEST = re.compile(r"^E {2,}(.*)$")
_PYTEST_END = re.compile(r"^[^\s:][^:]{0,300}:\d+: (\w+(?:Error|Exception|Failed|Warning|Exit|Interrupt)?)$")
_CAUSED_BY = re.compile(r"^\s*(?:Caused by: |---> |Cause: |\[cause\]: )(?P<cause>\S.*)$")
_DIRECT_CAUSE = "The above exception was the direct cause of the following exception:"
_PLACE_ONLY = re.compile(r"^\s*(?:at )?\S{1,300}[:(]\d{1,7}(?::\d{1,5})?\)?$|^\s*at [\w$.<>]+\(")
_VALUES_FOLLOW = re.compile(r"^Expected: |Assert\.\w{1,40}\(\) Failure|^expect\(received\)|Expected values to be")
_VALUE = re.compile(r"^\s*(?:Expected|But was|Actual|Received)\b[^:\n]{0,40}:")
_VALUE_LINES = 12
_GENERIC_MESSAGE = re.compile(r"(?i)(?:test )?(?:failed|failure|error|fail|null|message|assertion failed)[.!:]?")
_GENERIC_TYPES = frozenset({"failure", "error", "failed", "exception", "pytest.fail", "warning", ""})


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure reduced to what tells its cause.

    `key_lines` are the lines worth quoting, most telling first, as the input has them. `behind` is the error that led
    to this one, as the input has it, and `behind_top` its place in the project; both are empty where there is none.
    """

    type: str
    message: str
    top: Frame | None
    frames: tuple[Frame, ...]
    key_lines: tuple[str, ...]
    behind: str = ""
    behind_top: Frame | None = None

    @property
    def short_type(self) -> str:
        """The type without its package."""
        return re.split(r"\.|::", self.type)[-1]

    @property
    def title(self) -> str:
        """`Type: message` in one line of at most 160 characters."""
        message = " ".join(self.message.split())
        text = f"{self.short_type}: {message}" if self.type and message else self.short_type or message
        return text if len(text) <= 160 else text[:159].rstrip() + "…"


def problem_of(result: TestResult) -> Problem:
    """The problem of a failing case, from its message, type and details."""
    message, details = strip_ansi(result.message).strip(), strip_ansi(result.details)
    lines = [line.rstrip() for line in details.splitlines()]
    kind, text = _headline(result.type.strip(), message, lines)
    frames = frames_of(lines) or frames_of(message.split("\n"))
    top = top_frame(frames)
    if top is None and result.file:
        path_frames = frames_of([f"{result.file}:{result.line or 1}"])
        top = path_frames[0] if path_frames else None
        if top and result.line is None:
            top = Frame(top.path, None, top.function, top.ours)
    behind, behind_top = _behind(lines)
    quoted = _key_lines(kind, text, message, lines, top)
    text = _with_values(text, [*message.split("\n"), *lines[:_VALUE_LINES]])
    quoted += [line for line in lines if behind and behind in line and line not in quoted][-1:]
    return Problem(kind, text, top, tuple(frames), tuple(quoted), behind, behind_top)


def problem_of_lines(lines: list[str], lead: str) -> Problem:
    """The problem told by a part of a log, of which `lead` is the most telling line."""
    kind, text = _headline("", lead.strip(), lines)
    frames = frames_of(lines)
    return Problem(kind, text, top_frame(frames), tuple(frames), (lead,), *_behind(lines))


def _behind(lines: list[str]) -> tuple[str, Frame | None]:
    """The innermost cause of a chain and its own place; nothing where no chain is told."""
    at = next((at for at in range(len(lines) - 1, -1, -1) if _CAUSED_BY.match(lines[at])), None)
    if at is not None:
        found = _CAUSED_BY.match(lines[at])
        return (found["cause"].strip() if found else ""), top_frame(frames_of(lines[at:]))
    at = next((at for at, line in enumerate(lines) if _DIRECT_CAUSE in line), None)
    if at is None:
        return "", None
    # Python tells the first error first.
    told = [_PYTEST.sub(r"\1", line).strip() for line in lines[:at]]
    error = next((line for line in reversed(told) if TYPE.match(line)), "")
    return error, top_frame(frames_of(lines[:at])) if error else None


def _headline(kind: str, message: str, lines: list[str]) -> tuple[str, str]:
    pytest = [match[1] for line in lines if (match := _PYTEST.match(line))]
    first = message.split("\n", 1)[0].strip()
    if _GENERIC_MESSAGE.fullmatch(first) and lines:
        first = ""
    if kind.lower() in _GENERIC_TYPES:
        kind = ""
    for candidate in (first, *(pytest[:1]), *[line.strip() for line in lines[:3]]):
        match = TYPE.match(candidate)
        if match and (not kind or match["type"].endswith(kind.rsplit(".", 1)[-1])):
            kind = kind or match["type"]
            first = match["message"] or (first if first != candidate else "")
            break
    if not kind:
        ended = [match[1] for line in lines if (match := _PYTEST_END.match(line))]
        kind = ended[-1] if ended else ""
    if not kind and (typed := [match for line in reversed(lines) if (match := TYPE.match(line.strip()))]):
        kind, first = typed[0]["type"], first or typed[0]["message"] or ""
    if not first:
        # A type alone says nothing more than the type.
        rest = message.split("\n")[1:] + (pytest or [line.strip() for line in lines])
        first = next(
            (
                line.strip()
                for line in rest
                if line.strip() and not TYPE.fullmatch(line.strip().rstrip(":")) and not _PLACE_ONLY.match(line)
            ),
            "",
        )
    return kind, first


def _with_values(text: str, lines: list[str]) -> str:
    """The message with what was expected and what came, where the tool writes these on lines of their own."""
    if not _VALUES_FOLLOW.search(text):
        return text
    values = dict.fromkeys(" ".join(line.split()) for line in lines if _VALUE.match(line))
    return " ".join([text, *(value for value in list(values)[:3] if value not in text)])


def _key_lines(kind: str, text: str, message: str, lines: list[str], top: Frame | None) -> list[str]:
    """Lines to quote: the assertion or exception itself first, then where it was raised."""
    chosen = [line for line in lines if _PYTEST.match(line)][:5]
    short = kind.rsplit(".", 1)[-1]
    if not chosen:
        chosen = [line for line in lines if (short and short in line) or (text and text[:200] in line)][:2]
    if not chosen:
        chosen = [line for line in lines if line.strip()][:2]
        if text and text in message:
            chosen.insert(0, text)
    if top is not None:
        name = top.path.rsplit("/", 1)[-1]
        place = [line for line in lines if name in line and (top.line is None or str(top.line) in line)]
        chosen += [line for line in place[-1:] if line not in chosen]
    if not chosen and message:
        chosen = [line for line in message.split("\n") if line.strip()][:2]
    return chosen
