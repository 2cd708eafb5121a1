"""What is published of the policy is what the code does."""

import os
import re
from importlib import resources
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from bot.domain import policy
from bot.domain.policy import SCHEMA, Policy, PolicyErrors, parse
from bot.domain.policy.document import read_document
from bot.domain.policy.schema import build_schema, schema_text
from tests.domain.test_policy import FULL

PAGE = Path(__file__).parents[2] / "docs/policy.md"
VALIDATOR = Draft202012Validator(build_schema())


def test_the_schema_is_current() -> None:
    path = resources.files(policy).joinpath(SCHEMA)
    if os.environ.get("AGNOX_GOLDEN") == "write":
        Path(str(path)).write_text(schema_text(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == schema_text()


def test_the_page_shows_what_is_so() -> None:
    text = PAGE.read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        assert parse(example.encode()) != Policy()
        assert not list(VALIDATOR.iter_errors(read_document(example).value))
    with pytest.raises(PolicyErrors) as caught:
        parse(b"version: 1\ncomment: of\n")
    (mistake,) = caught.value.mistakes
    assert f".agnox.yml:{mistake.line}:{mistake.column}: {mistake.text}\n" in text


def test_every_key_is_described() -> None:
    schema = build_schema()
    Draft202012Validator.check_schema(schema)
    for name, section in schema["$defs"].items():
        assert section["description"], name
        for key, node in section.get("properties", {}).items():
            assert node["description"].endswith("."), f"{name}.{key}"


@pytest.mark.parametrize(
    "text",
    [
        FULL.decode(),
        "{}",
        "checks:\nruns:\ntests:\nquarantine:\ncommands:\nai:\npaths:\n",
        "commands: {allow: []}",
    ],
)
def test_the_schema_takes_what_is_right(text: str) -> None:
    parse(text.encode())
    assert not list(VALIDATOR.iter_errors(read_document(text).value))


VALUES = st.sampled_from(
    ["always", "all", "any", "x", "write", "@bob", "", "a\nb", 0, 1, 2, -1, 1.5, 10**7, True, False, None, "x" * 201]
)
BRANCHES = VALUES | st.lists(VALUES, max_size=3)
SECTIONS: dict[str, st.SearchStrategy[object]] = {
    "version": VALUES,
    "comment": VALUES,
    "checks": st.dictionaries(st.sampled_from(["name", "annotations", "required", "x"]), BRANCHES) | BRANCHES,
    "runs": st.dictionaries(st.sampled_from(["workflows", "wait_for", "read"]), BRANCHES) | BRANCHES,
    "tests": st.dictionaries(st.sampled_from(["image", "command", "on"]), BRANCHES) | BRANCHES,
    "quarantine": st.dictionaries(st.sampled_from(["after", "heal", "tests"]), BRANCHES) | BRANCHES,
    "commands": st.dictionaries(st.sampled_from(["allow"]), BRANCHES) | BRANCHES,
    "ai": st.dictionaries(st.sampled_from(["engine", "budget"]), BRANCHES) | BRANCHES,
    "paths": st.dictionaries(st.sampled_from(["", "a/**", "x" * 201]), st.just({"label": "a"}) | BRANCHES) | BRANCHES,
    "x": VALUES,
}


@given(st.sampled_from(sorted(SECTIONS)).flatmap(lambda name: st.tuples(st.just(name), SECTIONS[name])))
def test_editors_and_we_find_the_same_wrong(given_section: tuple[str, object]) -> None:
    value = dict([given_section])
    text = yaml.safe_dump(value, allow_unicode=True)
    valid = not list(VALIDATOR.iter_errors(value))
    try:
        parse(text.encode())
    except PolicyErrors:
        taken = False
    else:
        taken = True
    assert taken == valid
