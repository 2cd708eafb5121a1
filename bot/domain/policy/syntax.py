"""What is not YAML at all, in the words of somebody who helps to mend it."""

import re
from collections.abc import Sequence

import yaml
from yaml.reader import ReaderError

from bot.domain.policy.mistakes import Mistake, position, shown

# What PyYAML says, the first pattern that fits counts. `begin`: what is wrong is where the thing began.
_HINTS: Sequence[tuple[re.Pattern[str], str, bool]] = tuple(
    (re.compile(pattern), words, begin)
    for pattern, words, begin in (
        (r"found character '\\t'", "a tab: indent with spaces", False),
        (r"found character '(?P<what>.)'", "a text that begins with {what} wants quotes", False),
        (r"scanning an alias", "a text that begins with * wants quotes", True),
        (r"scanning an anchor", "a text that begins with & wants quotes", True),
        (r"scanning a (tag|directive)", "a text that begins with ! or % wants quotes", True),
        (r"(scanning a quoted scalar|unexpected end of stream)", "the quotes that open here are not closed well", True),
        (r"mapping values are not allowed", "a colon where none can stand: quote the text or mend the indent", False),
        (r"expected ',' or '(?P<what>.)'", "a comma or {what} is missing before this", False),
        (r"expected <block end>", "this does not line up with what stands before it", False),
        (r"could not find expected ':'", "a key without a colon and a space after it", True),
        (r"expected the node content", "a value is missing before this", False),
        (r"expected '<document start>'", "more text after the end of the document", False),
        (r"block entries are not allowed", "a list can't begin on the line of its key", False),
    )
)


def syntax_mistake(text: str, error: Exception, offset: int) -> Mistake:
    """Turns an error of the scanner or parser into a mistake; `offset` is where reading was given up."""
    message = "not YAML"
    if isinstance(error, ReaderError):
        offset, message = error.position, f"the character U+{error.character:04X} can't stand in YAML"
    elif isinstance(error, yaml.MarkedYAMLError):
        said = " ".join(filter(None, (error.context, error.problem)))
        words, begin = next(
            (
                (words.format(**match.groupdict()), begin)
                for pattern, words, begin in _HINTS
                if (match := pattern.search(said))
            ),
            (f"not YAML: {shown(said)}", False),
        )
        mark = (error.context_mark if begin else None) or error.problem_mark or error.context_mark
        offset, message = mark.index if mark is not None else offset, words
    elif isinstance(error, (ValueError, OverflowError)):
        message = "an escape that stands for no character"
    return Mistake(*position(text, offset), "", message)
