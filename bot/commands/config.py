"""`/agnox config`: the policy in effect, and where each value comes from."""

import json
from collections.abc import Mapping
from types import MappingProxyType

from bot.commands.definition import Definition, Outcome, Request
from bot.domain.policy import FILE, Row, Source, effective

_LONG = 200
_TITLES: Mapping[Source, str] = MappingProxyType(
    {Source.FILE: FILE, Source.ORGANIZATION: "the organization", Source.DEFAULT: "the defaults"}
)


async def _config(request: Request) -> Outcome:
    if request.command.arguments:
        raise request.wrong
    rows = effective(request.reading.policy, request.organization)
    told = list(request.reading.notes)
    told += [f"From {title}: {_listed(rows, source)}" for source, title in _TITLES.items() if _listed(rows, source)]
    return Outcome("\n".join(told))


def _listed(rows: tuple[Row, ...], source: Source) -> str:
    return "; ".join(f"`{row.key}: {_written(row.value)}`" for row in rows if row.source is source)


def _written(value: object) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    text = text.replace("`", "'")
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


CONFIG = Definition(
    name="config",
    usage="config",
    about="Shows the policy in effect, and where each of its values comes from.",
    do=_config,
)
