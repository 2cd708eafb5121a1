"""Writes the generated pages of the documentation into a folder, by default docs/, and the schema beside its code."""

import sys
from pathlib import Path

from bot.cli.pages import pages
from bot.domain import policy
from bot.domain.policy.schema import schema_text

folder = Path(*sys.argv[1:2] or ["docs"])
for name, text in pages().items():
    folder.joinpath(name).write_text(text, encoding="utf-8")
Path(policy.__file__).with_name(policy.SCHEMA).write_text(schema_text(), encoding="utf-8")
