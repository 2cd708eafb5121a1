"""A file becomes a policy, or mistakes that its author can mend."""

import json
from difflib import get_close_matches

from pydantic import ValidationError

from bot.domain.policy.document import Document, Value, read_document
from bot.domain.policy.misfits import tell_misfit
from bot.domain.policy.mistakes import Mistake, Path, PolicyErrors, position, shown
from bot.domain.policy.model import SECTIONS, VERSION, Policy
from bot.domain.policy.values import Level

FILE = ".agnox.yml"
"""Where a repository has its policy."""
LARGEST = 65_536
"""Bytes of a policy that are read."""
_MISFITS = 200
"""Values that are looked at for what may have been meant."""


def parse(data: bytes) -> Policy:
    """Reads the contents of `.agnox.yml`; an empty file asks for the defaults. Raises PolicyErrors and nothing else."""
    document = read_document(_decoded(data))
    value = {} if document.value is None and not document.unread else document.value
    if isinstance(value, dict):
        value = {key: inside for key, inside in value.items() if inside is not None or key not in SECTIONS}
        _check_version(document, value.get("version", VERSION))
    try:
        policy = Policy.model_validate_json(json.dumps(value))
    except ValidationError as error:
        for details in error.errors(include_url=False)[:_MISFITS]:
            tell_misfit(document, details)
    else:
        _check_people(document, policy)
        if not document.mistakes:
            return policy
    raise PolicyErrors(document.mistakes)


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise PolicyErrors([too_large()])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        at_fault = Mistake(*position(f"{before}?", len(before)), "", "not UTF-8 text")
        raise PolicyErrors([at_fault]) from None


def too_large() -> Mistake:
    """Gives what is told of a file that has too many bytes."""
    return Mistake(1, 1, "", f"the file has more than {LARGEST:,} bytes")


def _check_version(document: Document, version: Value) -> None:
    """Raises PolicyErrors for a version to come: what other mistakes such a file has, only others can say."""
    if isinstance(version, int) and not isinstance(version, bool) and version != VERSION:
        document.mistakes.clear()
        message = f"version {shown(document.places['version',].raw)} is not known here"
        document.tell(document.places["version",].value, ("version",), message, str(VERSION))
        raise PolicyErrors(document.mistakes)


def _check_people(document: Document, policy: Policy) -> None:
    """A misspelt right would be a person, who is never there."""
    for number, name in enumerate(policy.commands.allow):
        if name.startswith("@"):
            continue
        near = get_close_matches(name.lower(), [level.value for level in Level], 1, 0.7)
        if near and name != near[0]:
            path: Path = ("commands", "allow", number)
            message = f'{shown(name)} is no right; if it is a person, write "@{shown(name)}"'
            document.tell(document.places[path].value, path, message, nearest=near[0])
