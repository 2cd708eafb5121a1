"""Titles and what reporters saw, in the forms that they send."""

import pytest

from bot.usecases.ingest.titles import Title, read_title
from bot.usecases.ingest.witness import witnessed

FILE = "/home/runner/work/shop/shop/tests/a.spec.ts"


@pytest.mark.parametrize(
    ("title", "groups", "name"),
    [
        (" ›  › a.spec.ts › cart › adds", ("cart",), "adds"),
        (" › chromium › tests/a.spec.ts › cart › adds", ("chromium", "cart"), "adds"),
        ("adds", (), "adds"),
        ("cart › adds", ("cart",), "adds"),
        ("", (), "(test without a name)"),
    ],
)
def test_titles(title: str, groups: tuple[str, ...], name: str) -> None:
    assert read_title(title, FILE) == Title(name, groups, FILE)


def test_what_was_seen_is_told_in_lines() -> None:
    seen = {
        "url": "https://shop.test/cart",
        "consoleErrors": ["TypeError: \x1b[31mx\x1b[0m", {"text": "second"}],
        "networkFailures": [{"method": "POST", "url": "https://api.test/pay", "status": 502}],
        "nothing": [],
        "ariaSnapshot": "- main:\n  - button",
    }
    told = witnessed({"type": "test-end", "testId": "1", "error": "boom", "runtimeContext": seen, "browser": "webkit"})
    assert told.splitlines() == [
        "Page URL: https://shop.test/cart",
        "Console error: TypeError: x",
        "Console error: second",
        "Failed request: POST https://api.test/pay 502",
        "ARIA snapshot: ",
        "- main:",
        "  - button",
        "browser: webkit",
    ]
