import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codeowners import FLAVOURS, LINES, OWNERS, parse_gitea, parse_github, parse_gitlab
from bot.domain.globs import PathGlob, WholeGlob

# The examples of GitHub's own documentation (About code owners, Example of a CODEOWNERS file).
GITHUB = """
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("src/deep/a.js", ("@js-owner",)),
        ("cmd/main.go", ("docs@example.com",)),
        ("notes/a.txt", ("@octo-org/octocats",)),
        ("build/logs/deep/out", ("@octocat",)),
        ("docs/getting-started.md", ("@doctocat",)),
        ("docs/build-app/troubleshooting.md", ("@doctocat",)),
        ("src/docs/a.md", ("@global-owner1", "@global-owner2")),
        ("lib/apps/x/y.rb", ("@octocat",)),
        ("scripts/x.sh", ("@doctocat", "@octocat")),
        ("deeply/nested/logs/x", ("@octocat",)),
        ("apps/web/x.rb", ("@octocat",)),
        ("apps/github", ()),
        ("apps/github/x.rb", ()),
    ],
)
def test_github(path: str, owners: tuple[str, ...]) -> None:
    assert parse_github(GITHUB).of(path) == owners


def test_github_passes_over_what_it_can_not_read() -> None:
    rules = parse_github("* @all\n!*.py @a\n[a-z].py @b\nsrc/ no-owner\nx\\ y.txt @space\n\ufeff\n@only\n")
    assert rules.of("x.py") == ("@all",)
    assert rules.of("src/x") == ("@all",)
    assert rules.of("x y.txt") == ("@space",)


# After GitLab's documentation (Code Owners syntax).
GITLAB = """
* @default
internal/README.md @writer
/docs/*.md @doc
[Database] @dba @group/data
model/db/
config/db/database-setup.md @docs-team
^[Optional][2] @later
*.rb
[DOCUMENTATION]
docs/ @docs
!docs/private/
[Documentation]
README.md @docs @writer
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("x.c", ("@default",)),
        ("deep/internal/README.md", ("@writer", "@docs")),
        ("docs/a.md", ("@doc", "@docs")),
        ("docs/deep/a.md", ("@default", "@docs")),
        ("docs/private/a.txt", ("@default",)),
        ("app/model/db/x.sql", ("@default", "@dba", "@group/data")),
        ("app/config/db/database-setup.md", ("@default", "@docs-team")),
        ("a.rb", ("@default", "@later")),
    ],
)
def test_gitlab(path: str, owners: tuple[str, ...]) -> None:
    assert parse_gitlab(GITLAB).of(path) == owners


GITEA = r"""
.*\.go @gopher @acme/core # a comment
frontend/.+ @web
frontend/src/a\.js @ada ada@example.com nobody
!docs/.* @code
(a|b).txt @group
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("cmd/main.go", ("@gopher", "@acme/core", "@code")),
        ("frontend/src/a.js", ("@web", "@ada", "ada@example.com", "@code")),
        ("frontend/", ("@code",)),
        ("docs/x.md", ()),
        ("a.txt", ("@code",)),
        ("main_go", ("@code",)),
    ],
)
def test_gitea(path: str, owners: tuple[str, ...]) -> None:
    assert parse_gitea(GITEA).of(path) == owners


@pytest.mark.parametrize("flavour", FLAVOURS.values(), ids=FLAVOURS)
@given(text=st.text(alphabet="ab/*?[]!@#\\ \n.^$(|)+é\0", max_size=300), path=st.text(alphabet="ab/.é ", max_size=60))
def test_no_text_is_trouble(flavour, text: str, path: str) -> None:  # type: ignore[no-untyped-def]
    owners = flavour.parse(text).of(path)
    assert len(owners) <= OWNERS
    assert all("@" in owner and not any(char.isspace() for char in owner) for owner in owners)


def test_there_is_an_end_to_what_is_read() -> None:
    rules = parse_github("* @first\n" + "x @x\n" * LINES + "* @last\n" + "y" * 2000 + " @y")
    assert rules.of("z") == ("@first",)
    assert parse_github("* " + " ".join(f"@a{number}" for number in range(100))).of("x") == tuple(
        f"@a{number}" for number in range(OWNERS)
    )


class Counting(str):
    """A text that counts how often a character of it is looked at."""

    __slots__ = ("looks",)

    def __getitem__(self, key):  # type: ignore[no-untyped-def]
        self.looks = getattr(self, "looks", 0) + 1
        return super().__getitem__(key)


@pytest.mark.parametrize("stars", [1, 5, 50, 400])
def test_time_is_at_most_length_times_length(stars: int) -> None:
    """Where a backtracking matcher would try every way to share the text among the stars."""
    glob = WholeGlob.of_expression(".*a" * stars + "b")
    assert glob is not None
    text = Counting("a" * 300)
    assert not glob.matches(text)
    assert text.looks <= 2 * 300 * (2 * stars + 1)


def test_folders_are_matched_without_trying_every_way() -> None:
    glob = PathGlob.of("/" + "**/a/" * 100 + "b")
    assert not glob.matches("a/" * 200 + "c")
    assert glob.matches("a/" * 200 + "b/c")


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*", "a/b", True),
        ("/*", "a", True),
        ("/*", "a/b", False),
        ("a", "x/a/y", True),
        ("/a", "x/a", False),
        ("a/b", "x/a/b", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**", "a/x/y", True),
        ("**/a", "x/y/a", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("*.py", "x/.py", True),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxbyy", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        ("a/", "a", False),
        ("a/", "x/a/b/c", True),
    ],
)
def test_paths(pattern: str, path: str, *, fits: bool) -> None:
    assert PathGlob.of(pattern).matches(path) is fits
