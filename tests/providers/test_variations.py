"""Deliveries of the same kinds as the samples, which others sent: more fields, fewer, and odd ones."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from providers.azure.webhooks import AzureWebhooks
from providers.events import Event
from providers.gitea.webhooks import GiteaWebhooks
from providers.github.webhooks import GithubWebhooks
from providers.gitlab.webhooks import GitlabWebhooks
from providers.interface import Webhooks
from tests.providers.documented import DOCUMENTED

DATA = Path(__file__).parents[1] / "data"
ODD: Sequence[Any] = (None, True, -1, 2**60, 0.5, "", "\x00\ud7ff <!-- @all", [], [None, 7, {}], {}, {"id": {"id": []}})
OURS = "29310"
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A delivery, and which of its fields may be read."""

    host: str
    event: str
    payload: Any
    fields: tuple[str, ...]

    def heard(self, payload: object) -> Sequence[Event]:
        """A mere exception is a failure: every one of these is a JSON object."""
        return self.webhooks.parse(self.event, {"content-type": "application/json"}, orjson.dumps(payload))

    @property
    def webhooks(self) -> Webhooks:
        return HOOKS[self.host](self.payload)


def _github(payload: Any) -> Webhooks:
    """Those that tell of a button are of a check of ours."""
    subject = payload.get("check_run") or payload.get("check_suite") or {}
    ours = payload.get("action") in ("rerequested", "requested_action") and subject
    return GithubWebhooks(str(subject["app"]["id"]) if ours else OURS)


HOOKS: Mapping[str, Callable[[Any], Webhooks]] = {
    "azure": lambda _: AzureWebhooks(),
    "gitea": lambda _: GiteaWebhooks(),
    "github": _github,
    "gitlab": lambda _: GitlabWebhooks(),
}
_GUID = "4bc14d40-c903-45e2-872e-0462c7748079"
MADE: Mapping[str, tuple[str, str, Any]] = {
    "run-state": (
        "azure",
        "ms.vss-pipelines.run-state-changed-event",
        {
            "createdDate": "2026-01-02T03:04:05.678Z",
            "resource": {
                "run": {
                    "id": 7,
                    "name": "20260102.7",
                    "state": "inProgress",
                    "pipeline": {"name": "CI", "folder": "\\"},
                    "resources": {
                        "repositories": {
                            "self": {
                                "repository": {"id": _GUID, "type": "azureReposGit"},
                                "refName": "refs/heads/main",
                                "version": "eef717f69257a6333f221566c1c987dc94cc0d72",
                            }
                        }
                    },
                },
                "repositories": [{"type": "Git", "url": "https://dev.azure.com/fabrikam/Fabrikam/_git/shop"}],
            },
            "resourceContainers": {"project": {"id": _GUID}},
        },
    ),
    "repository-renamed": (
        "azure",
        "git.repo.renamed",
        {
            "resource": {
                "oldName": "shop",
                "repository": {"id": _GUID, "name": "store", "project": {"id": _GUID, "name": "Fabrikam"}},
            }
        },
    ),
    "repository-deleted": (
        "azure",
        "git.repo.deleted",
        {
            "resource": {
                "repositoryId": _GUID,
                "repositoryName": "shop",
                "project": {"id": _GUID, "name": "Fabrikam", "state": "wellFormed"},
            }
        },
    ),
    "project-renamed": (
        "gitlab",
        "system",
        {"event_name": "project_rename", "project_id": 15, "path_with_namespace": "acme/store", "path": "store"},
    ),
}
"""Deliveries without a sample, written by the documentation of their events."""


@cache
def kinds() -> Mapping[str, Kind]:
    """All deliveries that tell something, by the name of their sample."""
    found = dict(MADE)
    for host in DOCUMENTED:
        for sample in sorted((DATA / host).glob("*.json")):
            payload = orjson.loads(sample.read_bytes())
            event = payload["eventType"] if host == "azure" else sample.name.partition(".")[0]
            if event in DOCUMENTED[host]:
                found[f"{host}/{sample.name}"] = (host, event, payload)
    every = {name: Kind(host, event, payload, _named(host, event)) for name, (host, event, payload) in found.items()}
    return {name: kind for name, kind in every.items() if kind.heard(kind.payload)}


