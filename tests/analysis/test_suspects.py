"""Where a fix would go: categories, kinds of fix and the files to look at."""

import pytest

from bot.analysis.classify import category_of, fix_kind_of, is_test_path
from bot.analysis.frames import Frame, frames_of
from bot.analysis.model import Category, FixKind
from bot.analysis.suspects import file_of_test, subject_of, suspects_of


@pytest.mark.parametrize(
    ("line", "category"),
    [
        ("curl: (6) Could not resolve host: example.org", "infra"),
        ("npm ERR! code ERESOLVE", "dependency"),
        ("Could not find artifact org.example:pay:jar:1.0", "dependency"),
        ("No output has been received in the last 10m0s", "timeout"),
        ("java.lang.AssertionError: expected:<1> but was:<2>", "test"),
        ("error[E0308]: mismatched types", "test"),
        ("hello", "test"),
    ],
)
def test_category_of_one_line(line: str, category: Category) -> None:
    assert category_of([(1.0, line)]) == category


def test_the_heavier_lines_decide() -> None:
    network, test = "curl: (6) Could not resolve host: example.org", "AssertionError: expected 1 to equal 2"
    assert category_of([(1.0, network), (0.2, test)]) == "infra"
    assert category_of([(0.2, network), (1.0, test)]) == "test"


@pytest.mark.parametrize(
    ("category", "path", "kind"),
    [
        ("compile", "src/main/java/Pay.java", "source"),
        ("compile", "src/test/java/PayTest.java", "test"),
        ("compile", None, "unknown"),
        ("unknown", None, "unknown"),
        ("test", "shop/pay.py", "source"),
        ("test", "tests/test_pay.py", "unknown"),
        ("lint", "pom.xml", "build"),
        ("dependency", "shop/pay.py", "build"),
    ],
)
def test_fix_kind(category: Category, path: str | None, kind: FixKind) -> None:
    top = Frame(path, 1, "", ours=True) if path else None
    assert fix_kind_of(category, top) == kind


@pytest.mark.parametrize(
    ("test", "path"),
    [
        ("refund(shop.pay.PayTest)", "shop/pay/PayTest.java"),
        ("shop.pay.PayTest.refund[1]", "shop/pay/PayTest.java"),
        ("test_refund (shop.tests.test_pay.PayTest)", "shop/tests/test_pay.py"),
        ("test_refund (shop.tests.test_pay.PayTest.test_refund)", "shop/tests/test_pay.py"),
        ("tests/test_pay.py::test_refund", "tests/test_pay.py"),
        ("./spec/pay_spec.rb:12", "spec/pay_spec.rb"),
        ("shop.T::refund", None),
        ("refunds money", None),
    ],
)
def test_file_of_a_test(test: str, path: str | None) -> None:
    assert file_of_test(test) == path


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("shop/pay/PayTest.java", "shop/pay/Pay.java"),
        ("shop/pay/PayIntegrationTest.java", "shop/pay/Pay.java"),
        ("tests/test_pay.py", "pay.py"),
        ("web/pay.test.ts", "pay.ts"),
        ("shop/Pay.java", None),
    ],
)
def test_subject_of_a_test_file(path: str, subject: str | None) -> None:
    assert subject_of(path) == subject


def test_suspects_of_a_failing_test_take_turns() -> None:
    frames = frames_of(["at shop.pay.Money.add(Money.java:3)", "at shop.pay.PayTest.refund(PayTest.java:9)"])
    assert suspects_of(frames, ["refund(shop.pay.PayTest)"], "test", "mvn test") == [
        "shop/pay/Money.java",
        "shop/pay/Pay.java",
        "shop/pay/PayTest.java",
        "pom.xml",
    ]


def test_a_missing_dependency_points_to_where_it_is_declared() -> None:
    assert suspects_of([], [], "dependency", "npm ERR! code ERESOLVE")[0] == "package.json"


@pytest.mark.parametrize(
    "line",
    [
        "[ERROR] /home/travis/build/shop/pay/src/Pay.java:[12,5] error: cannot find symbol",
        ":compileJava/home/travis/build/shop/pay/src/Pay.java:12: error: cannot find symbol",
        "src/Pay.java[12:5] (whitespace) Tab",
        "src/Pay.java(12,5): error",
    ],
)
def test_places_of_compilers(line: str) -> None:
    (frame,) = frames_of([line])
    assert (frame.path, frame.line) == ("src/Pay.java", 12)


def test_paths_of_tests() -> None:
    assert is_test_path("src/test/java/TestPay.java")
    assert not is_test_path("src/main/java/Testament.py")
