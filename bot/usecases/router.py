"""Which use case answers which event of a git host."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.usecases.services import Services
from providers.events import Event

E = TypeVar("E", bound=Event)
Handler = Callable[[Services, str, E], Awaitable[str]]
"""Takes the services, the provider's name and the event; says in a few words what it did."""


class Router:
    """Handlers by type of event, in the order of their registration; routers can be joined."""

    def __init__(self, *others: "Router") -> None:
        self._handlers: dict[type[Event], list[Handler[Event]]] = {}
        for other in others:
            for kind, handlers in other._handlers.items():
                self._handlers.setdefault(kind, []).extend(handlers)

    def on(self, kind: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Registers a handler for one type of event."""

        def register(handler: Handler[E]) -> Handler[E]:
            self._handlers.setdefault(kind, []).append(handler)  # type: ignore[arg-type]
            return handler

        return register

    async def dispatch(self, services: Services, provider: str, event: Event) -> list[str]:
        """Runs all handlers of an event one after another; handlers are idempotent, so an error may run them again."""
        return [await handler(services, provider, event) for handler in self._handlers.get(type(event), [])]

    @property
    def kinds(self) -> set[type[Event]]:
        return set(self._handlers)
