"""What keeps `agnox serve` and `agnox worker` from starting is told in one line."""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import serve, worker


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but a data folder of the test's own, with a database that needs no step."""
    for name in [name for name in os.environ if name.startswith("AGNOX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AGNOX_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir(mode=0o700)
    shutil.copy(migrated, tmp_path / "data/agnox.db")
    (tmp_path / "file").write_text("no key, no folder, no database")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DATABASE_URL": "nonsense"}, "AGNOX_DATABASE_URL: this is no URL of a database"),
        ({"DATABASE_URL": "postgresql://a:b@host:port/c"}, "AGNOX_DATABASE_URL: this is no URL of a database"),
        ({"DATABASE_URL": "mysql://a:secret@host/c"}, "AGNOX_DATABASE_URL: database 'mysql' is not supported"),
        (
            {"DATABASE_URL": "postgresql://a:secret@127.0.0.1:1/c"},
            "the database postgresql+asyncpg://a:***@127.0.0.1:1/c",
        ),
        ({"DATABASE_URL": "sqlite:///file"}, "the database sqlite+aiosqlite:///file can't be used: file is not a data"),
        ({"DATA_DIR": "file"}, "the database sqlite+aiosqlite:///file/agnox.db can't be used: [Errno 17] File exists"),
        ({"REDIS_URL": "localhost:6379"}, "AGNOX_REDIS_URL: expected redis://"),
        ({"PUBLIC_URL": "agnox.acme.test"}, "AGNOX_PUBLIC_URL: expected https://HOST"),
        ({"GITHUB_PRIVATE_KEY": "missing.pem"}, "AGNOX_GITHUB_PRIVATE_KEY: missing.pem can't be read: No such file"),
        ({"GITHUB_PRIVATE_KEY": "file"}, "AGNOX_GITHUB_PRIVATE_KEY: file is not a PEM file"),
        ({"GITHUB_PRIVATE_KEY": "binary"}, "AGNOX_GITHUB_PRIVATE_KEY: binary can't be read: not a PEM file"),
        ({"GITHUB_PRIVATE_KEY": "MIIE" * 400}, "AGNOX_GITHUB_PRIVATE_KEY: it can't be read: File name too long"),
        ({"SECRET_KEYS": "nonsense"}, "key 1 of the key ring is not `id:base64 of 32 bytes`"),
        ({"EXECUTORS": "podman"}, "AGNOX_EXECUTORS names podman; there is only: docker, process"),
        ({"WORKER_JOBS": "0", "JOB_LEASE": "soon"}, "AGNOX_WORKER_JOBS: Input should be greater than or equal to 1; A"),
    ],
)
def test_a_wrong_setting(settings: Mapping[str, str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"AGNOX_{name}", value)
    result = CliRunner().invoke(serve.command, ["--port", "0"])
    assert result.stderr.startswith(f"agnox: {said}")
    assert (result.exit_code, result.stderr.count("\n"), "secret" in result.stderr) == (1, 1, False)


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(serve.command, ["--port", str(port)])
    assert (result.exit_code, result.stderr) == (
        1,
        f"agnox: can't listen on 127.0.0.1, port {port}: address already in use\n",
    )


def test_a_worker_needs_redis() -> None:
    result = CliRunner().invoke(worker.command)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "AGNOX_REDIS_URL is not set" in result.stderr
