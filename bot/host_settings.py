"""The settings of the git hosts, which each of them names itself: `AGNOX_<HOST>_<OPTION>`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from providers.factory import HostType, Option, host_types

# What looks like no path may be the key itself, which no log should hold.
_LONGEST_PATH = 200


def read_host_settings() -> Mapping[str, Mapping[str, str]]:
    """Reads the options of every installed host, from the environment or `.env`; raises ValueError for a bad one."""
    return {kind.name: _read(kind) for kind in host_types()}


def variables(kind: HostType, option: Option) -> list[str]:
    """Names the variables of an option, the one to be recommended first."""
    prefix = f"AGNOX_{kind.name.upper().replace('-', '_')}_"
    return [prefix + name.upper() for name in (option.name, *option.also)]


class _HostSettings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)


def _read(kind: HostType) -> Mapping[str, str]:
    fields: dict[str, Any] = {
        option.name: (str, Field(default=option.default, validation_alias=AliasChoices(*variables(kind, option))))
        for option in kind.options
    }
    found = create_model(f"{kind.name}_settings", __base__=_HostSettings, **fields)().model_dump()
    return {
        option.name: _pem(found[option.name], variables(kind, option)[0]) if option.pem else found[option.name].strip()
        for option in kind.options
    }


def _pem(given: str, variable: str) -> str:
    """Gives the PEM text that a setting holds or names."""
    if not given or "-----BEGIN" in given:
        return given.replace("\\n", "\n")
    try:
        text = Path(given).expanduser().read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a PEM file"
        where = given if len(given) < _LONGEST_PATH else "it"
        raise ValueError(f"{variable}: {where} can't be read: {reason}") from None
    if "-----BEGIN" not in text:
        raise ValueError(f"{variable}: {given} is not a PEM file")
    return text
