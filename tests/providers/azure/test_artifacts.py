"""Reports that a build kept as artifacts, read where it published no test results."""

from pathlib import Path

import httpx2
import pytest

from providers.azure import AzureDevOpsHost
from providers.errors import RateLimited
from providers.fetching.basket import PassingNote
from providers.interface import Connection
from providers.runs import Fetched, FetchLimits, FileKind, Reading
from simulators.azure.models import Build
from simulators.azure.signed import HOST
from simulators.faults import Fault
from simulators.stage import SimJob
from tests.providers.azure.test_run_files import JSON, JUNIT
from tests.providers.benches.azure import SERVICES, AzureBench, Detour, organizations

pytestmark = pytest.mark.anyio

TRX = b'<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"/>'
KINDS = ("Container", "PipelineArtifact")


def built(bench: AzureBench, *, published: bool = False) -> Build:
    build = bench.simulator.add_build(bench.request)
    bench.simulator.start_build(build)
    bench.simulator.run_jobs(build, [SimJob("unit", "failed", "no", {"junit.xml": JUNIT} if published else {})])
    return build


async def fetched(bench: AzureBench, build: Build, folder: Path, **limits: int) -> Fetched:
    run = await bench.provider.get_run(bench.repository, str(build.id))
    return await bench.provider.fetch_run(bench.repository, run, folder, Reading.FAILED, FetchLimits(**limits))


def reports(found: Fetched) -> dict[str, bytes]:
    return {file.name: file.path.read_bytes() for file in found.files if file.kind is FileKind.REPORT}


@pytest.mark.parametrize("kind", KINDS)
async def test_reports_are_read_out_of_artifacts(collection: AzureBench, tmp_path: Path, kind: str) -> None:
    build = built(collection)
    files = {"a/junit.xml": JUNIT, "b/unit.trx": TRX, "c/console.log": b"said", "d/coverage.xml": b"<c/>"}
    collection.simulator.keep_artifact(build, "TestResults", files, kind=kind)
    found = await fetched(collection, build, tmp_path)
    assert reports(found) == {"TestResults/a/junit.xml": JUNIT, "TestResults/b/unit.trx": TRX}
    logs = [file.name for file in found.files if file.kind is FileKind.LOG]
    assert logs == ["unit, Run tests.log", "TestResults/c/console.log"]
    assert found.notes == ()
    # The archive itself is gone.
    assert len(list(tmp_path.iterdir())) == len(found.files)


async def test_where_results_were_published_no_artifact_is_asked_for(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure, published=True)
    azure.simulator.keep_artifact(build, "TestResults", {"junit.xml": JUNIT}, kind="Container")
    assert list(reports(await fetched(azure, build, tmp_path))) == ["azure-test-results.json"]
    assert not [call.path for call in azure.simulator.calls if call.path.endswith("/artifacts")]


async def test_they_are_asked_for_where_the_runs_are_empty_or_not_to_be_seen(
    collection: AzureBench, tmp_path: Path
) -> None:
    build = built(collection, published=True)
    collection.simulator.keep_artifact(build, "junit", {"junit.xml": JUNIT}, kind="Container")
    for run in collection.simulator.state.test_runs.values():
        run.results = []
    assert list(reports(await fetched(collection, build, tmp_path))) == ["junit/junit.xml"]
    token = collection.simulator.token_for(collection.bot, scopes=["vso.code", "vso.build"])
    reader = collection.host.connect(Connection(credential=token, base_url=collection.url))
    run_ = await reader.get_run(collection.repository, str(build.id))
    folder = tmp_path / "again"
    folder.mkdir()
    found = await reader.fetch_run(collection.repository, run_, folder, Reading.FAILED, FetchLimits())
    assert list(reports(found)) == ["junit/junit.xml"]
    assert [note.partition(":")[0] for note in found.notes] == ["The test results of the build could not be had"]


async def test_no_token_goes_to_where_pipeline_artifacts_lie(azure: AzureBench, tmp_path: Path) -> None:
    build = built(azure)
    kept = azure.simulator.keep_artifact(build, "TestResults", {"junit.xml": JUNIT})
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, content=kept.content, headers={"content-type": "application/zip"})

    routes = {start: Detour(organizations().address, []) for start in (SERVICES,)}
    host = AzureDevOpsHost({}, now=azure.moment, routes=routes, transport=httpx2.MockTransport(answer))
    provider = host.connect(azure.connection)
    run = await provider.get_run(azure.repository, str(build.id))
    found = await provider.fetch_run(azure.repository, run, tmp_path, Reading.FAILED, FetchLimits())
    await host.aclose()
    assert list(reports(found)) == ["TestResults/junit.xml"]
    (request,) = asked
    assert str(request.url).startswith(f"{HOST}/")
    assert azure.token not in "".join(request.headers.values())
    assert "authorization" not in request.headers


