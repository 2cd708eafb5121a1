"""What `POST /api/ci/trigger` takes (keinar/Agnox, apps/producer-service/src/routes/ci.ts)."""

from typing import Annotated, Literal

from pydantic import AnyUrl, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Config(_Strict):
    """How to run it."""

    environment: Literal["development", "staging", "production"]
    baseUrl: Annotated[AnyUrl, Field(strict=False)] | None = None  # noqa: N815 - a name on the wire
    envVars: dict[str, str] | None = None  # noqa: N815


class Context(_Strict):
    """Where it belongs; what else is sent is dropped."""

    source: Literal["github", "gitlab", "azure", "jenkins", "webhook"]
    repository: str | None = None
    prNumber: int | None = None  # noqa: N815
    commitSha: str | None = None  # noqa: N815


class Trigger(_Strict):
    """The whole body."""

    projectId: Name  # noqa: N815
    image: Name
    command: Name
    folder: str = "all"
    config: Config
    ciContext: Context  # noqa: N815
