"""What a browser knew when a test failed: the page's address, errors on its console, requests that failed."""

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any

import pytest

FIELD = "agnox_context"
"""The attribute of a report that carries it, from workers of pytest-xdist too."""

_MOST = 20
_LONGEST = 1_000
_SNAPSHOT = 8_000
_SEEN = pytest.StashKey[dict[str, list[Any]]]()
_FAILED = 400


class Witness:
    """Listens to pages of Playwright, and asks drivers of Selenium; a browser that is gone costs a test nothing."""

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, request: pytest.FixtureRequest) -> Generator[None, Any, Any]:
        """Begins to listen when a page comes to be."""
        value = yield
        if _is_a(value, "Page", "playwright.sync_api") or _is_a(value, "Page", "playwright.async_api"):
            with suppress(Exception):
                _listen(value, request.node.stash.setdefault(_SEEN, {}))
        return value

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Leaves what was seen on the report of a failure."""
        report = yield
        if report.failed and report.when != "teardown":
            seen = item.stash.setdefault(_SEEN, {})
            context: dict[str, Any] = {**seen}
            for value in list(getattr(item, "funcargs", {}).values()):
                context |= dict(_looked_at(value))
            if context:
                setattr(report, FIELD, context)
        return report


def _is_a(value: object, name: str, module: str) -> bool:
    """Knows a class without importing the library that it is of."""
    return any(each.__name__ == name and each.__module__.startswith(module) for each in type(value).__mro__)


def _listen(page: Any, seen: dict[str, list[Any]]) -> None:
    def keep(name: str, what: Any) -> None:
        kept = seen.setdefault(name, [])
        if len(kept) < _MOST:
            kept.append(what)

    def console(message: Any) -> None:
        if message.type == "error":
            keep("consoleErrors", str(message.text)[:_LONGEST])

    def failed(request: Any) -> None:
        keep("failedRequests", _request(request, str(request.failure or "failed")))

    def response(answer: Any) -> None:
        if answer.status >= _FAILED:
            keep("failedRequests", _request(answer.request, str(answer.status)))

    for event, heard in (("console", console), ("requestfailed", failed), ("response", response)):
        page.on(event, heard)
    page.on("pageerror", lambda error: keep("consoleErrors", str(error)[:_LONGEST]))


def _request(request: Any, status: str) -> dict[str, str]:
    return {"method": str(request.method), "url": str(request.url)[:_LONGEST], "status": status[:_LONGEST]}


def _looked_at(value: Any) -> Iterator[tuple[str, Any]]:
    if _is_a(value, "Page", "playwright.sync_api"):
        yield from _asked("url", lambda: str(value.url)[:_LONGEST])
        yield from _asked("ariaSnapshot", lambda: value.locator("body").aria_snapshot(timeout=1_000)[:_SNAPSHOT])
    elif _is_a(value, "Page", "playwright.async_api"):
        yield from _asked("url", lambda: str(value.url)[:_LONGEST])
    elif _is_a(value, "WebDriver", "selenium.webdriver"):
        yield from _asked("url", lambda: str(value.current_url)[:_LONGEST])
        yield from _asked("consoleErrors", lambda: _severe(value.get_log("browser")))


def _severe(log: list[dict[str, Any]]) -> list[str]:
    return [str(each.get("message"))[:_LONGEST] for each in log if each.get("level") == "SEVERE"][-_MOST:]


def _asked(name: str, ask: Callable[[], Any]) -> Iterator[tuple[str, Any]]:
    with suppress(Exception):
        answer = ask()
        if answer:
            yield name, answer
