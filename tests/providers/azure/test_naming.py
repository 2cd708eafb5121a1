"""The names of organizations and repositories that CIs, people and git use."""

import pytest

from providers.azure import AzureDevOpsHost
from providers.azure.naming import Place, place, read_organization
from providers.errors import NotFound
from providers.interface import Connection
from providers.values import Repository

HOST = AzureDevOpsHost({})
ACME = "https://dev.azure.com/acme"
OLD = "https://acme.visualstudio.com"
SERVER = "https://tfs.acme.com/tfs/DefaultCollection"
ONE, TWO = "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c", "4bc14d40-c903-45e2-872e-0462c7748079"
SHOP = Repository("", "My Shop/web")


@pytest.mark.parametrize(
    ("named", "base_url", "found"),
    [
        (TWO, ACME, Repository(TWO, "")),
        (f"{ONE}/{TWO.upper()}", "", Repository(f"{ONE}/{TWO}", "")),
        ("My Shop/web", "", SHOP),
        ("My%20Shop/web/", ACME, SHOP),
        ("My Shop/_git/web", ACME, SHOP),
        ("acme/My Shop/_git/web", ACME, SHOP),
        ("_git/web", ACME, Repository("", "web/web")),
        ("https://dev.azure.com/acme/My%20Shop/_git/web", "", SHOP),
        ("https://dev.azure.com/ACME/My%20Shop/_git/web", ACME, SHOP),
        ("https://acme@dev.azure.com/acme/My%20Shop/_git/web", ACME, SHOP),
        ("https://dev.azure.com/acme/_git/web", ACME, Repository("", "web/web")),
        ("https://dev.azure.com/acme/My%20Shop/_git/web/pullrequest/7", ACME, SHOP),
        ("https://dev.azure.com/acme/My%20Shop/_git/_full/web", ACME, SHOP),
        (f"https://dev.azure.com/acme/{ONE}/_git/{TWO}", ACME, Repository(f"{ONE}/{TWO}", "")),
        ("https://dev.azure.com/acme/My%20Shop/_git/web", OLD, SHOP),
        ("https://acme.visualstudio.com/My%20Shop/_git/web", ACME, SHOP),
        ("https://acme.visualstudio.com/DefaultCollection/My%20Shop/_git/web", OLD, SHOP),
        ("https://acme.visualstudio.com/_git/web", OLD, Repository("", "web/web")),
        ("https://acme.visualstudio.com/DefaultCollection/_git/web", "", Repository("", "web/web")),
        ("git@ssh.dev.azure.com:v3/acme/My%20Shop/web", ACME, SHOP),
        ("ssh://git@ssh.dev.azure.com/v3/acme/My%20Shop/web", ACME, SHOP),
        ("acme@vs-ssh.visualstudio.com:v3/acme/My%20Shop/web", OLD, SHOP),
        ("ssh://acme@acme.visualstudio.com:22/My%20Shop/_ssh/web", OLD, SHOP),
        ("https://tfs.acme.com/tfs/DefaultCollection/My%20Shop/_git/web", SERVER, SHOP),
        ("https://tfs.acme.com/tfs/defaultcollection/_git/web", SERVER, Repository("", "web/web")),
        ("ssh://tfs.acme.com:22/tfs/DefaultCollection/My%20Shop/_git/web", SERVER, SHOP),
        ("https://tfs.acme.com/tfs/DefaultCollection/My%20Shop/_git/web", "", SHOP),
        ("web", ACME, Repository("", "web")),
    ],
)
def test_forms_of_a_repository(named: str, base_url: str, found: Repository) -> None:
    assert HOST.read_repository(named, base_url) == found


