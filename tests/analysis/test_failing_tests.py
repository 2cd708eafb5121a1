"""Names of failing tests in logs, as each tool writes them; all samples are made for these tests."""

import pytest

from bot.analysis.failing_tests import FailingTests

SAMPLES: dict[str, tuple[str, list[str]]] = {
    "pytest": ("FAILED tests/test_pay.py::test_refund[eur] - assert 0 == 10", ["tests/test_pay.py::test_refund[eur]"]),
    "pytest verbose": ("tests/test_pay.py::test_refund FAILED      [ 50%]", ["tests/test_pay.py::test_refund"]),
    "pytest-xdist": ("[gw1] [ 50%] FAILED tests/test_pay.py::test_refund ", ["tests/test_pay.py::test_refund"]),
    "pytest collecting": ("______ ERROR collecting tests/test_pay.py ______", ["tests/test_pay.py"]),
    "unittest": ("ERROR: test_refund (shop.tests.PayTest)", ["test_refund (shop.tests.PayTest)"]),
    "lit": ("FAIL: LLVM :: CodeGen/pay.ll (7 of 9)", ["LLVM :: CodeGen/pay.ll"]),
    "maven": ("[ERROR] shop.PayTest.refund -- Time elapsed: 0.1 s <<< FAILURE!", ["shop.PayTest.refund"]),
    "maven summary": ("[ERROR] Failures:\n[ERROR]   PayTest.refund:21 expected:<10>", ["PayTest.refund"]),
    "gradle": ("shop.PayTest > refund FAILED", ["shop.PayTest.refund"]),
    "ant": ("    [junit] Testcase: refund(shop.PayTest):\tFAILED", ["refund(shop.PayTest)"]),
    "go": ("    --- FAIL: TestPay/refund (0.00s)", ["TestPay/refund"]),
    "gotestsum": ("=== FAIL: shop/pay TestRefund (0.00s)", ["TestRefund"]),
    "cargo": ("test pay::refund ... FAILED", ["pay::refund"]),
    "nextest": ("        FAIL [   0.004s] shop pay::refund", ["pay::refund"]),
    "deno": ("refund is paid ... FAILED (12ms)", ["refund is paid"]),
    "googletest": ("[  FAILED  ] Pay.Refund (3 ms)", ["Pay.Refund"]),
    "ctest": (" 3/4 Test  #3: pay_refund .......................***Failed    0.02 sec", ["pay_refund"]),
    "ctest summary": ("\t  3 - pay_refund (Failed)", ["pay_refund"]),
    "meson": (" 2/3 shop:unit / refund          FAIL            0.02s   exit status 1", ["shop:unit / refund"]),
    "xunit": ("    Shop.PayTests.Refund(currency: EUR) [FAIL]", ["Shop.PayTests.Refund(currency: EUR)"]),
    "dotnet test": ("  Failed Shop.PayTests.Refund [12 ms]", ["Shop.PayTests.Refund"]),
    "nunit": ("1) Failed : Shop.PayTests.Refund", ["Shop.PayTests.Refund"]),
    "xctest": ("Test Case '-[ShopTests.PayTests testRefund]' failed (0.1 seconds).", ["ShopTests.PayTests testRefund"]),
    "xcpretty": ("    ✗ testRefund, XCTAssertEqual failed", ["testRefund"]),
    "bats": (" ✗ a refund is paid", ["a refund is paid"]),
    "scalatest": ("[info] - should refund *** FAILED *** (3 milliseconds)", ["should refund"]),
    "specs2": ("[error]   x refund the customer", ["refund the customer"]),
    "sbt": ("[error] Failed tests:\n[error] \tshop.PaySpec", ["shop.PaySpec"]),
    "exunit": ("  1) test refund is paid (Shop.PayTest)", ["test refund is paid (Shop.PayTest)"]),
    "minitest": ("PayTest#test_refund [test/pay_test.rb:9]:", ["PayTest#test_refund"]),
    "rspec": (
        "Failures:\n\n  1) Pay refunds\n\nrspec ./spec/pay_spec.rb:7 # Pay refunds",
        ["./spec/pay_spec.rb:7"],
    ),
    "jasmine": ("Failures:\n1) pay refunds the customer\n  Message:", ["pay refunds the customer"]),
    "hspec": ("Failures:\n\n  src/PaySpec.hs:9:5:\n  1) Pay.refund pays", ["Pay.refund pays"]),
    "cucumber": ("cucumber features/pay.feature:12 # Scenario: refund", ["features/pay.feature:12"]),
    "behave": ("Failing scenarios:\n  features/pay.feature:12  refund", ["features/pay.feature:12"]),
    "mocha": ("  1 failing\n\n  1) pay refunds:\n     Error: no", ["pay refunds:"]),
    "jest": ("  ● pay › refunds", ["pay › refunds"]),
    "vitest": (" FAIL  src/pay.test.ts > pay > refunds", ["src/pay.test.ts > pay > refunds"]),
    "playwright": (
        "  1) [chromium] › pay.spec.ts:7:5 › refunds ────────",
        ["[chromium] › pay.spec.ts:7:5 › refunds"],
    ),
    "ava": ("  ✖ pay › refunds", ["pay › refunds"]),
    "node": ("✖ refunds (1.3ms)", ["refunds"]),
    "karma": ("HeadlessChrome 90.0.4430 (Linux x86_64) pay refunds FAILED", ["pay refunds"]),
    "phpunit": ("1) Shop\\PayTest::testRefund with data set #1", ["Shop\\PayTest::testRefund with data set #1"]),
    "php": ("FAIL refund() is paid [ext/pay/tests/refund.phpt] ", ["refund() is paid [ext/pay/tests/refund.phpt]"]),
    "pester": ("  [-] refunds the customer 12ms (10ms|2ms)", ["refunds the customer"]),
    "tap": ("not ok 3 - refunds the customer", ["refunds the customer"]),
    "perl": ("#   Failed test 'refunds the customer'", ["refunds the customer"]),
    "bazel": ("//pay:refund_test                  FAILED in 0.3s", ["//pay:refund_test"]),
    "robot": ("Refund Is Paid                                  | FAIL |", ["Refund Is Paid"]),
    "clojure": ("FAIL in (refund-test) (pay_test.clj:9)", ["refund-test"]),
    "testthat": ("── Failure (test-pay.R:9:3): refund is paid ────────", ["refund is paid"]),
    "julia": ("refunds: Test Failed at /builds/shop/test/runtests.jl:9", ["refunds"]),
    "dart": ("00:02 +3 -1: pay refunds [E]", ["pay refunds"]),
    "tasty": ("    refund:      FAIL (0.02s)", ["refund"]),
    "busted": ("Failure → spec/pay_spec.lua @ 7", ["spec/pay_spec.lua @ 7"]),
    "eunit": ("pay_tests: refund_test...*failed*", ["pay_tests: refund_test"]),
    "common test": ("%%% pay_SUITE ==> refund: FAILED", ["pay_SUITE ==> refund"]),
    "django": ("test_refund E", ["test_refund"]),
}

