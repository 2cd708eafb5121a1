"""`agnox llm`: a model is given to an organization, tried, shown and taken away."""

from collections.abc import Iterator

import pytest

from bot.llm.values import Maker
from bot.store.models import LlmAccess, LlmCall
from bot.store.sealed import LLM_KEY
from bot.store.vault import Changed, Keyring, Vault
from tests.cli.conftest import KEY as VAULT_KEY
from tests.cli.conftest import Agnox
from tests.llm.server import KEY, ModelServer, failing, model_server

NEW_KEY = "sk-test-another-0123456789"


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def given(models: ModelServer, *more: str, model: str = "test-model") -> list[str]:
    """The words of the command that gives acme a model."""
    url = models.base_url(Maker.OPENAI)
    words = ["llm", "set", "--org", "acme", "--provider", "openai", "--model", model, "--base-url", url + "/"]
    return [*words, "--key-stdin", *more]


def test_a_model_is_tried_and_kept(agnox: Agnox, models: ModelServer) -> None:
    owner = agnox.json("org", "create", "acme")
    money = ("--price-input", "3", "--price-output", "15.50", "--budget-money", "2.5")
    made = agnox.json(*given(models, "--budget-tokens", "90000", *money), stdin=KEY + "\n")
    assert made["answer"] == "The price list has no such article"
    assert (made["provider"], made["model"], made["organization_id"]) == ("openai", "test-model", owner["id"])
    assert (made["base_url"], made["broken"]) == (models.base_url(Maker.OPENAI), "")
    assert (made["budget_tokens"], made["budget_money"]) == (90_000, "2.50")
    assert (made["price_input"], made["price_output"]) == ("3.00", "15.50")
    assert "NameError" in models.asked[0].text
    (row,) = agnox.all(LlmAccess)
    assert row.key is not None and KEY.encode() not in row.key
    assert LLM_KEY.open(Vault(Keyring(VAULT_KEY)), row) == KEY
    for shape in ("text", "json"):
        assert KEY not in agnox("llm", "show", "--org", "acme", "--format", shape).output
    del made["answer"]
    assert agnox.json("llm", "show", "--org", "acme") == made

    # Another one takes its place; neither can be used for the other's address.
    agnox(*given(models, "--no-check", model="other-model"), stdin=NEW_KEY)
    (row,) = agnox.all(LlmAccess)
    assert (row.model, row.budget_tokens, row.budget_micros) == ("other-model", 500_000, None)
    row.base_url = "https://evil.example"
    with pytest.raises(Changed):
        LLM_KEY.open(Vault(Keyring(VAULT_KEY)), row)

    assert agnox.json("llm", "remove", "--org", "acme")["model"] == "other-model"
    assert agnox.all(LlmAccess) == []
    for command in ("show", "check", "remove"):
        assert "acme has no model of its own: `agnox llm set`" in agnox.refused("llm", command, "--org", "acme")
    url = models.base_url(Maker.OPENAI)
    assert agnox.audit()[1:] == [
        ("llm.set", f"openai test-model {url}"),
        ("llm.replaced", f"openai other-model {url}"),
        ("llm.removed", "openai other-model"),
    ]


def test_a_model_that_does_not_work_is_not_kept(agnox: Agnox, models: ModelServer) -> None:
    agnox("org", "create", "acme")
    models.always = failing(401, words=f"bad {KEY}")
    refused = agnox.refused(*given(models), stdin=KEY)
    assert refused == (
        "agnox: the model does not accept the key (nothing was stored; `--no-check` stores it all the same)\n"
    )
    assert agnox.all(LlmAccess) == [] and len(models.asked) == 1


def test_check(agnox: Agnox, models: ModelServer) -> None:
    agnox("org", "create", "acme")
    agnox(*given(models, "--no-check"), stdin=KEY)
    assert models.asked == []
    assert agnox.json("llm", "check", "--org", "acme")["answer"] == "The price list has no such article"
    models.always = failing(403)
    result = agnox("llm", "check", "--org", "acme", exit_code=1)
    assert result.stderr == "agnox: the model can't be used: the model does not accept the key\n"
    assert agnox.json("llm", "show", "--org", "acme")["broken"] == "the model does not accept the key"
    assert KEY not in result.output


