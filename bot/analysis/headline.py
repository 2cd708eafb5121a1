"""Finds the one line of a failure that says most by itself."""

import re
from collections.abc import Mapping

from bot.analysis.cues import LOOKED_AT
from bot.analysis.logs import tells
from bot.analysis.masks import masked, uncoloured

ANNOUNCES = 3.0
"""The weight from which a line announces a failure by itself."""
CANDIDATES = 100
"""Lines among which the most telling ones are looked for."""
_STRONG = re.compile(
    r"^Traceback \(most recent|^E {2,}\S|^\s*(?:Caused by: |panic: |fatal: |FATAL|FAIL(?:ED|URE)?\b|not ok \d+)"
    r"|\b(?:FAILED|FAILURE!?)\b|<<< (?:FAILURE|ERROR)"
    r"|(?:Error|Exception|Failure)[:(]|\berror(?:\[\w+\]| [A-Z]{1,4}\d+)?: "
    r"|^\s*(?:\[ERROR\]|\[error\]|ERROR\b|error:|Error:|!\s)"
    r"|##\[error\]|^\s*--- FAIL|✕|✗|✖|●|❌|^\s*\d+\) |npm ERR!|Segmentation fault|core dumped|Assertion.*failed"
    r"|assertion failed|panicked at"
    r"|AddressSanitizer|undefined reference|TEST-UNEXPECTED|PROCESS-CRASH"
)
_MEDIUM = re.compile(
    r"\b(?:error|errors|fail|fails|failed|failing|failure|failures|exception|fatal|cannot|can't|could not|couldn't"
    r"|unable|undefined|denied|refused|timed out"
    r"|timeout|not found|no such file|missing|invalid|unexpected|expected|mismatch|violation|aborted|killed"
    r"|unresolved|conflict|segfault|assert|interrupt(?:ed)?|cancel+ed|exceed(?:s|ed)?"
    r"|too (?:large|long|many|big))\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:0|no|zero|without) (?:errors?|fail(?:ures?|ed)?|failing)|(?:errors?|failures?|failed)[ :=]+0\b"
    r"|\bWARN(?:ING)?\b|\bwarning: |\bDEBUG\b|\bignor(?:ed|ing)\b|-Werror|error_?(?:log|page|handler|reporting)"
    r"|^\s*(?:ok|PASS:?|✓|✔|√|\.+)\s|\bpassed\b|\bPASSED\b|\bOK\b|Downloading|Downloaded|Installing|Unpacking"
    r"|Setting up|^(?:Get|Hit|Ign):\d|^remote: |\|\| true|set -e"
    r"|^\W*(?:INFO|info)\b|##\[end-action|^\$ |^\+ |\.\.\. ok$",
)
_SUMMARY = re.compile(
    r"re-run Maven|\[Help 1\]|To see the full stack trace|Run with --(?:stacktrace|info|scan)"
    r"|For more information about the errors|A complete log of this run"
    r"|Process completed with exit code|The command .* exited with|Your build (?:exited|has been)|BUILD FAILURE"
    r"|marked build as failure|Job failed: exit|Step script exited with code"
    r"|Executing the custom container implementation failed"
)
_TYPED = re.compile(
    r"^\W{0,8}(?:\w+ \| )?(?:[\w$]+(?:\.|::))*[A-Z][\w$]*(?:Error|Exception|Failure|Fault|Interrupt|Exit|Timeout)\b"
    r"(?:: \S|$|\()"
)
_LABELLED = re.compile(
    r"^##\[error\]|^\[?(?:ERROR|error|FATAL|fatal|E)\]?[: ]|^\S+:\d+(?::\d+)?: (?:fatal )?error|^Error: |^FAILED "
    r"|^FAIL:|!!! \w+ !!!"
)
_PART = re.compile(
    r"^\s*(?:at |File \"|from |raise |\.\.\. |#\d)|^Traceback |^[+$] "
    r"|^(?:The above|During handling of the above) exception|^[\s|^~-]+$|^\s*\d+ ?\|"
)
_PYTHON_PLACE = re.compile(r"^\s*File \"")
_NO_REASON = re.compile(
    r"(?i)\bfailed[.!]?\s*$|exited? (?:with )?(?:code|status)|non-zero exit|completed with exit"
    r"|^(?:##\[error\]|\[?error\]?:? )?error \w+ing\b[^:]*$"
    r"|see (?:above|below|the log)|please (?:file|report|contact)|if you think|take a look|if your build"
)
_BARE, _VAGUE = 0.3, 0.4
"""What is left of a line that only ends a run or belongs to another line, and of one that gives no reason."""


def weight(text: str) -> float:
    """How much a single line tells by its words."""
    text = text[:LOOKED_AT]
    return weight_of_telling(text) if tells(text) else 0.0


def weight_of_telling(text: str) -> float:
    """`weight` for a line, already cut, of which it is known that it has a word that failures use."""
    value = 0.0
    if _STRONG.search(text):
        value = 4.0
    elif _MEDIUM.search(text):
        value = 1.5
    if value and _HARMLESS.search(text):
        value *= 0.15
    if value and _SUMMARY.search(text):
        value *= 0.3
    return value


def only_ends(text: str) -> bool:
    """Whether a line says no more than that something has failed."""
    return bool(_SUMMARY.search(text))


def telling(kept: Mapping[int, str], chances: Mapping[int, float], end: int) -> list[int]:
    """The lines that announce a failure or are likely to tell it, the one that says most first, one of each kind.

    `end` is the line where the run was over: what comes after it counts half.
    """
    top = max(chances.values(), default=1.0)
    valued: list[tuple[float, int]] = []
    for number in sorted(chances, key=lambda number: (-chances[number], number))[:CANDIDATES]:
        chance = chances[number]
        text = uncoloured(kept[number])[:LOOKED_AT]
        value = weight(text)
        if value <= 0 and chance < top / 2:
            continue
        typed = bool(_TYPED.search(text))
        # Python shows the line of the source below its place.
        quoted = not typed and _PYTHON_PLACE.match(kept.get(number - 1, ""))
        value += 1 + 3 * typed + 1.5 * bool(_LABELLED.search(text))
        value *= _BARE if quoted or only_ends(text) or _PART.search(text) else 1.0
        value *= _VAGUE if _NO_REASON.search(text) else 1.0
        valued.append((value * (chance / top) ** 0.4 * (1.0 if number <= end else 0.5), number))
    kinds: dict[str, int] = {}
    for _, number in sorted(valued, key=lambda pair: (-pair[0], pair[1])):
        kinds.setdefault(masked(kept[number]), number)
    return list(kinds.values())
