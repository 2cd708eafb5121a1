"""Small logs as test tools and CI systems write them; all made for these tests."""

PYTEST = """\
2026-01-02T03:04:05.1234567Z ##[group]Run pytest
2026-01-02T03:04:05.2234567Z ============================= test session starts ==============================
2026-01-02T03:04:06.0000000Z collected 3 items
2026-01-02T03:04:06.1000000Z
2026-01-02T03:04:06.2000000Z tests/test_pay.py .F.                                                    [100%]
2026-01-02T03:04:06.3000000Z
2026-01-02T03:04:06.4000000Z =================================== FAILURES ===================================
2026-01-02T03:04:06.4100000Z _________________________________ test_refund __________________________________
2026-01-02T03:04:06.4200000Z
2026-01-02T03:04:06.4300000Z     def test_refund():
2026-01-02T03:04:06.4400000Z >       assert refund(10) == 10
2026-01-02T03:04:06.4500000Z E       assert 0 == 10
2026-01-02T03:04:06.4600000Z E        +  where 0 = refund(10)
2026-01-02T03:04:06.4700000Z
2026-01-02T03:04:06.4800000Z tests/test_pay.py:7: AssertionError
2026-01-02T03:04:06.4900000Z =========================== short test summary info ============================
2026-01-02T03:04:06.5000000Z FAILED tests/test_pay.py::test_refund - assert 0 == 10
2026-01-02T03:04:06.6000000Z ========================= 1 failed, 2 passed in 0.12s ==========================
2026-01-02T03:04:06.7000000Z ##[error]Process completed with exit code 1.
2026-01-02T03:04:06.8000000Z Post job cleanup.
"""

MAVEN = """\
[INFO] Running shop.PayTest
[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.04 s <<< FAILURE! - in shop.PayTest
[ERROR] refund(shop.PayTest)  Time elapsed: 0.01 s  <<< FAILURE!
java.lang.AssertionError: expected:<10> but was:<0>
\tat org.junit.Assert.fail(Assert.java:88)
\tat shop.PayTest.refund(PayTest.java:21)

[INFO] Results:
[ERROR] Failures:
[ERROR]   PayTest.refund:21 expected:<10> but was:<0>
[INFO] BUILD FAILURE
The command "mvn test" exited with 1.
"""

JEST = """\
$ jest
 FAIL  src/pay.test.js
  pay
    \x1b[31m✕\x1b[39m refunds (5 ms)

  ● pay › refunds

    expect(received).toBe(expected)

    Expected: 10
    Received: 0

      at Object.<anonymous> (src/pay.test.js:4:21)

Tests:       1 failed, 1 total
The command "npm test" exited with 1.
"""

GO = """\
=== RUN   TestRefund
    pay_test.go:9: got 0, want 10
--- FAIL: TestRefund (0.00s)
FAIL
exit status 1
FAIL\tshop/pay\t0.002s
ERROR: Job failed: exit code 1
"""

COMPILE = """\
Scanning dependencies of target shop
[ 50%] Building CXX object CMakeFiles/shop.dir/pay.cpp.o
/work/src/pay.cpp:12:5: error: 'refund' was not declared in this scope
   12 |     refund(10);
      |     ^~~~~~
make[2]: *** [CMakeFiles/shop.dir/pay.cpp.o] Error 1
The command "make" exited with 2.
"""

LOGS = {"pytest": PYTEST, "maven": MAVEN, "jest": JEST, "go": GO, "compile": COMPILE}
