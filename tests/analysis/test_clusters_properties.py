"""What makes two failures one cause: stable over runs, whatever the order, and never at the price of mixing causes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysis.clusters import clusters_of, fingerprint
from bot.analysis.problems import problem_of
from bot.analysis.reports.base import TestResult

JAVA = """\
shop.StartError: could not start {n}
\tat shop.App{app}.run(App{app}.java:{line})
\tat org.junit.jupiter.engine.Engine.run(Engine.java:{line})
Caused by: java.net.ConnectException: Connection refused: /10.0.0.{n}:{port}
\tat java.base/sun.nio.ch.Net.connect(Net.java:{line})
\tat shop.Client.open(Client.java:{line})
\t... {n} more
"""
PYTHON = """\
    def test_{name}():
>       assert total({n}) == {m}
E       AssertionError: {message} {n}

tests/test_{file}.py:{line}: AssertionError
"""


def failed(name: str, message: str, details: str = "", classname: str = "") -> TestResult:
    return TestResult(name, name, classname, "", "failed", message=message, details=details)


def print_of(result: TestResult) -> str:
    return fingerprint(problem_of(result), result.classname)


numbers = st.integers(1, 9_999)
words = st.sampled_from(["no stock", "wrong total", "bad date", "late answer"])
results = st.builds(
    lambda name, message, file, n: failed(
        f"t{n}",
        f"AssertionError: {message} {n}",
        PYTHON.format(name=name, n=n, m=n, message=message, file=file, line=n),
    ),
    st.sampled_from("abc"),
    words,
    st.sampled_from("xyz"),
    numbers,
)


@given(st.lists(results, max_size=12), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_failures_does_not_matter(given_results: list[TestResult], chance: object) -> None:
    unique = list({result.id: result for result in given_results}.values())
    mixed = list(unique)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    def groups(items: list[TestResult]) -> set[tuple[str, frozenset[str]]]:
        return {
            (cluster.fingerprint, frozenset(cluster.tests)) for cluster in clusters_of([(0, item) for item in items])
        }

    assert groups(unique) == groups(mixed)


@given(numbers, numbers, numbers, st.uuids(), st.text("0123456789abcdef", min_size=7, max_size=40))
@settings(deadline=None)
def test_a_fingerprint_holds_for_another_run(n: int, m: int, line: int, token: object, sha: str) -> None:
    def at(run: int, where: int, identity: object, commit: str) -> str:
        message = (
            f"ValueError: no answer from /tmp/pytest-of-ci/pytest-{run}/a within {run}.5 s ({identity}, 0{commit}a)"
        )
        details = f'File "/home/runner/work/shop/shop/src/pay.py", line {where}, in refund\n    x\n{message}'
        return print_of(failed("t", message, details))

    assert at(n, line, token, sha) == at(m, n, "123e4567-e89b-12d3-a456-426614174000", "123abc4")


@given(words, words, st.sampled_from("ab"), st.sampled_from("ab"))
@settings(deadline=None)
def test_different_messages_or_places_stay_apart(one: str, other: str, here: str, there: str) -> None:
    def at(message: str, function: str) -> str:
        return print_of(failed("t", f"ValueError: {message}", f'File "src/pay.py", line 3, in {function}'))

    assert (at(one, here) == at(other, there)) == (one == other and here == there)


@pytest.mark.parametrize(("first", "second"), [((1, 5432), (2, 6379))])
def test_one_root_is_one_cause_through_whatever_it_is_wrapped_in(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    made = [
        failed(f"t{n}", "shop.StartError: could not start", JAVA.format(n=n, app=n, line=n * 7, port=port))
        for n, port in (first, second)
    ]
    (cluster,) = clusters_of(enumerate(made))
    assert cluster.tests == ["t1", "t2"]
    assert "Connection refused" in cluster.problem.behind
    assert any("Caused by" in line for line in cluster.problem.key_lines)


def test_roots_at_different_places_are_different_causes() -> None:
    def wrapped(function: str) -> TestResult:
        root = f"Caused by: java.lang.IllegalStateException: closed\n\tat shop.Till.{function}(Till.java:3)"
        return failed(function, "shop.AppError: failed", f"shop.AppError: failed\n\tat shop.A.b(A.java:1)\n{root}")

    assert len(clusters_of(enumerate([wrapped("open"), wrapped("close")]))) == 2


def test_the_first_error_of_a_python_chain_is_the_root() -> None:
    chain = (
        'File "shop/db.py", line 3, in connect\nE   shop.ConnectError: refused\n\n'
        "The above exception was the direct cause of the following exception:\n\n"
        'File "shop/{0}.py", line 9, in {0}\nE   shop.{1}: not possible'
    )
    made = [failed(n, f"shop.{n}Error: not possible", chain.format(n, f"{n}Error")) for n in ("Pay", "Cart")]
    (cluster,) = clusters_of(enumerate(made))
    assert cluster.problem.behind == "shop.ConnectError: refused"


def test_a_local_error_without_a_place_stays_with_its_class() -> None:
    message = "System.NullReferenceException : Object reference not set to an instance of an object."
    made = [failed("a", message, "", "Pay"), failed("b", message, "", "Pay"), failed("c", message, "", "Cart")]
    assert [cluster.tests for cluster in clusters_of(enumerate(made))] == [["a", "b"], ["c"]]
    away = "System.TimeoutException : no answer"
    assert len(clusters_of(enumerate([failed("a", away, "", "Pay"), failed("b", away, "", "Cart")]))) == 1


@pytest.mark.parametrize(
    "result",
    [
        failed("t", 'failed on setup with "ValueError: x"'),
        failed("tests/test_a.py", "collection failure", "E   SyntaxError: invalid syntax"),
        failed("initializationError", "no runnable methods"),
        failed('"before all" hook for "pays"', "Error: no server"),
        failed("t", "boom", "\tat org.junit.internal.runners.statements.RunBefores.evaluate(RunBefores.java:24)"),
        failed("Test suite failed to run", "Test suite failed to run\n\n  Cannot find module './a'"),
        failed("t", "worker 'gw1' crashed while running 'tests/test_a.py::t'"),
        failed("C", "OneTimeSetUp: No suitable constructor was found"),
        failed("setUpClass (tests.test_a.T)", "ValueError: x"),
    ],
    ids=lambda result: result.message[:30],
)
def test_what_failed_before_the_test_is_told_as_such(result: TestResult) -> None:
    (cluster,) = clusters_of([(0, result)])
    assert cluster.blocked


def test_a_test_that_ran_is_not_blocked() -> None:
    (cluster,) = clusters_of([(0, failed("t", "AssertionError: the setUp of the shop is wrong"))])
    assert not cluster.blocked


def test_failures_that_only_follow_are_told_with_what_they_follow() -> None:
    context = failed("a", "java.lang.IllegalStateException: Failed to load ApplicationContext", "", "shop.ATest")
    again = (
        "java.lang.IllegalStateException: ApplicationContext failure threshold (1) exceeded: skipping repeated attempt"
    )
    late = [failed(name, again, "", f"shop.{name}Test") for name in "bcd"]
    (cluster,) = clusters_of(enumerate([*late, context]))
    assert (len(cluster.tests), cluster.blocked) == (4, True)
    assert "Failed to load" in cluster.problem.message


def test_failures_that_follow_from_nothing_known_stay_a_cause_of_their_own() -> None:
    aborted = "sqlalchemy.exc.InternalError: current transaction is aborted, commands ignored"
    first = failed("a", "psycopg2.errors.UniqueViolation: duplicate key", "", "tests.test_pay")
    near = failed("b", aborted, "", "tests.test_pay")
    assert len(clusters_of(enumerate([first, near]))) == 1
    assert len(clusters_of(enumerate([first, replace(near, classname="tests.test_cart")]))) == 2
    assert len(clusters_of([(0, near)])) == 1
