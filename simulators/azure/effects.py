"""What a text would do on the host by itself: notify people, link work items and pull requests."""

import re
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt

from simulators.azure.models import Identity
from simulators.contract import Violation
from simulators.markdown import Dialect

_GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
REFERENCE = re.compile(rf"@<{_GUID}>|(?<![\w&])AB#\d+|(?<![\w&/#])#\d+(?!\w)|(?<![\w!])!\d+(?!\w)")
# The host's Markdown knows no alerts, and a single line end in a comment is one.
DIALECT = Dialect(REFERENCE, alerts=False)

_KINDS: dict[str, Literal["mention", "work item", "pull request"]] = {
    "@": "mention",
    "A": "work item",
    "#": "work item",
    "!": "pull request",
}
_HTML_ONLY = re.compile(r"<!--.*?-->|<(pre|code)\b.*?</\1>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a text of ours did; `reference` is what stood there, `where` the API path of the text."""

    kind: Literal["mention", "work item", "pull request"]
    reference: str
    where: str


class Effects(list[Effect]):
    """All effects in the order of their happening; each is a violation too."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__()
        self._violations = violations

    def watch(self, author: Identity, text: str, method: str, path: str) -> None:
        """Looks through what somebody wrote; only what the bot's own identities write is noted."""
        if not author.ours:
            return
        for reference in references(text):
            effect = Effect(_KINDS[reference[0]], reference, path)
            self.append(effect)
            self._violations.append(Violation(method, path, f"{effect.kind} in a text of ours: {reference}"))


def references(text: str) -> list[str]:
    """Mentions and links outside code, in the text and in the words between its HTML tags."""
    # A mention looks like a tag to a Markdown parser, so it is searched for apart from the rest.
    shielded = re.sub(rf"@<({_GUID})>", r"@\\<\1>", text)
    blocks = [token.content for token in MarkdownIt("commonmark").parse(shielded) if token.type == "html_block"]
    within_html = [_HTML_ONLY.sub(" ", block.replace("@\\<", "@<")) for block in blocks]
    mentions_in_html = [found for block in blocks for found in re.findall(rf"@<{_GUID}>", block.replace("@\\<", "@<"))]
    links = [found[0] for words in within_html for found in REFERENCE.finditer(words)]
    return DIALECT.references(shielded) + mentions_in_html + links
