"""Commands that run tests are told to run only some."""

import pytest

from bot.domain.selection import MOST_TESTS, enough, select


@pytest.mark.parametrize(
    ("command", "tests", "expected"),
    [
        ("go test ./... -v", ["pkg/a::TestA/sub x", "pkg/b::TestB"], "go test ./... -v -run '^(TestA|TestB)$'"),
        ("gotestsum --junitfile out.xml", ["a::TestA"], "gotestsum --junitfile out.xml -- ./... -run '^(TestA)$'"),
        ("gotestsum -- ./a", ["a::TestA"], "gotestsum -- ./a -run '^(TestA)$'"),
        (
            "./mvnw -B test",
            ["com.acme.PayTest::refund(int)[1]", "com.acme.PayTest::pay", "com.acme.CartTest::it adds, always"],
            "./mvnw -B test -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false "
            "'-Dtest=com.acme.PayTest#refund+pay,com.acme.CartTest'",
        ),
        (
            "mvn verify",
            ["com.acme.ShopIT::works"],
            "mvn verify -DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false "
            "-Dfailsafe.failIfNoSpecifiedTests=false '-Dit.test=com.acme.ShopIT#works'",
        ),
        (
            "./gradlew clean :shop:test --info",
            ["com.acme.PayTest::refund(int)[1]"],
            "./gradlew clean :shop:test --tests com.acme.PayTest.refund --info",
        ),
        (
            "cd web && npx jest --ci | tee log",
            ["src/a.test.ts::cart › costs $5 (or 6)"],
            r"cd web && npx jest --ci '--testNamePattern=costs \$5 \(or 6\)' | tee log",
        ),
        ("yarn vitest run", ["a.test.ts::cart > adds"], "yarn vitest run --testNamePattern=adds"),
        ("npx playwright test", ["a.spec.ts::pay › works"], "npx playwright test --grep=works"),
        ("mocha --exit", ["cart adds"], "mocha --exit '--grep=cart adds'"),
        ("bundle exec rspec", ["spec.cart::Cart adds"], "bundle exec rspec '--example=Cart adds'"),
        (
            "dotnet test -c Release",
            ["Acme.Tests.Pay::Refund(x: 1)", "Acme.Tests.Cart.Adds"],
            "dotnet test -c Release --filter "
            "'FullyQualifiedName~Acme.Tests.Pay.Refund|FullyQualifiedName~Acme.Tests.Cart.Adds'",
        ),
        ("cargo test --all", ["shop::tests::adds"], "cargo test --all -- adds"),
        ("cargo nextest run", ["shop::tests::adds"], "cargo nextest run adds"),
        (
            "vendor/bin/phpunit",
            ["PayTest::testRefund with data set #1"],
            "vendor/bin/phpunit --filter '/::(testRefund)( with data set .*)?$/'",
        ),
        ("ctest -j2", ["pay.refund"], r"ctest -j2 -R '^(pay\.refund)$'"),
        (
            "python -m unittest discover -s tests",
            ["tests.test_a.TestX::test_y"],
            "python -m unittest discover -s tests -k TestX.test_y",
        ),
    ],
)
def test_the_tool_is_told_in_its_own_words(command: str, tests: list[str], expected: str) -> None:
    selection = select(command, tests)
    assert (selection.command, selection.unselected) == (expected, "")


def test_paths_of_pytest_make_way_and_all_runs_where_nothing_is_named_so() -> None:
    command = "set -e; FOO=1 python -m pytest -q -k 'not slow' tests/unit tests/b.py > log 2>&1 # all of them"
    selection = select(command, ["tests/test_a.py::TestA::test_x[a b]"])
    assert selection.command == (
        "set -e; ( FOO=1 python -m pytest -q -k 'not slow'   --rootdir=. 'tests/test_a.py::TestA::test_x[a b]' "
        '> log 2>&1 || { code=$?; [ "$code" -eq 4 ] || exit "$code"; '
        "FOO=1 python -m pytest -q -k 'not slow' tests/unit tests/b.py > log 2>&1; } ) # all of them"
    )
    assert not selection.unselected


@pytest.mark.parametrize(
    ("command", "tests"),
    [
        ("npm test", ["a::b"]),
        ("make test", ["a.py::test_b"]),
        ("pytest $ARGS", ["a.py::test_b"]),
        ("pytest --shop-url http://shop tests", ["a.py::test_b"]),
        ("pytest a && pytest b", ["a.py::test_b"]),
        ("if true; then pytest; fi", ["a.py::test_b"]),
        ("(cd a; pytest)", ["a.py::test_b"]),
        ("echo $(pytest)", ["a.py::test_b"]),
        ("sh -c 'pytest'", ["a.py::test_b"]),
        ("sudo -u pytest ./run.sh", ["a.py::test_b"]),
        ("cat <<EOF\npytest\nEOF", ["a.py::test_b"]),
        ("echo 'pytest", ["a.py::test_b"]),
        ("# pytest", ["a.py::test_b"]),
        ("pytest", ["tests.a.b"]),
        ("pytest", ["-p evil.py::x"]),
        ("pytest", ["@args.py::x"]),
        ("pytest", ["/etc/x.py::y"]),
        ("pytest", ["../x.py::y"]),
        ("go test ./...", ["shop/pay"]),
        ("go test ./... -args -x", ["a::TestA"]),
        ("mvn test -Dtest=A", ["a.B::c"]),
        ("mvn test", ["-Dexec=x::y"]),
        ("gradle build", ["a.B::c"]),
        ("gradle test integrationTest", ["a.B::c"]),
        ("jest -t cart", ["a::b"]),
        ("jest", ["a::b\nc"]),
        ("cargo test", ["shop::tests::it works"]),
        ("ctest", ["a\x07"]),
        ("", ["a"]),
    ],
)
def test_what_is_not_certain_is_left_alone_and_says_why(command: str, tests: list[str]) -> None:
    selection = select(command, tests)
    assert selection.command == command
    assert selection.unselected


def test_too_many_are_all() -> None:
    assert enough(["a"] * MOST_TESTS)
    for tests in (["a.py::b"] * (MOST_TESTS + 1), ["x" * 9_000], []):
        assert not enough(tests)
        assert select("pytest", tests).command == "pytest"
    assert "too many" in select("pytest", ["a.py::b"] * 101).unselected
