"""The test report of a pipeline, made of the JUnit XML that its jobs kept (GitLab REST, Pipelines, Test report)."""

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from simulators.gitlab.models import Json
from simulators.gitlab.runs import Job, Pipeline

_COUNTS = ("success", "failed", "skipped", "error")


def test_report(pipeline: Pipeline) -> Json:
    """One suite for each job with JUnit XML; of a file that is none, only the error is told."""
    suites = [suite for job in pipeline.own() if (suite := _suite(job)) is not None]
    return {**_totals(suites), "test_suites": suites}


def archive(job: Job) -> bytes:
    """The artifacts of a job in a zip; empty when it kept none."""
    if not job.reports:
        return b""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in job.reports.items():
            file.writestr(name, content)
    return packed.getvalue()


def _suite(job: Job) -> Json | None:
    cases, error = list[Json](), None
    xml = [content for name, content in job.reports.items() if name.endswith(".xml") and b"<coverage" not in content]
    if not xml:
        return None
    for content in xml:
        try:
            cases += [_case(each, file) for each, file in _elements(content)]
        except ElementTree.ParseError as problem:
            error = f"JUnit XML parsing failed: {problem}"
    counted = {f"{name}_count": sum(case["status"] == name for case in cases) for name in _COUNTS}
    seconds = sum(case["execution_time"] for case in cases)
    return {
        "name": job.name,
        "total_time": seconds,
        "total_count": len(cases),
        **counted,
        "suite_error": error,
        "test_cases": cases,
    }


def _elements(content: bytes) -> Iterator[tuple[ElementTree.Element, str | None]]:
    root = ElementTree.fromstring(content)  # noqa: S314 (what a test gave to its own job)
    for suite in root.iter("testsuite"):
        for case in suite.findall("testcase"):
            yield case, case.get("file") or suite.get("file")


def _case(case: ElementTree.Element, file: str | None) -> Json:
    """GitLab keeps the text of the element that says how it ended, or its message where there is none."""
    marks = {"failed": case.find("failure"), "error": case.find("error"), "skipped": case.find("skipped")}
    status, mark = next(((name, mark) for name, mark in marks.items() if mark is not None), ("success", None))
    said = None if mark is None else ((mark.text or "").strip() or mark.get("message"))
    out = case.findtext("system-err") or case.findtext("system-out")
    return {
        "status": status,
        "name": case.get("name"),
        "classname": case.get("classname"),
        "file": file,
        "execution_time": float(case.get("time") or 0),
        "system_output": said if status != "success" else out,
        "stack_trace": None,
        "recent_failures": None,
        "attachment_url": None,
    }


def _totals(suites: list[Json]) -> Json:
    names = ("total_time", "total_count", *(f"{name}_count" for name in _COUNTS))
    return {name: sum(suite[name] for suite in suites) for name in names}
