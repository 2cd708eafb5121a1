"""What a model is shown: the best of the evidence, masked, in bounds, and never the raw log."""

import pytest

from bot.analysis import Analysis, Input, analyze
from bot.llm.case import LINE_CHARS, MOST_LINES, distill
from bot.llm.prompt import make_question
from bot.llm.tokens import estimate, most
from tests.e2e.suites import junit
from tests.llm.runs import LOG, log_run


def a_big_log(lines: int) -> bytes:
    noise = [f"2026-05-01T10:00:00.000Z step {n}: error? no, all is well with part {n % 97}" for n in range(lines)]
    noise[lines // 2 : lines // 2] = LOG.splitlines()
    return "\n".join(noise).encode()


@pytest.fixture(scope="module")
def big() -> tuple[Analysis, list[Input]]:
    inputs = [Input.of_bytes("junit.xml", junit(200).encode()), Input.of_bytes("build.log", a_big_log(5_000))]
    return analyze(inputs), inputs


@pytest.mark.parametrize("tokens", [500, 2_000, 12_000])
def test_it_stays_within_its_tokens(big: tuple[Analysis, list[Input]], tokens: int) -> None:
    analysis, inputs = big
    changed = [f"src/file_{n}.py" for n in range(5_000)]
    case = distill(analysis, inputs, changed=changed, tokens=tokens)
    question = make_question(case, 4_000)
    # One finding or line goes over the edge, and the headings are not counted.
    assert estimate(question.text) <= tokens * 1.3 + 400
    assert case.findings[0] is analysis.findings[0] and case.evidence["f1"]
    assert len(case.lines) <= MOST_LINES
    assert len(case.tests) < 200 and len(case.changed) < 5_000


def test_the_best_comes_first_and_the_rest_stays_at_home() -> None:
    inputs = [Input.of_bytes("build.log", a_big_log(5_000))]
    analysis = analyze(inputs)
    case = distill(analysis, inputs, tokens=4_000)
    text = make_question(case, 4_000).text
    assert "KeyError: 'no price for article aa'" in text
    assert len(case.lines) < 100
    first = analysis.excerpts[0]
    shown = [line.number for line in case.lines.values()]
    assert set(first.lines) <= set(shown)


def test_lines_are_those_of_the_input() -> None:
    analysis, inputs = log_run()
    raw = LOG.splitlines()
    lines = distill(analysis, inputs, tokens=4_000).lines.values()
    assert {line.number for line in lines} == {1, 2, 3, 4, 5, 6, 7}
    for line in lines:
        assert line.number is not None and raw[line.number - 1].endswith(line.text)


def test_a_report_and_a_log_are_told_apart() -> None:
    inputs = [Input.of_bytes("junit.xml", junit(1).encode()), Input.of_bytes("build.log", LOG.encode())]
    case = distill(analyze(inputs), inputs, tokens=4_000)
    assert {line.input for line in case.lines.values()} == {0, 1}
    assert all(ref.startswith(f"{line.input + 1}:") for ref, line in case.lines.items())
    assert "input 1: junit.xml\ninput 2: build.log" in make_question(case, 100).text


def test_secrets_are_masked_in_whatever_goes_out() -> None:
    token, known = "ghp_" + "a1B2" * 9, "hunter2-for-the-shop"
    body = "MIIEowIBAAKCAQEA7bq1error\nfailedZm9vYmFy0123"
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"
    log = LOG.replace("E   KeyError", f"ERROR token {token}\nERROR login with {known} failed\nERROR\n{key}E   KeyError")
    analysis, inputs = log_run(log)
    case = distill(analysis, inputs, secrets=[known], tokens=8_000)
    sent = make_question(case, 100).text + repr(case.lines)
    assert "ERROR token ***" in sent and "ERROR login with *** failed" in sent
    for secret in (token, known, "MIIEowIBAAKCAQEA", "Zm9vYmFy"):
        assert secret not in sent


def test_a_long_line_is_shown_as_far_as_it_goes() -> None:
    analysis, inputs = log_run(LOG.replace("no price for article aa", "no price " * 500))
    case = distill(analysis, inputs, tokens=8_000)
    assert max(len(line.text) for line in case.lines.values()) == LINE_CHARS


def test_an_input_that_is_gone_by_then() -> None:
    both = analyze([Input.of_bytes("junit.xml", junit(1).encode()), Input.of_bytes("build.log", LOG.encode())])

    def gone() -> "None":
        raise OSError("gone")

    inputs = [Input("junit.xml", gone), Input("build.log", gone)]  # type: ignore[arg-type]
    assert distill(both, inputs, tokens=4_000).findings == both.findings


def test_tokens_are_never_estimated_below_the_shortest() -> None:
    for text in ("", "a", "error: no price", "é" * 100, "\ud800", "x" * 10_000):
        assert 0 <= estimate(text) <= most(text) <= len(text.encode("utf-8", "surrogatepass")) + 1
