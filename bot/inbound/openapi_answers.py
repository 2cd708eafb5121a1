"""What the doors answer, as the API's document tells it."""

from pydantic import ConfigDict, Field

from bot.domain.context import Wire


class Answer(Wire):
    """A value as clients read it: what stands in it is always there unless said otherwise."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)


class Started(Answer):
    """A cycle that was accepted."""

    cycle_id: str
    task_id: str
    status: str
    url: str = Field(default="", description="The page of the cycle.")
    warnings: list[str] = Field(default=[], description="There only when something will not happen.")


class SessionOpened(Answer):
    """A streamed test run that was opened."""

    session_id: str
    task_id: str
    cycle_id: str
    warnings: list[str] = Field(default=[], description="There only when something will not happen.")


class EventsTaken(Answer):
    """A batch of events that was stored."""

    success: bool
    ignored: int = Field(default=0, description="How many of them meant nothing; there only when some did.")


class TornDown(Answer):
    """A streamed test run that has ended."""

    success: bool
    status: str
    message: str


class WrongField(Answer):
    """What is wrong with one field, and what would be taken."""

    field: str
    message: str