def _named(host: str, event: str) -> tuple[str, ...]:
    return tuple(DOCUMENTED[host][event].split())


ALL = pytest.mark.parametrize("name", kinds())


def test_every_kind_that_is_read_is_tried() -> None:
    tried = {(kind.host, kind.event) for kind in kinds().values()}
    assert tried == {(host, event) for host, events in DOCUMENTED.items() for event in events}


@ALL
def test_only_documented_fields_make_a_difference(name: str) -> None:
    kind = kinds()[name]
    wanted = kind.heard(kind.payload)
    assert kind.heard(_sifted(kind.payload, kind.fields, lambda _: {})) == wanted
    assert kind.heard(_sifted(kind.payload, kind.fields, lambda _: {"surprise": {"id": [1]}, "ID": 7})) == wanted
    emptied = _sifted(kind.payload, kind.fields, lambda left: dict.fromkeys(left))
    assert kind.heard(emptied) == wanted


@ALL
def test_only_what_identifies_it_must_be_there(name: str) -> None:
    """A field that is missing, or null, changes what is told and not whether it is told."""
    kind = kinds()[name]
    payload = _sifted(kind.payload, kind.fields, lambda _: {})
    types = [type(event) for event in kind.heard(payload)]
    needed = [field.removeprefix("!") for field in kind.fields if field.startswith("!")]
    for path in _leaves(payload):
        if any(_fits(path, field.split(".")) for field in needed):
            continue
        for changed in (_without(payload, path), _with(payload, path, None)):
            assert [type(event) for event in kind.heard(changed)] == types, path


@ALL
def test_odd_values_do_no_harm(name: str) -> None:
    kind = kinds()[name]
    payload = _sifted(kind.payload, kind.fields, lambda _: {})
    for path in _paths(payload):
        for odd in ODD:
            assert isinstance(kind.heard(_with(payload, path, odd)), Sequence)


def _sifted(data: Any, fields: Sequence[str], beside: Callable[[Sequence[str]], Mapping[str, Any]]) -> Any:
    """Keeps the fields that are named; `beside` gives what stands in each object instead of the others."""
    return _sift(data, [field.removeprefix("!").split(".") for field in fields], beside)


def _sift(data: Any, fields: list[list[str]], beside: Callable[[Sequence[str]], Mapping[str, Any]]) -> Any:
    if isinstance(data, list):
        return [_sift(item, [field[1:] for field in fields if field[:1] == ["*"]], beside) for item in data]
    if not isinstance(data, dict) or ["**"] in fields:
        return data
    inner = {key: [field[1:] for field in fields if field[0] == key] for key in data}
    kept = {key: _sift(value, inner[key], beside) for key, value in data.items() if inner[key]}
    return {**beside([key for key in data if not inner[key]]), **kept}


def _paths(data: Any, before: Path_ = ()) -> Iterator[Path_]:
    """Everything in it; of a list the first item only."""
    found: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(data, dict):
        found = iter(data.items())
    elif isinstance(data, list):
        found = iter(list(enumerate(data))[:1])
    for key, value in found:
        yield (*before, key)
        yield from _paths(value, (*before, key))


def _leaves(data: Any) -> Iterator[Path_]:
    paths = list(_paths(data))
    inner = {path[:-1] for path in paths}
    return (path for path in paths if path not in inner)


def _fits(path: Path_, field: Sequence[str]) -> bool:
    named = ["*" if isinstance(key, int) else key for key in path]
    return named == field or (field[-1] == "**" and named[: len(field) - 1] == field[:-1])


def _with(data: Any, path: Path_, value: Any) -> Any:
    changed = copy.deepcopy(data)
    _at(changed, path)[path[-1]] = value
    return changed


def _without(data: Any, path: Path_) -> Any:
    changed = copy.deepcopy(data)
    del _at(changed, path)[path[-1]]
    return changed


def _at(data: Any, path: Path_) -> Any:
    for key in path[:-1]:
        data = data[key]
    return data
