"""What the guides say stands: links lead somewhere, and the form of the GitHub App is filled as app.yml fills it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
GUIDES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
MANIFEST: Mapping[str, Any] = yaml.safe_load((ROOT / "app.yml").read_text(encoding="utf-8"))
_CODE = re.compile(r"(?ms)^```.*?^```$|`[^`\n]*`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_LEVELS: Mapping[str, str] = {"read-only": "read", "read and write": "write"}


def _anchors(page: Path) -> set[str]:
    """The places of a page as GitHub and GitLab name them: lower case, no punctuation, spaces as dashes."""
    headings = re.findall(r"(?m)^#+ (.+)$", re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_links_lead_somewhere(guide: Path) -> None:
    links = _LINK.findall(_CODE.sub("", guide.read_text(encoding="utf-8")))
    for link in links:
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, place = link.partition("#")
        page = (guide.parent / path).resolve() if path else guide
        assert page.is_relative_to(ROOT) and page.exists(), link
        assert not place or place in _anchors(page), link


def _row(name: str) -> str:
    guide = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"(?m)^\| {name} \| (.+) \|$", guide)
    return str(row)


def _key(label: str) -> str:
    """A label of GitHub's form as manifests write it."""
    return {"commit statuses": "statuses"}.get(label.lower(), label.lower().replace(" ", "_"))


def test_the_form_of_the_app_is_filled_as_the_manifest_is() -> None:
    granted = re.findall(r"\*\*([^*]+)\*\*: ([a-z -]+)", _row("Repository permissions"))
    assert {_key(name): _LEVELS[level.strip()] for name, level in granted} == MANIFEST["default_permissions"]
    events = re.findall(r"\*\*([^*]+)\*\*", _row("Subscribe to events"))
    assert sorted(map(_key, events)) == sorted(MANIFEST["default_events"])
