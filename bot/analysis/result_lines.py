"""How the test tools write that one test failed: one line each."""

import re

Named = tuple[str, re.Pattern[str]]
"""A text that must be in the line (a plain search, which spares most matches), and the pattern."""

NAMED: tuple[Named, ...] = (
    # pytest
    (".py", re.compile(r"^(?:FAILED|ERROR) (?P<name>[^\s:]+\.py(?:::\S.*?)?)(?: - .*)?$")),
    (".py::", re.compile(r"^(?:\[gw\d+\] )?(?:\[ *\d+%\] )?(?:FAILED|ERROR) (?:[A-Z]+: )?(?P<name>[^\s:]+\.py::\S+)")),
    (".py::", re.compile(r"^(?P<name>[^\s:]+\.py::\S.*?) (?:FAILED|ERROR)(?:\s+\[ *\d+%\])?$")),
    # lit, unittest, automake
    (" :: ", re.compile(r"^(?:FAIL|TIMEOUT|UNRESOLVED): (?P<name>\S+ :: \S+) \(\d+ of \d+\)$")),
    (": ", re.compile(r"^(?:FAIL|ERROR): (?P<name>\S+ \([\w.]+\)|(?=\S*[Tt]est)[\w./-]*[\w.]+$)")),
    # Maven, Gradle
    (
        "<<<",
        re.compile(r"^(?:\[\w+\] +)?(?P<name>(?!.*Tests run: )\S.*?)\s+(?:-- )?Time elapsed: .*<<< (?:FAILURE|ERROR)!"),
    ),
    (" FAILED", re.compile(r"^(?P<gradle>[\w$.]+(?: > [^>]+?)+) FAILED$")),
    (" FAILED", re.compile(r"^(?P<name>(?:[\w$]+\.){2,}[\w$]+) FAILED$")),
    # Karma
    (" FAILED", re.compile(r"^[A-Z]\w+ [\d.]+ \([^)]+\) (?P<name>\S.*) FAILED$")),
    # Go, gotestsum
    ("--- FAIL", re.compile(r"^\s*--- FAIL: (?P<name>\S+) \(")),
    ("=== FAIL: ", re.compile(r"^=== FAIL: \S+ (?P<name>\S+) \(")),
    # cargo, Deno, nextest
    ("... FAILED", re.compile(r"^test (?P<name>[\w:]+) \.\.\. FAILED$")),
    ("... FAILED", re.compile(r"^(?P<name>\S.*?) \.\.\. FAILED \(\d+m?s\)$")),
    ("FAIL [", re.compile(r"^\s+(?:TRY \d+ )?FAIL \[ *[\d.]+s\](?: \(\s*\d+/\d+\))? \S+ (?P<name>[\w:]+)$")),
    # GoogleTest, CTest, Meson
    ("[  FAILED  ]", re.compile(r"^\s*\[  FAILED  \] (?P<name>[\w/]+\.[\w/]+)")),
    ("(Failed)", re.compile(r"^\s*\d+ - (?P<name>\S+) \((?:Failed|SEGFAULT|Timeout)\)")),
    ("***", re.compile(r"^\s*\d+/\d+ Test +#\d+: (?P<name>\S+) \.*\*\*\*(?:Failed|Timeout|Exception)")),
    ("FAIL ", re.compile(r"^\s*\d+/\d+ (?P<name>\S.*?)\s{2,}(?:FAIL|TIMEOUT|ERROR)\s+[\d.]+ ?s\b")),
    # JUnit's console, xUnit, VSTest, NUnit
    ("JUnit ", re.compile(r"^\s*(?:\[junit\]\s+)?JUnit (?:Jupiter|Vintage):(?P<ant>[\w$]+:[\w$]+)\(.*\)$")),
    ("[FAIL]", re.compile(r"^\s+(?P<name>[\w.+`]+\.[\w`]+(?:\(.*\))?) \[FAIL\]$")),
    ("Failed ", re.compile(r"^\s+Failed (?P<name>[\w.+`]+(?:\(.*\))?) \[[<\d]")),
    (") ", re.compile(r"^\d+\) (?:Failed|Error|Invalid) : (?P<name>[\w.+`]+(?:\(.*\))?)$")),
    # XCTest, xcpretty and Bats
    ("Test Case '", re.compile(r"^Test Case '(?:-\[)?(?P<name>[\w. ]+?)\]?' failed \(")),
    ("✗ ", re.compile(r"^\s+✗ (?P<name>\S.*?)(?:, .*)?$")),
    # ScalaTest, specs2
    ("*** FAILED ***", re.compile(r"^(?:\[\w+\] )?\s*(?:- )?(?P<name>\S.*?) \*\*\* FAILED \*\*\*")),
    ("[error]", re.compile(r"^\[error\]\s+[x!] (?P<name>\w.*\S)$")),
    # ExUnit, minitest, RSpec, Cucumber
    (") test ", re.compile(r"^\s+\d+\) (?P<name>test .+ \([\w.]+\))$")),
    ("#test_", re.compile(r"^(?P<name>[\w:]+#test_\w+)(?: \[\S+:\d+\])?:$")),
    ("rspec ./", re.compile(r"^rspec (?P<name>\./\S+:\d+)")),
    ("cucumber ", re.compile(r"^cucumber (?P<name>\S+\.feature:\d+)")),
    # Playwright, Vitest, Jest, AVA, the runner of Node.js
    (" › ", re.compile(r"^\s+\d+\) (?P<name>(?:\[[\w -]+\] › )?\S+:\d+:\d+ › .*?\S)(?: ─+)?\s*$")),
    (" > ", re.compile(r"^\s*(?:FAIL|×|✗) +(?P<name>\S+\.\w+ > .*?\S)(?: \d+ ?ms)?$")),
    ("●", re.compile(r"^\s{0,4}● (?P<name>(?!Console$)\S.*)$")),
    ("✕", re.compile(r"^\s+✕ (?P<name>.+?)(?: \(\d+(?:\.\d+)? ?m?s\))?$")),
    ("✖ ", re.compile(r"^\s*✖ (?P<name>\S.*?) \(\d+(?:\.\d+)?ms\)$")),
    ("✖ ", re.compile(r"^\s*✖ (?P<name>\S.* › .*\S)$")),
    # PHP's own runner, Pester
    (".phpt]", re.compile(r"^(?:FAIL|LEAK) (?P<name>\S.* \[\S+\.phpt\])")),
    ("[-] ", re.compile(r"^\s*\[-\] (?P<name>\S.*?)(?: \d+(?:\.\d+)?m?s(?: \([^)]*\))?)?\s*$")),
    # TAP and Perl
    ("not ok ", re.compile(r"^\s*not ok \d+(?: -)? (?P<name>(?!.*# (?:TODO|SKIP))\S.*)$")),
    ("Failed test '", re.compile(r"^\s*#\s+Failed test '(?P<name>[^']+)'")),
    # Bazel, Robot Framework
    ("//", re.compile(r"^(?P<name>//\S*:\S+)\s+(?:FAILED|TIMEOUT) in ")),
    ("| FAIL |", re.compile(r"^(?P<name>\S.*?)\s+\| FAIL \|\s*$")),
    # Clojure, R, Julia, Dart, Haskell, Lua, Erlang
    (" in (", re.compile(r"^(?:FAIL|ERROR) in \((?P<name>[^()\s]+)\) \(")),
    (".R:", re.compile(r"^(?:── )?(?:\d+\. )?(?:Failure|Error) \([\w./-]+\.R:[\d:]+\): (?P<name>\S.*?)(?: ─+)?$")),
    ("Test Failed at ", re.compile(r"^(?P<name>\S.*?): Test Failed at \S+:\d+$")),
    ("[E]", re.compile(r"^\d\d:\d\d \+\d+(?: ~\d+)? -\d+: (?P<name>\S.*) \[E\]$")),
    (" FAIL", re.compile(r"^\s+(?P<name>\S.*?):\s{2,}FAIL(?: \([\d.]+s\))?$")),
    ("→ ", re.compile(r"^(?:Failure|Error) → (?P<name>\S.*)$")),
    ("*failed*", re.compile(r"^\s*(?P<name>\w+: ?\w+)(?:/\d+)?(?: \([^)]*\))?\.\.\.\*failed\*")),
    ("==> ", re.compile(r"^%%% (?P<name>\S+ ==> \S+): FAILED")),
    # Django and SymPy
    (" ", re.compile(r"^(?P<name>test_\w+) [FE]$")),
)