async def test_an_archive_over_the_limit_is_left_out(collection: AzureBench, tmp_path: Path) -> None:
    build = built(collection)
    noise = bytes(range(256)) * 4_000
    collection.simulator.keep_artifact(build, "TestResults", {"junit.xml": JUNIT, "x.bin": noise}, kind="Container")
    found = await fetched(collection, build, tmp_path, total=500_000)
    assert reports(found) == {}
    assert ["TestResults is left out" in note and "over the limit" in note for note in found.notes] == [True]


@pytest.mark.parametrize("kind", KINDS)
async def test_one_that_is_larger_than_it_was_said_is_cut_off(
    collection: AzureBench, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = built(collection)
    kept = collection.simulator.keep_artifact(build, "tests", {"x.bin": bytes(range(256)) * 4_000}, kind=kind)
    monkeypatch.setattr("providers.azure.artifacts._size", lambda item: 7)
    found = await fetched(collection, build, tmp_path, total=len(kept.content) // 2)
    assert ["artifact tests could not be had: more than" in note for note in found.notes] == [True]
    assert len(list(tmp_path.iterdir())) == len(found.files)


async def test_large_ones_of_other_names_and_other_things_are_not_looked_into(
    collection: AzureBench, tmp_path: Path
) -> None:
    build = built(collection)
    for name in ("drop", "coverage", "binaries"):
        collection.simulator.keep_artifact(build, name, {f"{name}.xml": JUNIT}, kind="Container")
    found = await fetched(collection, build, tmp_path)
    assert list(reports(found)) == ["drop/drop.xml"]


async def test_one_on_a_file_share_is_a_note(collection: AzureBench, tmp_path: Path) -> None:
    build = built(collection)
    collection.simulator.keep_artifact(build, "tests", {"junit.xml": JUNIT}, kind="FilePath")
    assert (await fetched(collection, build, tmp_path)).notes == (
        "The artifact tests is left out: it is not kept by Azure DevOps",
    )


@pytest.mark.parametrize(
    ("path", "skip", "kind"),
    # The list comes first at the same address.
    [("/builds/\\d+/artifacts$", 1, "Container"), ("/runs/\\d+/artifacts$", 0, "PipelineArtifact")],
)
async def test_what_is_away_is_a_note_that_may_pass(
    collection: AzureBench, tmp_path: Path, path: str, skip: int, kind: str
) -> None:
    build = built(collection)
    collection.simulator.keep_artifact(build, "tests", {"junit.xml": JUNIT}, kind=kind)
    collection.fault(Fault(path=path, skip=skip, status=503, headers=JSON, body=b'{"message":"away"}'))
    (note,) = (await fetched(collection, build, tmp_path)).notes
    assert isinstance(note, PassingNote)
    assert "artifact tests could not be had" in note


@pytest.mark.parametrize("part", ["/builds/\\d+/artifacts$", "/runs/\\d+/artifacts$"])
async def test_a_limit_is_waited_for(collection: AzureBench, tmp_path: Path, part: str) -> None:
    build = built(collection)
    collection.simulator.keep_artifact(build, "tests", {"junit.xml": JUNIT})
    collection.fault(Fault(path=part, status=429, headers={"retry-after": "30"}))
    with pytest.raises(RateLimited):
        await fetched(collection, build, tmp_path)


async def test_the_sign_in_page_is_no_artifact_and_ends_nothing(collection: AzureBench, tmp_path: Path) -> None:
    build = built(collection)
    collection.simulator.keep_artifact(build, "tests", {"junit.xml": JUNIT}, kind="Container")
    page = {"content-type": "text/html"}
    collection.fault(Fault(path="/builds/\\d+/artifacts$", skip=1, status=203, headers=page, body=b"<p>Sign in</p>"))
    found = await fetched(collection, build, tmp_path)
    assert ["artifact tests could not be had" in note for note in found.notes] == [True]


@pytest.mark.parametrize("body", [b"{}", b'{"name":"tests","signedContent":{"url":"http://elsewhere.example/x"}}'])
async def test_an_address_that_is_none_or_not_safe_is_not_followed(
    collection: AzureBench, tmp_path: Path, body: bytes
) -> None:
    build = built(collection)
    collection.simulator.keep_artifact(build, "tests", {"junit.xml": JUNIT})
    collection.fault(Fault(path="/runs/\\d+/artifacts$", status=200, headers=JSON, body=body))
    found = await fetched(collection, build, tmp_path)
    assert ["artifact tests could not be had" in note for note in found.notes] == [True]


async def test_what_is_no_zip_is_a_note(collection: AzureBench, tmp_path: Path) -> None:
    build = built(collection)
    collection.simulator.keep_artifact(build, "tests", {"junit.xml": JUNIT}, kind="Container")
    octets = {"content-type": "application/octet-stream"}
    collection.fault(Fault(path="/builds/\\d+/artifacts$", skip=1, status=200, headers=octets, body=b"no zip"))
    found = await fetched(collection, build, tmp_path)
    assert [note.startswith("In the artifact tests: the archive can't be read") for note in found.notes] == [True]
