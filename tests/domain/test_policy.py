"""What a policy says: its values, what they mean, and who said them."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.policy import (
    Comment,
    Engine,
    Level,
    Policy,
    Read,
    Source,
    TestOn,
    WaitFor,
    effective,
    layered,
    parse,
)

FULL = b"""\
version: 1
comment: off   # a word, not a truth value
checks: {name: Acme, annotations: false, required: true}
runs: {workflows: ["ci*", Nightly], wait_for: all, read: all}
tests:
  image: ghcr.io/acme/tests
  command: pytest -q
  on: [pull_request, push]
quarantine: {after: 0, heal: 2, tests: ["checkout/*"]}
commands: {allow: [maintain, "@Alice"]}
ai: {engine: llm, budget: 10}
paths:
  "services/**": {label: services}
  "services/pay/**": {label: payments}
"""


def test_a_full_policy() -> None:
    policy = parse(FULL)
    assert (policy.version, policy.comment) == (1, Comment.OFF)
    assert (policy.checks.name, policy.checks.annotations, policy.checks.required) == ("Acme", False, True)
    assert (policy.runs.workflows, policy.runs.wait_for) == (("ci*", "Nightly"), WaitFor.ALL)
    assert policy.runs.read is Read.ALL
    assert policy.tests is not None
    assert (policy.tests.image, policy.tests.command) == ("ghcr.io/acme/tests", "pytest -q")
    assert policy.tests.on == (TestOn.PULL_REQUEST, TestOn.PUSH)
    assert (policy.quarantine.after, policy.quarantine.heal) == (0, 2)
    assert policy.quarantine.tests == ("checkout/*",)
    assert policy.commands.allow == ("maintain", "@Alice")
    assert (policy.ai.engine, policy.ai.budget) == (Engine.LLM, 10)
    assert {pattern: rule.label for pattern, rule in policy.paths.items()} == {
        "services/**": "services",
        "services/pay/**": "payments",
    }


@pytest.mark.parametrize(
    "empty",
    [
        b"",
        b"\n\n",
        b"# nothing yet\n",
        b"---\n...\n",
        b"\xef\xbb\xbf",
        b"{}",
        b"~",
        b"version: 1\r\n",
        b"checks:\n  # name: Acme\nruns:\ntests:\nquarantine:\ncommands:\nai:\npaths:\n",
    ],
)
def test_what_says_nothing_asks_for_the_defaults(empty: bytes) -> None:
    assert parse(empty) == Policy()


def test_the_defaults() -> None:
    policy = Policy()
    assert (policy.comment, policy.tests, dict(policy.paths)) == (Comment.FAILURES, None, {})
    assert policy.checks.name == "Agnox"
    assert policy.runs.reads("anything")
    assert policy.commands.least is Level.WRITE
    assert (policy.quarantine.after, policy.quarantine.heal) == (3, 1)
    assert (policy.ai.engine, policy.ai.budget) == (Engine.AUTO, 200)


def test_a_policy_does_not_change() -> None:
    policy = parse(FULL)
    with pytest.raises(ValidationError, match="frozen"):
        policy.comment = Comment.ALWAYS
    with pytest.raises(TypeError):
        policy.paths["docs/**"] = policy.paths["services/**"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("no", "no"),
        ("off", "off"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("y", "y"),
        ("2026-11-23", "2026-11-23"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0b101", "0b101"),
        ('"404"', "404"),
        ("'true'", "true"),
        ("v1.10", "v1.10"),
        ("\u00e9\u4e2d\U0001f680", "\u00e9\u4e2d\U0001f680"),
        (">-\n      folded", "folded"),
    ],
)
def test_words_are_words(written: str, label: str) -> None:
    data = f"paths:\n  a/**:\n    label: {written}\n".encode()
    assert parse(data).paths["a/**"].label == label


@pytest.mark.parametrize("written", ["10", "010", "+10", "0o12", "0xA", "0xa"])
def test_numbers(written: str) -> None:
    assert parse(f"quarantine: {{after: {written}}}".encode()).quarantine.after == 10


@pytest.mark.parametrize("written", ["true", "True", "TRUE"])
def test_truth_values(written: str) -> None:
    assert parse(f"checks: {{required: {written}}}".encode()).checks.required is True


@pytest.mark.parametrize(
    ("patterns", "workflow", "read"),
    [
        (["ci*"], "CI / unit (3.11)", True),
        (["ci*"], "Nightly CI", False),
        (["*ci"], "Nightly CI", True),
        (["build", "test?"], "tests", True),
        (["test[1]"], "test1", False),
        (["a.b"], "a-b", False),
        ([], "ci", False),
    ],
)
def test_workflows(patterns: list[str], workflow: str, read: bool) -> None:
    assert parse(f"runs: {{workflows: {patterns}}}".encode()).runs.reads(workflow) is read


def test_quarantined_tests() -> None:
    quarantine = parse(b'quarantine: {tests: ["checkout/*", "test_pay[visa]"]}').quarantine
    names = ["checkout/cart/pay.spec.ts > pays", "test_pay[visa]", "test_payv", "Checkout/x", "a/checkout/x"]
    assert [quarantine.names(name) for name in names] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("allow", "admitted"),
    [
        ("[write]", {"bob": "write maintain admin", "alice": "write maintain admin"}),
        ("[admin, triage]", {"bob": "triage write maintain admin"}),
        ('[admin, "@Alice"]', {"bob": "admin", "alice": "none read triage write maintain admin"}),
        ("[alice]", {"ALICE": "none read triage write maintain admin", "bob": ""}),
        ('["@read"]', {"bob": "", "read": "none read triage write maintain admin"}),
        ("[]", {"bob": ""}),
    ],
)
def test_who_is_obeyed(allow: str, admitted: Mapping[str, str]) -> None:
    commands = parse(f"commands: {{allow: {allow}}}".encode()).commands
    rights = {"none": None, **{level.value: level for level in Level}}
    for login, expected in admitted.items():
        found = " ".join(name for name, right in rights.items() if commands.admits(login, right))
        assert found == expected, login


def test_labels_of_paths() -> None:
    policy = parse(FULL)
    paths = ["services/pay/src/a.py", "services/cart/a.py", "docs/a.md"]
    assert [policy.label(path) for path in paths] == ["payments", "services", ""]


def test_where_values_come_from() -> None:
    organization = parse(b"comment: always\nchecks: {name: Acme, required: true}\ntests: {command: make}\n")
    file = parse(b'checks: {name: Agnox}\ncommands: {allow: [admin]}\npaths: {"a/**": {label: a}}\n')
    rows = {row.key: (row.value, row.source) for row in effective(file, organization)}
    said: dict[str, Any] = {key: told for key, told in rows.items() if told[1] is not Source.DEFAULT}
    assert said == {
        "comment": ("always", Source.ORGANIZATION),
        "checks.name": ("Agnox", Source.FILE),
        "checks.required": (True, Source.ORGANIZATION),
        "tests.command": ("make", Source.ORGANIZATION),
        "commands.allow": (["admin"], Source.FILE),
        "paths": ({"a/**": {"label": "a"}}, Source.FILE),
    }
    assert rows["checks.annotations"] == (True, Source.DEFAULT)
    assert rows["tests.on"] == (["pull_request"], Source.DEFAULT)
    held = layered(file, organization)
    assert (held.checks.name, held.checks.required, held.comment) == ("Agnox", True, Comment.ALWAYS)
    assert held.tests is not None
    assert held.tests.command == "make"


def test_without_a_file_every_value_is_a_default() -> None:
    rows = effective(Policy())
    assert {row.source for row in rows} == {Source.DEFAULT}
    assert [row.key for row in rows][:4] == ["version", "comment", "checks.name", "checks.annotations"]
    assert {row.key: row.value for row in rows}["tests"] is None


def test_what_holds_is_asked_of_the_values_that_hold() -> None:
    file, organization = parse(b"comment: off"), parse(b"runs: {workflows: [ci]}")
    assert file.runs.reads("docs")
    held = layered(file, organization)
    assert (held.runs.reads("docs"), held.runs.reads("ci"), held.comment) == (False, True, Comment.OFF)
