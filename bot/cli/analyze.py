"""`agnox analyze`: what broke and why, from the reports and logs of a run."""

import contextlib
import json
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

import click

from bot.cli.context import Failure
from bot.cli.engines import Explain, find_engine, small_print

if TYPE_CHECKING:
    from bot.analysis import Analysis, Input

EPILOG = """\b
Examples:
  agnox analyze build.log
  agnox analyze target/surefire-reports/*.xml build.log.gz
  agnox analyze --baseline last-green.log build.log --format markdown
  pytest -q 2>&1 | agnox analyze -
  agnox analyze --manifest runs.jsonl > answers.jsonl

Exit status: 0 when it was analysed, whatever the tests did; 2 when the input cannot be used.
"""


@click.command(name="analyze", epilog=EPILOG, short_help="Say what broke in a run, from its reports and logs.")
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("--each", is_flag=True, help="Analyse every PATH by itself instead of all of them together.")
@click.option("--baseline", metavar="LOG", help="The log of a green run of the same job, to compare with.")
@click.option(
    "--manifest",
    metavar="FILE",
    help='Many analyses: JSON lines {"id", "inputs": [...], "baseline"?}, paths relative to FILE.',
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "markdown", "json", "jsonl"]),
    help="How to answer; text by default, jsonl with --manifest.",
)
@click.option(
    "--engine", type=click.Choice(["embedded", "llm"]), default="embedded", show_default=True, help="Who analyses."
)
@click.option("--output", metavar="FILE", help="Write the answer to FILE instead of standard output.")
def command(
    paths: tuple[str, ...],
    each: bool,
    baseline: str | None,
    manifest: str | None,
    shape: str | None,
    engine: str,
    output: str | None,
) -> None:
    """Say what broke in a run, and where the proof stands.

    PATH is a test report (JUnit XML) or a log, plain or gzipped, or - for standard input. What it is gets found
    by its content. All PATHs together are one run, unless --each is given.
    """
    if bool(paths) == bool(manifest):
        _refuse("give PATHs or --manifest FILE, one of the two; see agnox analyze --help")
    if manifest and (each or baseline):
        _refuse("--manifest names its own inputs: leave out --each and --baseline")
    explain = _engine(engine)
    with contextlib.ExitStack() as stack:
        answers = (
            _from_manifest(Path(manifest), explain) if manifest else _from_paths(paths, each, baseline, explain, stack)
        )
        stream = sys.stdout
        if output:
            try:
                stream = stack.enter_context(Path(output).open("w", encoding="utf-8"))
            except OSError as error:
                _refuse(f"{output}: {_reason(error)}")
        shape = shape or ("jsonl" if manifest else "text")
        usable = _write(answers, shape, many=bool(manifest) or each, stream=stream)
    if not usable and not manifest:
        sys.exit(2)


def _engine(name: str) -> Explain:
    try:
        return find_engine(name)
    except Failure as failure:
        _refuse(failure.format_message())
        raise


def _from_paths(
    paths: tuple[str, ...], each: bool, baseline: str | None, explain: Explain, stack: contextlib.ExitStack
) -> Iterator[tuple[dict[str, Any], "Analysis"]]:
    """One analysis of all paths, or one a path; every path is checked before the first is read."""
    inputs = [_input(path, stack) for path in paths]
    green = _input(baseline, stack) if baseline else None
    return _analyses(inputs, each, green, explain)


def _analyses(
    inputs: list["Input"], each: bool, green: "Input | None", explain: Explain
) -> Iterator[tuple[dict[str, Any], "Analysis"]]:
    from bot.analysis import analyze

    groups = [[given] for given in inputs] if each else [inputs]
    for number, group in enumerate(groups, 1):
        _progress(f"{group[0].name} ({number} of {len(groups)})")
        yield {}, explain(analyze(group, baseline=green), group)


