"""docs/operations.md lists every setting as bot/settings.py has it."""

from datetime import timedelta
from pathlib import Path

from pydantic.fields import FieldInfo

from bot.host_settings import variables
from bot.settings import Settings
from providers.factory import host_types

DOCUMENT = Path(__file__).parents[1] / "docs/operations.md"


def host_rows() -> list[str]:
    """The lines of the options that each host names."""
    rows = []
    for kind in host_types():
        for option in kind.options:
            default = f"`{option.default}`" if option.default else "—"
            rows.append(f"| `{variables(kind, option)[0]}` | {default} | {option.description} |")
    return rows


def row(name: str, field: FieldInfo) -> str:
    """The line of the table that a setting has to have."""
    return f"| `AGNOX_{name.upper()}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "`agnox` among the user's data"
    value = field.default
    if isinstance(value, timedelta):
        value = int(value.total_seconds())
    elif isinstance(value, frozenset):
        value = ",".join(sorted(value))
    text = str(value)
    return f"`{text}`" if text else "—"


def test_every_setting_has_its_row() -> None:
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `AGNOX_")]
    assert rows == [*(row(name, field) for name, field in Settings.model_fields.items()), *host_rows()]
