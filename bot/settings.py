"""The configuration, read once from `AGNOX_*` variables or a `.env` file."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.labels import read_labels
from bot.node.docker.options import Pull

MEGABYTE = 1_000_000


def _from_seconds(value: object) -> object:
    return float(value) if isinstance(value, str) and value.replace(".", "", 1).isdecimal() else value


Seconds = Annotated[timedelta, BeforeValidator(_from_seconds)]


class Settings(BaseSettings):
    """Every setting of the bot but those of the git hosts; each field is the variable `AGNOX_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="AGNOX_", env_file=".env", extra="ignore", hide_input_in_errors=True, populate_by_name=True
    )

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("agnox"),
        description="Folder of the embedded database and of the secret key made at first start.",
    )
    database_url: str = Field(
        default="", description="sqlite:// or postgresql:// URL; default: a SQLite file in the data folder."
    )
    redis_url: str = Field(default="", description="Redis for arq; empty: jobs run inside `agnox serve`.")
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="Where people reach this server; stands in links."
    )
    secret_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Key ring of the vault, newest first, comma separated `id:base64 of 32 bytes`. "
        "Empty on an embedded instance: made at first start in the data folder.",
    )
    executors: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="What testing nodes may use to run tests, comma separated: docker, process. Empty: nothing.",
    )
    labels: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="What this testing node has, comma separated: it alone takes the tests that want it.",
    )
    execution_limit: Seconds = Field(
        default=timedelta(minutes=30), description="Longest run of one execution, in seconds."
    )
    log_limit: int = Field(
        default=20 * MEGABYTE, description="Bytes of an execution's log that are kept: its start and its end."
    )
    upload_limit: int = Field(default=100 * MEGABYTE, description="Largest report or log that is accepted, in bytes.")
    session_silence: Seconds = Field(
        default=timedelta(minutes=10),
        ge=timedelta(seconds=30),
        description="Seconds after which a streamed test run of which nothing is heard ends as it is.",
    )
    line_remarks: int = Field(
        default=0,
        ge=0,
        le=50,
        description="Findings that are put on the lines of a pull request's diff, where its host's checks "
        "can't carry them: each is a thread of its own, and notifies people. 0: none.",
    )
    worker_jobs: int = Field(default=10, ge=1, description="Jobs that one worker runs at a time.")
    test_jobs: int = Field(default=2, ge=1, description="Test runs that one testing node does at a time.")
    organization_jobs: int = Field(
        default=5, ge=1, description="Jobs of one organization that run at a time in one worker."
    )
    organization_tests: int = Field(
        default=10, ge=1, description="Test runs of one organization at a time, on all testing nodes together."
    )
    job_lease: Seconds = Field(
        default=timedelta(seconds=30),
        description="Seconds after which a silent worker is taken for dead and its jobs come back.",
    )

    docker_host: str = Field(
        default="",
        description="The container engine's address, as unix:///run/podman/podman.sock. "
        "Empty: DOCKER_HOST, or Docker's own socket.",
    )
    docker_image: str = Field(default="", description="The image for tests that name none.")
    docker_images: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="Images that tests may run in, patterns with `*`, comma separated. Empty: any.",
    )
    docker_pull: Pull = Field(
        default=Pull.MISSING, description="When images are fetched: always, missing (where it is not there) or never."
    )
    docker_network: str = Field(
        default="bridge", description="The containers' network: none, bridge, or one that was made for them."
    )
    docker_env: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="Variables of the worker that containers get too, as HTTPS_PROXY, comma separated.",
    )
    docker_user: str = Field(
        default="1000:1000", description="User and group inside the containers. Empty: what the image says."
    )
    docker_memory: int = Field(
        default=2_000 * MEGABYTE, ge=16 * MEGABYTE, description="Memory of one container, in bytes; it gets no swap."
    )
    docker_cpus: float = Field(default=2.0, gt=0, description="Processors of one container.")
    docker_pids: int = Field(default=2_048, ge=16, description="Processes and threads of one container.")
    docker_read_only: bool = Field(
        default=False, description="Whether containers may write below /agnox and /tmp only."
    )

    llm_provider: Literal["", "openai", "anthropic"] = Field(
        default="", description="Whose way of speaking the instance's language model has: openai or anthropic."
    )
    llm_model: str = Field(default="", description="Its name, as its provider writes it.")
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="Its key. Empty: the instance has no model.")
    llm_base_url: str = Field(
        default="", description="Its address where it is not the provider's own, as `https://HOST/v1`."
    )
    llm_shared: bool = Field(
        default=False,
        description="Whether organizations without a model of their own are answered by the instance's: "
        "their distilled logs go there, and the operator pays.",
    )
    llm_budget_tokens: int = Field(
        default=200_000,
        ge=0,
        description="Tokens of the shared model that each organization may take a day; 0: no limit.",
    )
    llm_budget_money: Decimal = Field(
        default=Decimal(0), ge=0, description="The same in money, in the currency of the prices; 0: no limit."
    )
    llm_price_input: Decimal = Field(default=Decimal(0), ge=0, description="Price of a million tokens that it reads.")
    llm_price_output: Decimal = Field(default=Decimal(0), ge=0, description="Price of a million tokens that it writes.")
    llm_timeout: Seconds = Field(
        default=timedelta(seconds=60),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=5),
        description="Seconds that any model may take for one analysis, trying again included.",
    )
    llm_attempts: int = Field(
        default=3, ge=1, le=10, description="Requests for one answer when a model's server fails."
    )
    llm_input_tokens: int = Field(
        default=12_000, ge=500, le=200_000, description="Tokens of evidence that a model is shown of one run, about."
    )
    llm_output_tokens: int = Field(
        default=4_000, ge=500, le=64_000, description="Longest answer of a model, in tokens."
    )
    llm_plain_hosts: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="Hosts of models that may be spoken to without encryption, comma separated; "
        "loopback addresses always may.",
    )

    @field_validator("labels", mode="after")
    @classmethod
    def _known_labels(cls, value: frozenset[str]) -> frozenset[str]:
        return read_labels(value)

    @field_validator("executors", "labels", "llm_plain_hosts", "docker_env", "docker_images", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return frozenset(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        from bot.store.database import async_url

        if value:
            async_url(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_queue(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("expected redis://HOST:PORT/NUMBER, rediss:// or unix://")
        return value

    @field_validator("public_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("expected https://HOST, as people type it")
        return value.rstrip("/")

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'agnox.db'}"

    @property
    def key_file(self) -> Path | None:
        """Where the key is kept when `secret_keys` is empty; None when other machines may share the database."""
        return self.data_dir / "secret.keys" if self.effective_database_url.startswith("sqlite") else None

    @property
    def embedded(self) -> bool:
        """One process does everything: web, jobs and, where allowed, test runs."""
        return not self.redis_url