def test_usage(agnox: Agnox, models: ModelServer) -> None:
    agnox("org", "create", "acme")
    assert "No calls in the last 30 days.\nToday: 0 tokens\n" in agnox("llm", "usage", "--org", "acme").stdout
    money = ("--price-input", "3", "--price-output", "15", "--budget-money", "1", "--budget-tokens", "100000")
    agnox(*given(models, *money), stdin=KEY)
    agnox("llm", "check", "--org", "acme")
    told = agnox.json("llm", "usage", "--org", "acme")
    cost = f"{(2 * (1_200 * 3 + 300 * 15)) / 1_000_000:.4f}"
    assert told["today"] == {"tokens": 3_000, "cost": cost, "budget_tokens": 100_000, "budget_money": "1.00"}
    (day,) = told["days"]
    assert (day["model"], day["calls"], day["open"], day["shared"]) == ("test-model", 2, 0, False)
    assert (day["input_tokens"], day["output_tokens"], day["cost"]) == (2_400, 600, cost)
    text = agnox("llm", "usage", "--org", "acme").stdout
    assert "test-model" in text and f"Today: 3,000 of 100,000 tokens, {cost} of 1.00 in money" in text
    # What was used stays when the model goes.
    agnox("llm", "remove", "--org", "acme")
    assert len(agnox.json("llm", "usage", "--org", "acme")["days"]) == 1


def test_another_organization_sees_nothing_of_it(agnox: Agnox, models: ModelServer) -> None:
    for name in ("acme", "other"):
        agnox("org", "create", name)
    agnox(*given(models), stdin=KEY)
    assert "other has no model" in agnox.refused("llm", "show", "--org", "other")
    assert agnox.json("llm", "usage", "--org", "other")["days"] == []
    assert {row.organization_id for row in agnox.all(LlmCall)} == {agnox.json("org", "list")[0]["id"]}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        (["--base-url", "http://llm.example.com/v1"], KEY, "is not encrypted: use https"),
        (["--base-url", "https://169.254.169.254/"], KEY, "no address of a model"),
        (["--base-url", "https://u:p@llm.example.com"], KEY, "the base URL must be https://"),
        (["--budget-money", "5"], KEY, "needs the prices"),
        (["--model", "two words"], KEY, "the model must be the name"),
        (["--org", "nobody"], KEY, "there is no organization 'nobody'"),
        ([], "", "that is no key"),
        ([], "two words", "that is no key"),
        ([], "é" * 20, "that is no key"),
    ],
)
def test_what_is_refused(agnox: Agnox, options: list[str], key: str, words: str) -> None:
    agnox("org", "create", "acme")
    usual = ["--org", "acme", "--provider", "anthropic", "--model", "m", "--key-stdin", "--no-check"]
    refused = agnox.refused("llm", "set", *usual, *options, stdin=key)
    assert words in refused
    assert len(key) < 6 or key not in refused
    assert agnox.all(LlmAccess) == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_host_that_the_operator_trusts(agnox: Agnox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGNOX_LLM_PLAIN_HOSTS", "llm.internal, other.internal")
    agnox("org", "create", "acme")
    usual = ["--org", "acme", "--provider", "openai", "--model", "m", "--key-stdin", "--no-check"]
    made = agnox.json("llm", "set", *usual, "--base-url", "http://llm.internal:8000/v1", stdin=KEY)
    assert made["base_url"] == "http://llm.internal:8000/v1"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("amount", ["-1", "much", "nan", "1e9", ""])
def test_amounts_that_are_none(agnox: Agnox, amount: str) -> None:
    usual = ["--org", "acme", "--provider", "openai", "--model", "m", "--key-stdin", "--price-input", amount]
    assert "is no amount of money" in agnox("llm", "set", *usual, stdin=KEY, exit_code=2).stderr
