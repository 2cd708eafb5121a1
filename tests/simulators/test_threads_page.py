"""The shared page on a host that has threads and its own words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.testclient import TestClient

from simulators.diff import Annotation, FileDiff
from simulators.page import (
    Button,
    Check,
    Look,
    NotThere,
    Person,
    PullLine,
    PullPage,
    Remark,
    Thread,
    Webhook,
    page_routes,
)

PAGE = "/acme/shop/-/merge_requests/7"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MONA, BOT = Person("mona", "Mona"), Person("agnox", "Agnox", 3, bot=True)


class Host:
    """One merge request; remembers what was done."""

    look = Look(
        name="Lab", address="/{project:path}/-/merge_requests/{number:int}", pull="merge request", sign="!", check="job"
    )

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.threads: Sequence[Thread] = ()
        self.checks: Sequence[Check] = ()

    def pulls(self) -> Sequence[PullLine]:
        line = PullLine(url=PAGE, project="acme/shop", number=7, title="<T>", author=MONA, state="Opened", tone="open")
        return [line]

    def show(self, place: Mapping[str, Any], viewer: str) -> PullPage:
        if place != {"project": "acme/shop", "number": 7}:
            raise NotThere
        return PullPage(
            project="acme/shop",
            number=7,
            title="<T>",
            author=MONA,
            state="Opened",
            tone="open",
            opened_at=NOON,
            head="feature",
            base="main",
            sha="a" * 40,
            commits=1,
            viewer=BOT if viewer == "agnox" else MONA,
            people=[MONA, BOT],
            threads=self.threads,
            checks=self.checks,
            files=[FileDiff("new.py", "@@ -1 +1 @@\n-a\n+b", "old.py"), FileDiff("image.png")],
            webhook=Webhook("Note Hook", 0),
            webhook_url="http://127.0.0.1/hook",
        )

    def comment(self, place: Mapping[str, Any], viewer: str, body: str, thread: str | None) -> None:
        self.done.append((place["number"], viewer, body, thread))

    def press(self, place: Mapping[str, Any], viewer: str, target: str, button: str) -> None:
        if target != "t1":
            raise NotThere
        self.done.append((place["number"], viewer, target, button))


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def client(host: Host) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=page_routes(host))) as client:
        yield client


def remark(number: str, body: str, **more: Any) -> Remark:
    return Remark(id=number, author=BOT, body=Markup(body), at=NOON, **more)


def test_hosts_own_words(client: TestClient) -> None:
    index, page = client.get("/").text, client.get(PAGE).text
    assert "<h1>Merge requests</h1>" in index
    assert f'<a href="{PAGE}"><strong>&lt;T&gt;</strong></a>' in index
    assert "Simulated Lab" in page
    assert "!7" in page
    assert "Jobs <code" in page
    assert "old.py → new.py" in page
    assert "The diff of this file is not shown." in page
    assert "Last webhook: Note Hook, answered nothing yet." in page


def test_threads_show_status_place_and_replies(host: Host, client: TestClient) -> None:
    resolve = Button("resolve", "Resolve thread")
    first = [remark("note_1", "<b>one</b>", reactions={"👀": 2}), remark("note_2", "two", edited=True)]
    host.threads = [
        Thread(id="t1", remarks=first, status="Active", anchor="new.py, line 1", replies=True, buttons=[resolve]),
        Thread(id="t2", remarks=[remark("note_3", "three", label="system")], status="Resolved", settled=True),
    ]
    page = client.get(f"{PAGE}?as=agnox").text
    one, other = page[page.index('id="thread-t1"') : page.index('id="thread-t2"')], page[page.index('id="thread-t2"') :]
    assert one.index("Active") < one.index("new.py, line 1") < one.index("<b>one</b>") < one.index("two")
    assert "👀 2" in one
    assert "edited" in one
    assert f'action="{PAGE}/press/t1?as=agnox"' in one
    assert '<input type="hidden" name="thread" value="t1">' in one
    assert other.index('<details class="settled">') < other.index('<span class="label">system</span>')
    assert "Reply" not in other
    assert '<option value="agnox" selected>' in page


def test_deeds_reach_the_host(host: Host, client: TestClient) -> None:
    answer = client.post(f"{PAGE}/comments?as=agnox", data={"as": "agnox", "body": "a\r\nb"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?as=agnox")
    client.post(f"{PAGE}/comments", data={"as": "mona", "body": "reply", "thread": "t1"})
    client.post(f"{PAGE}/press/t1", data={"as": "mona", "button": "resolve"})
    assert client.post(f"{PAGE}/comments", data={"as": "mona", "body": " "}, follow_redirects=False).status_code == 303
    assert host.done == [(7, "agnox", "a\nb", None), (7, "mona", "reply", "t1"), (7, "mona", "t1", "resolve")]


def test_what_is_not_there(client: TestClient) -> None:
    assert client.get("/acme/other/-/merge_requests/7").status_code == 404
    assert client.get("/acme/shop/-/merge_requests/x").status_code == 404
    assert client.post(f"{PAGE}/press/t9", data={}).status_code == 404


def test_texts_are_escaped_and_annotations_placed(host: Host, client: TestClient) -> None:
    notes = [Annotation("new.py", 1, 1, "failure", "<here>"), Annotation("gone.py", 2, 3, "notice", "there")]
    host.checks = [
        Check(id="job-1", name="<unit>", state="failed", mark="failure", annotations=notes),
        Check(id="job-2", name="lint", state="passed", mark="success", url="https://example.com/1", folds=False),
    ]
    page = client.get(PAGE).text
    assert '<details class="check" id="job-1" open>' in page
    assert "&lt;unit&gt;" in page
    assert "This job says nothing more." in page
    assert page.index("lint") < page.index("https://example.com/1") < page.index("&lt;here&gt;")
    assert page.index("Annotations outside the diff") < page.index("gone.py, lines 2 to 3")
