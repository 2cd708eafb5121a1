"""Who may give commands, by the policy of the repository."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.policy import FILE, Level, Policy, layered
from bot.usecases.read_policy import Reading
from providers.values import Account, Permission

_LEVELS: Mapping[Permission, Level] = MappingProxyType({Permission[level.name]: level for level in Level})


def why_not(reading: Reading, organization: Policy, account: Account, right: Permission, path: str) -> str:
    """Says why somebody is not obeyed on the repository at `path`; empty where they are.

    `organization` are the defaults of its organization. While the repository's policy can't be seen nobody is obeyed:
    it may be stricter.
    """
    if reading.refusal:
        return f"nobody is obeyed while {FILE} can't be read: {reading.refusal}"
    commands = layered(reading.policy, organization).commands
    if commands.admits(account.login, _LEVELS.get(right)):
        return ""
    if commands.least is None:
        return f"{account.login} is not named in `commands.allow` of {FILE}"
    return f"{account.login} has no {commands.least} access to {path}"
