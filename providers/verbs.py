"""Verbs that are functions of a host's client and nothing else."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

C = TypeVar("C")
P = ParamSpec("P")
T = TypeVar("T")


class Connected(Protocol[C]):
    """A provider with its client."""

    _client: C


def verb(
    function: Callable[Concatenate[C, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Connected[C], P], Coroutine[Any, Any, T]]:
    """Makes a provider's method of a function that takes the client before what the contract names."""

    @wraps(function)
    async def method(self: Connected[C], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await function(self._client, *args, **kwargs)

    return method
