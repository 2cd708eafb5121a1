"""The door for results: files go to disk within their limits, and nothing of them stays."""

import gzip
import tempfile
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bot.inbound.uploads import FIELD_LIMIT
from bot.usecases.errors import Invalid
from tests.inbound.conftest import CYCLE, KEY, Behind, client_of, failed, make_app

pytestmark = pytest.mark.anyio

REPORT = b"<testsuite tests='1'><testcase name='a'/></testsuite>"
LIMIT = 10_000


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploads lie while they are taken."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def form(*parts: tuple[str, bytes], boundary: str = "b") -> dict[str, Any]:
    """Gives the request of a form written by hand; a part is its headers and its content."""
    body = b"".join(b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary.encode(), h.encode(), c) for h, c in parts)
    return {
        "content": body + b"--%b--\r\n" % boundary.encode(),
        "headers": {"content-type": f"multipart/form-data; boundary={boundary}"},
    }


def part(name: str, filename: str | None = None, *more: str) -> str:
    given = "" if filename is None else f'; filename="{filename}"'
    return "\r\n".join([f'Content-Disposition: form-data; name="{name}"{given}', *more])


async def test_reports_logs_and_context_are_taken(client: httpx2.AsyncClient, behind: Behind, spool: Path) -> None:
    packed = gzip.compress(b"a log")
    response = await client.post(
        "/api/results",
        data={
            "context": '{"source": "jenkins", "scm": "github", "prNumber": "42/merge"}',
            "projectId": "p",
            "suite": "e2e",
        },
        files=[
            ("report", ("target/surefire/TEST-a.xml", REPORT)),
            ("report", ("b.xml", b"")),
            ("log", ("build.log.gz", packed)),
        ],
    )
    assert response.status_code == 202
    assert response.json()["data"] == {"cycleId": CYCLE, "taskId": "02" * 16, "status": "ANALYZING"}
    ((context, files, project, suite),) = behind.results
    assert context is not None and (context.source, context.pr_number) == ("jenkins", 42)
    assert (project, suite) == ("p", "e2e")
    assert files == [
        ("report", "target/surefire/TEST-a.xml", REPORT),
        ("report", "b.xml", b""),
        ("log", "build.log.gz", packed),
    ]
    assert list(spool.iterdir()) == []


async def test_a_part_is_a_file_or_a_field_by_its_name(client: httpx2.AsyncClient, behind: Behind) -> None:
    request = form(
        (part("report"), REPORT),
        (part("log", "x", "Content-Encoding: gzip"), b"\x1f\x8b"),
        (part("context", "context.json"), b'{"source": "local"}'),
        (part("colour"), b"blue"),
    )
    assert (await client.post("/api/results", **request)).status_code == 202
    ((context, files, project, suite),) = behind.results
    assert context is not None and context.source == "local"
    assert files == [("report", "report", REPORT), ("log", "x.gz", b"\x1f\x8b")]
    assert (project, suite) == (None, "")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/abs/olute.xml", "abs/olute.xml"),
        ("a\x01b\x7f.xml", "ab.xml"),
        ("..", "report"),
        ("x" * 300, "x" * 200),
        ("prüfung.xml", "prüfung.xml"),
    ],
)
async def test_names_are_only_words(given: str, name: str, client: httpx2.AsyncClient, behind: Behind) -> None:
    await client.post("/api/results", **form((part("report", given), REPORT)))
    assert [file[1] for file in behind.results[0][1]] == [name]


async def test_a_file_over_its_limit_is_named_with_the_way_out(
    client: httpx2.AsyncClient, behind: Behind, spool: Path
) -> None:
    just = await client.post("/api/results", files={"log": ("fits.log", b"x" * LIMIT)})
    assert just.status_code == 202
    over = {"log": ("long.log", b"x" * (LIMIT + 1))}
    message = failed(await client.post("/api/results", files=over), 413)["message"]
    assert "'long.log'" in message and "10000 bytes" in message and "AGNOX_UPLOAD_LIMIT" in message
    assert len(behind.results) == 1 and list(spool.iterdir()) == []