NONE = (
    "not ok 3 - refunds # TODO later",
    "[error] Failed to execute goal",
    "✖ 12 problems (3 errors, 9 warnings)",
    "FAIL",
    "Result: FAIL",
    "1) install the package first",
    "Tests run: 3, Failures: 0, Errors: 0",
    "[INFO] Results:",
    "ERROR: Job failed: exit code 1",
    "//: FAILED",
    "PASS src/pay.test.ts > pay",
)


def names_of(text: str) -> list[str]:
    tests = FailingTests(10)
    for line in text.split("\n"):
        tests.see(line)
    return list(tests.names)


@pytest.mark.parametrize("tool", sorted(SAMPLES))
def test_the_failing_test_is_named(tool: str) -> None:
    text, names = SAMPLES[tool]
    assert names_of(text) == names


@pytest.mark.parametrize("line", NONE)
def test_a_line_that_names_no_test(line: str) -> None:
    assert names_of(line) == []


def test_a_line_says_whether_it_is_a_result() -> None:
    tests = FailingTests(10)
    lines = ["=== RUN TestRefund", "--- FAIL: TestRefund (0.00s)", "FAIL", "exit status 1"]
    assert [tests.see(line) for line in lines] == [False, True, False, False]


def test_no_more_names_than_wanted() -> None:
    tests = FailingTests(3)
    for number in range(9):
        tests.see(f"--- FAIL: Test{number} (0.00s)")
    assert tests.names == ("Test0", "Test1", "Test2")


def test_lists_count_only_where_no_line_names_a_test() -> None:
    assert names_of("Failures:\n  1) pay refunds\nFAILED tests/test_pay.py::test_refund") == [
        "tests/test_pay.py::test_refund"
    ]


@pytest.mark.parametrize("piece", ["a ", " > ", "› ", "- ", ": ", "x.", "(", "✖ › ", "FAIL ", "[-] 1"])
def test_a_hostile_line_is_over_at_once(piece: str) -> None:
    # Longer lines are not looked at; on this one a pattern that goes back and forth would not end.
    line = (piece * 1000)[:999]
    for start in ("", "FAIL ", "  1) ", "not ok ", "[error] x ", "✖ ", "//", " FAILED"):
        names_of((start + line)[:999])
        names_of((start + line)[:990] + " FAILED")
