"""Gitea's Markdown and what it turns into mentions and links (modules/references)."""

import re

from simulators.markdown import Dialect

# Where each may begin and end is Gitea's choice; \w and \s are ASCII there.
_REFERENCE = re.compile(
    r"(?<![^\s(\[\"'])(?:"
    r"@[-\w](?:[-.\w]*[-\w])?(?:/[-\w](?:[-.\w]*[-\w])?)?"
    r"|[-\w.]+/[-\w.]+(?:[#!]\d+|@[0-9a-f]{7,64})"
    r"|[#!]\d+"
    r"|[0-9a-f]{7,64}"
    r"|[A-Z]{1,10}-[1-9]\d*"
    r")(?=$|[\s)\]\"':;,.?!])",
    re.ASCII,
)
GITEA = Dialect(_REFERENCE, home="https://gitea.example/")
