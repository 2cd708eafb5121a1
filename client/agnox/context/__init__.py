"""Where a run came from, found out from the variables of the CI that it is on."""

from collections.abc import Mapping
from dataclasses import replace

from agnox.context.git import Git
from agnox.context.registry import CIS
from agnox.context.values import Context, Value
from agnox.context.variables import Variables

__all__ = ["Context", "Git", "Value", "find_context"]


def find_context(environment: Mapping[str, str], git: Git, given: Mapping[str, Value | None] | None = None) -> Context:
    """Asks the CI that this is, and the working copy for what it does not tell; `given` goes before both.

    `given` has values by the names of the context's fields.
    """
    env = Variables(environment)
    ci = next(ci for ci in CIS if ci.here(env))
    found = ci.read(env, git)
    if found.repository is None:
        found = replace(found, repository=git.remote)
    # The copy of a pull request may be at its merge, so only the CI's own word is taken for that.
    if found.commit_sha is None and found.pr_number is None:
        found = replace(found, commit_sha=git.head)
    return replace(found, **{name: value for name, value in (given or {}).items() if value is not None})
