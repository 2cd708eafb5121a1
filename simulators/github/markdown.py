"""GitHub Flavored Markdown: what GitHub links by itself."""

import re

from simulators.markdown import Dialect

_GITHUB = Dialect(
    re.compile(
        r"(?<![\w@/#&.-])(?:"
        r"@[A-Za-z\d](?:[A-Za-z\d]|-(?=[A-Za-z\d])){0,38}(?:/[\w-]+)?"
        r"|(?:[\w.-]+/[\w.-]+)?#\d+"
        r"|GH-\d+"
        r"|\b[0-9a-f]{40}\b"
        r")(?![\w-])"
    ),
    home="https://github.com/",
)

render = _GITHUB.render
references = _GITHUB.references
