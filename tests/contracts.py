"""A request is held against a host's description once a process: most tests make the same ones."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from cachetools import LRUCache
from openapi_core.validation.schemas.factories import SchemaValidatorsFactory

from simulators.contract import Contract
from simulators.routing import Operation

UNJUDGED = frozenset({"authorization", "private-token", "content-length", "host", "user-agent", "accept-encoding"})
"""Headers that differ from test to test, of which a description may ask no more than that they are there."""


@contextmanager
def judged_once() -> Iterator[None]:
    """Remembers what a description has against a request, which depends on nothing but the two."""
    judge, checker = Contract.problems, SchemaValidatorsFactory.get_format_checker
    known: LRUCache[Any, list[str]] = LRUCache(20_000)

    def problems(
        contract: Contract,
        operation: Operation,
        method: str,
        *,
        query: list[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> list[str]:
        kept = tuple(sorted((name, "" if name.lower() in UNJUDGED else value) for name, value in headers.items()))
        asked = (operation.host, operation.template, tuple(operation.arguments.items()), method, tuple(query), kept)
        key = (contract, *asked, body)
        if (found := known.get(key)) is None:
            found = known[key] = judge(contract, operation, method, query=query, headers=headers, body=body)
        return [*found]

    def format_checker(factory: SchemaValidatorsFactory, formats: Any = None, more: Any = None) -> Any:
        # It would copy all formats for each parameter, to add none.
        return factory.format_checker if formats is None and more is None else checker(factory, formats, more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Contract, "problems", problems)
        patch.setattr(SchemaValidatorsFactory, "get_format_checker", format_checker)
        yield
