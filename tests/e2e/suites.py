"""Test suites that need no test runner: shell commands that leave a JUnit report as a real one would."""

from xml.sax.saxutils import escape


def junit(failing: int, passing: int = 2, *, name: str = "") -> str:
    """Writes a report; each failing test has a cause of its own on a line of its own of `shop/cart.py`.

    `name` goes before the names of the failing tests and into their messages.
    """
    name = escape(f"{name} ".lstrip(), {'"': "&quot;"})
    cases = [f'<testcase classname="tests.test_shop" name="test_ok_{n}" time="0.01"/>' for n in range(passing)]
    for number in range(failing):
        word = f"{chr(97 + number // 26)}{chr(97 + number % 26)}"
        trace = f"shop/cart.py:{number + 1}: in price_of_{word}\nE   KeyError: no price for {name}article {word}"
        cases.append(
            f'<testcase classname="tests.test_shop" name="{name}test_{word}" file="tests/test_shop.py" time="0.01">'
            f'<failure message="KeyError: no price for {name}article {word}">{trace}</failure></testcase>'
        )
    head = f'<testsuite name="pytest" tests="{failing + passing}" failures="{failing}" errors="0" skipped="0">'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{"".join(cases)}</testsuite>'


def suite(failing: int, passing: int = 2, *, before: str = "true", name: str = "") -> str:
    """Gives a command that leaves such a report and ends as a test runner does; `before` is run first."""
    report = junit(failing, passing, name=name)
    return (
        f"{before}\ncat > \"$AGNOX_RESULTS_DIR/junit.xml\" <<'REPORT'\n{report}\nREPORT\n"
        f"echo '{failing} failed, {passing} passed'\nexit {int(failing > 0)}"
    )