@pytest.mark.parametrize(
    ("named", "base_url"),
    [
        ("", ""),
        ("a/b/c", ACME),
        ("../web", ACME),
        ("My Shop/..", ACME),
        ("https://github.com/acme/web", ACME),
        ("https://dev.azure.com/acme", ACME),
        ("https://dev.azure.com/acme/Shop", ACME),
        ("https://dev.azure.com/acme/a/b/_git/web", ACME),
        ("https://dev.azure.com/other/Shop/_git/web", ACME),
        ("https://other.visualstudio.com/Shop/_git/web", ACME),
        ("git@ssh.dev.azure.com:v3/other/Shop/web", ACME),
        ("git@ssh.dev.azure.com:v3/acme/web", ACME),
        ("other/Shop/_git/web", ACME),
        ("https://dev.azure.com/acme/Shop/_git/web", SERVER),
        ("https://tfs.acme.com/tfs/Other/Shop/_git/web", SERVER),
        ("https://tfs.acme.com/tfs/DefaultCollection2/Shop/_git/web", SERVER),
        ("https://elsewhere.com/tfs/DefaultCollection/Shop/_git/web", SERVER),
        ("https://tfs.acme.com/tfs/DefaultCollection/Shop/_git/web", ACME),
        ("https://tfs.acme.com/tfs/DefaultCollection/a/Shop/_git/web", SERVER),
    ],
)
def test_what_is_no_repository_here(named: str, base_url: str) -> None:
    with pytest.raises(ValueError, match=r"no repository|is not in"):
        HOST.read_repository(named, base_url)


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        (ACME, "acme"),
        ("https://dev.azure.com/ACME/", "acme"),
        (OLD, "acme"),
        ("https://Acme.visualstudio.com/DefaultCollection/", "acme"),
        (SERVER, ""),
        ("http://localhost:8080/acme", ""),
    ],
)
def test_forms_of_an_organization(base_url: str, name: str) -> None:
    assert read_organization(base_url).name == name
    assert HOST.connect(Connection(credential="token", base_url=base_url)).name == "azure"


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        " ",
        "acme",
        "https://dev.azure.com",
        "https://dev.azure.com/",
        "https://dev.azure.com/acme/Shop",
        "https://acme.visualstudio.com/Shop",
        "https://tfs.acme.com",
        "ftp://tfs.acme.com/tfs/DefaultCollection",
        "https://me@tfs.acme.com/tfs/DefaultCollection",
        "https://tfs.acme.com/tfs/DefaultCollection?x=1",
        "https://[tfs/DefaultCollection",
        "https://tfs.acme.com:port/tfs",
    ],
)
def test_what_is_no_organization(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"https://dev\.azure\.com/ORGANIZATION"):
        HOST.connect(Connection(credential="token", base_url=base_url))


def test_only_hosts_of_the_organization_may_be_called() -> None:
    assert set(read_organization(SERVER).origins) == {SERVER}
    assert set(read_organization(ACME).origins) == {
        ACME,
        "https://dev.azure.com",
        "https://vssps.dev.azure.com",
        "https://acme.visualstudio.com",
        "https://acme.vssps.visualstudio.com",
    }


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        (Connection(base_url=ACME), "needs a personal access token"),
        (Connection(installation="1", credential="x", base_url=ACME), "no installations"),
        (Connection(credential="two words", base_url=ACME), "no token"),
        (
            Connection(credential='{"kind":"oauth","client_id":"a","refresh_token":"b"}', base_url=ACME),
            "service principal",
        ),
        (
            Connection(
                credential='{"kind":"service-principal","tenant_id":"t","client_id":"c","client_secret":"s"}',
                base_url=SERVER,
            ),
            "Services only",
        ),
    ],
)
def test_connections_that_lack_something(connection: Connection, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        HOST.connect(connection)


@pytest.mark.parametrize(("name", "value"), [("thread_done", "wontFix"), ("permission", "everybody")])
def test_options_that_are_none(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        AzureDevOpsHost({name: value})


@pytest.mark.parametrize(
    ("repository", "found"),
    [
        (Repository(f"{ONE}/{TWO}", "Old/name"), Place(ONE, TWO)),
        (Repository(TWO, ""), Place(None, TWO)),
        (Repository("", "My Shop/web"), Place("My Shop", "web")),
        (Repository("7", "My Shop/web"), Place("My Shop", "web")),
    ],
)
def test_a_repository_is_asked_for_by_its_id_if_it_has_one(repository: Repository, found: Place) -> None:
    assert place(repository) == found


@pytest.mark.parametrize("path", ["", "web", "a/b/c", "../web", "Shop/..", "/web", "Shop/"])
def test_what_would_be_another_address(path: str) -> None:
    with pytest.raises(NotFound):
        place(Repository("", path))


def test_the_web_process_loads_no_sdk() -> None:
    import subprocess
    import sys

    code = "import sys, providers.azure; providers.azure.AzureDevOpsHost({}); print('azure.devops' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
