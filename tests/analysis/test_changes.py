"""Which changed files a failure points to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.changes import SUSPECTS, pointed_to, suspects_first

CHANGED = (
    "docs/readme.md",
    "shop/__init__.py",
    "shop/cart.py",
    "src/main/java/com/acme/Pay.java",
    "web/src/index.ts",
    "web/src/pay/index.ts",
    "setup.py",
)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("shop/cart.py", ["shop/cart.py"]),
        ("./shop/cart.py", ["shop/cart.py"]),
        ("/builds/acme/shop/shop/cart.py", ["shop/cart.py"]),
        ("D:\\a\\shop\\shop\\cart.py", ["shop/cart.py"]),
        ("com/acme/Pay.java", ["src/main/java/com/acme/Pay.java"]),
        ("Pay.java", ["src/main/java/com/acme/Pay.java"]),
        ("pay/index.ts", ["web/src/pay/index.ts"]),
        ("setup.py", ["setup.py"]),
        # Which of the two is meant can't be known; a file at the root is not every file of that name.
        ("index.ts", []),
        ("/usr/lib/python3/site-packages/setup.py", []),
        ("art.py", []),
        ("other/cart.py", []),
        ("", []),
    ],
)
def test_places(place: str, found: list[str]) -> None:
    assert pointed_to(CHANGED, [place] if place else [], "") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ImportError: cannot import name 'price' from 'shop.cart' (/x.py)", ["shop/cart.py"]),
        ("no such file: cart.py", ["shop/cart.py"]),
        ("com.acme.Pay$1 is not public", []),
        ("com.acme.Pay is not public", ["src/main/java/com/acme/Pay.java"]),
        ("see docs/readme.md.", ["docs/readme.md"]),
        ("cannot find index.ts", []),
        ("smart.cart.python", []),
        ("the cart is empty", []),
        ("shop/cart.py2", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert pointed_to(CHANGED, [], text) == found


def test_frames_come_before_words_and_in_their_order() -> None:
    found = pointed_to(CHANGED, ["Pay.java", "shop/cart.py"], "in docs/readme.md and shop.cart")
    assert found == ["src/main/java/com/acme/Pay.java", "shop/cart.py", "docs/readme.md"]


def test_what_was_changed_takes_the_place_of_what_it_stands_for() -> None:
    assert suspects_first(["src/main/java/com/acme/Pay.java"], ["com/acme/Pay.java", "pom.xml"]) == [
        "src/main/java/com/acme/Pay.java",
        "pom.xml",
    ]
    assert suspects_first([], ["a", "b"]) == ["a", "b"]
    assert len(suspects_first(list("abcd"), list("efgh"))) == SUSPECTS


PATHS = st.lists(st.text("ab/.", min_size=1, max_size=12), max_size=8, unique=True)


@given(PATHS, PATHS, st.text("ab/. ", max_size=80))
def test_nothing_is_invented(changed: list[str], places: list[str], text: str) -> None:
    found = pointed_to(changed, places, text)
    assert set(found) <= set(changed) and len(found) == len(set(found))
    assert pointed_to(changed, [], "") == []
    assert pointed_to([], places, text) == []