def _from_manifest(path: Path, explain: Explain) -> Iterator[tuple[dict[str, Any], "Analysis"]]:
    """One analysis a row; a row that cannot be used gives an answer that says so."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        _refuse(f"{path}: {_reason(error) if isinstance(error, OSError) else 'not UTF-8 text'}")
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if rows and not any(_is_row(line) for _, line in rows):
        _refuse(f'{path}: no row of the form {{"id": ..., "inputs": [...]}}')
    return (_row(path, number, line, f"{at} of {len(rows)}", explain) for at, (number, line) in enumerate(rows, 1))


def _is_row(line: str) -> bool:
    try:
        row = json.loads(line)
    except ValueError:
        return False
    return isinstance(row, dict) and "inputs" in row


def _row(path: Path, number: int, line: str, at: str, explain: Explain) -> tuple[dict[str, Any], "Analysis"]:
    from bot.analysis import Analysis, Input, Unreadable, analyze

    def opener(name: str) -> "Input":
        return Input(name, lambda: _open(path.parent / name))

    given, names, baseline, mistake = _parsed(line)
    if mistake:
        reason = f"line {number} of the manifest: {mistake}"
        return given, Analysis(("",), "unknown", unreadable=(Unreadable(0, reason),), usable=False)
    _progress(f"{given['id']} ({at})")
    inputs = [opener(name) for name in names]
    return given, explain(analyze(inputs, baseline=opener(baseline) if baseline else None), inputs)


def _parsed(line: str) -> tuple[dict[str, Any], list[str], str | None, str]:
    """The id, inputs and baseline of a manifest row, and what is wrong with it or nothing."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None}, [], None, "not JSON"
    if not isinstance(row, dict):
        return {"id": None}, [], None, "not a JSON object"
    given, names, baseline = {"id": row.get("id")}, row.get("inputs"), row.get("baseline")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return given, [], None, '"inputs" is not a list of paths'
    if baseline is not None and not isinstance(baseline, str):
        return given, [], None, '"baseline" is not a path'
    return given, names, baseline, ""


def _write(answers: Iterator[tuple[dict[str, Any], "Analysis"]], shape: str, *, many: bool, stream: IO[str]) -> bool:
    """Print each answer as soon as it is there; says whether any input at all could be used."""
    from bot.analysis import render

    usable, first = False, True
    for extra, analysis in answers:
        usable = usable or analysis.usable
        _progress("")
        if not analysis.usable and not extra:
            for item in analysis.unreadable:
                click.echo(f"agnox: {analysis.inputs[item.input]}: {item.reason}", err=True)
        if shape in ("json", "jsonl"):
            data = {**extra, **analysis.to_dict()}
            body = json.dumps(data, ensure_ascii=False, indent=2 if shape == "json" else None)
            if shape == "json" and many:
                body = ("[\n" if first else ",\n") + body
            stream.write(_encodable(body) + ("" if shape == "json" and many else "\n"))
        elif analysis.usable or extra:
            if many:
                name = str(extra.get("id") or ", ".join(analysis.inputs))
                title = f"## {render.code(name)}\n\n" if shape == "markdown" else f"== {render.clean(name)} ==\n"
                stream.write(_encodable(("" if first else "\n") + title))
            stream.write(_encodable(render.markdown(analysis) if shape == "markdown" else render.text(analysis)))
            if words := small_print(analysis):
                stream.write(f"\n{render.code(words) if shape == 'markdown' else render.clean(words)}\n")
        stream.flush()
        first = False
    if shape == "json" and many:
        stream.write("[]\n" if first else "\n]\n")
    return usable


def _input(path: str, stack: contextlib.ExitStack) -> "Input":
    """A path that is known to open; pipes are copied aside, since they can be read only once."""
    from bot.analysis import Input

    try:
        if path == "-":
            return Input("-", _copied(sys.stdin.buffer, stack))
        mode = Path(path).stat().st_mode
        with _open(Path(path)) as stream:
            if not stat.S_ISREG(mode):
                return Input(path, _copied(stream, stack))
    except OSError as error:
        _refuse(f"{path}: {_reason(error)}")
    return Input(path, lambda: _open(Path(path)))


def _copied(stream: BinaryIO, stack: contextlib.ExitStack) -> Any:
    copy = stack.enter_context(tempfile.NamedTemporaryFile(prefix="agnox-"))  # noqa: SIM115
    shutil.copyfileobj(stream, copy)
    copy.flush()
    return lambda: _open(Path(copy.name))


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _encodable(body: str) -> str:
    """Lone surrogates, which a report can hold, cannot be printed."""
    return body.encode("utf-8", "replace").decode("utf-8")


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what[:100]}", nl=False, err=True)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _refuse(message: str) -> Any:
    click.echo(f"agnox: {message}", err=True)
    sys.exit(2)


__all__ = ["command"]
