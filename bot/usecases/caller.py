"""Who asks: an organization, as proven by an API key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The organization of an API key, and its project when the key is bound to one."""

    organization_id: str
    project_id: str | None
    key_name: str