@pytest.mark.parametrize("announced", [True, False])
async def test_a_form_over_its_limit_is_refused(
    announced: bool, client: httpx2.AsyncClient, behind: Behind, spool: Path
) -> None:
    request = form(*((part("log", f"{n}.log"), b"x" * LIMIT) for n in range(5)))
    if not announced:
        content = request["content"]

        async def chunks() -> Any:
            for start in range(0, len(content), 1000):
                yield content[start : start + 1000]

        request["content"] = chunks()
    assert "40000 bytes" in failed(await client.post("/api/results", **request), 413)["message"]
    assert behind.results == [] and list(spool.iterdir()) == []


async def test_more_parts_than_allowed_are_refused(client: httpx2.AsyncClient) -> None:
    request = form(*((part("report", f"{n}.xml"), b"") for n in range(201)))
    assert "200 parts" in failed(await client.post("/api/results", **request), 413)["message"]


async def test_a_field_over_its_limit_is_refused(behind: Behind) -> None:
    async with client_of(make_app(behind, upload_limit=1_000_000), {"x-api-key": KEY}) as client:
        request = form((part("suite"), b"x" * (FIELD_LIMIT + 1)), (part("report"), REPORT))
        assert "suite" in failed(await client.post("/api/results", **request), 413)["message"]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([(part("context"), b'{"source": "local"}')], "report or log"),
        ([(part("reprot", "a.xml"), REPORT)], "'reprot'"),
        ([(part("report"), REPORT), (part("context"), b"{")], "context is not JSON"),
        ([(part("report"), REPORT), (part("context"), b"[]")], "context must be a JSON object"),
        ([(part("report"), REPORT), (part("context"), b'{"source": 1}')], "context.source"),
        ([(part("report"), REPORT), (part("context"), b'{"source": "local", "prNumber": "x"}')], "context.prNumber"),
        ([(part("report"), REPORT), (part("suite"), b"a\0b")], "U+0000"),
        ([("X-Nothing: 1", REPORT)], "no name"),
    ],
)
async def test_a_wrong_form_is_told_what_is_wrong(
    parts: list[tuple[str, bytes]], told: str, client: httpx2.AsyncClient, behind: Behind, spool: Path
) -> None:
    assert told in failed(await client.post("/api/results", **form(*parts)), 400)["message"]
    assert behind.results == [] and list(spool.iterdir()) == []


@pytest.mark.parametrize("cut", [1, 3, 6, 20, 60, 100])
async def test_a_form_without_its_end_is_refused(
    cut: int, client: httpx2.AsyncClient, behind: Behind, spool: Path
) -> None:
    request = form((part("report", "a.xml"), REPORT))
    request["content"] = request["content"][: -cut - 2]
    failed(await client.post("/api/results", **request), 400)
    assert behind.results == [] and list(spool.iterdir()) == []


async def test_bytes_that_are_no_form_are_malformed(client: httpx2.AsyncClient) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = failed(await client.post("/api/results", content=b"hello", headers=headers), 400)
    assert "malformed" in answer["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        {"content-type": "multipart/form-data"},
        {"content-type": "multipart/form-data; boundary=b", "content-encoding": "gzip"},
    ],
)
async def test_only_plain_forms_are_taken(headers: dict[str, str], client: httpx2.AsyncClient) -> None:
    failed(await client.post("/api/results", content=b"--b--\r\n", headers=headers), 415)


async def test_nothing_stays_when_the_use_case_refuses(client: httpx2.AsyncClient, behind: Behind, spool: Path) -> None:
    behind.error = Invalid("report 'a.xml' can't be taken: its gzip data is broken")
    failed(await client.post("/api/results", files={"report": ("a.xml", REPORT)}), 400)
    assert list(spool.iterdir()) == []
