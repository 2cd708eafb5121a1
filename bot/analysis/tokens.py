"""Cuts a log line into the words and shapes by which lines of different projects can be compared."""

import string

LOOKED_AT = 200
"""Characters of a line whose words are weighed."""
_WORDS = str.maketrans(dict.fromkeys(string.digits + string.punctuation + string.whitespace, " "))
_SHAPE = str.maketrans(
    {
        **dict.fromkeys(string.ascii_lowercase, "a"),
        **dict.fromkeys(string.ascii_uppercase, "A"),
        **dict.fromkeys(string.digits, "0"),
        "\t": " ",
    }
)


def tokens_of(text: str) -> set[str]:
    """The words of a line in lower case, its first word and the shape of its beginning."""
    words = text[:LOOKED_AT].lower().translate(_WORDS).split()
    found = set(words)
    if words:
        found.add("^" + words[0])
    found.add("~" + text[:6].translate(_SHAPE))
    return found
