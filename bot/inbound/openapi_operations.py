"""Every operation of the API: what it takes and what it answers, beside the doors that do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from bot.domain.context import CiContext
from bot.domain.trigger import Trigger
from bot.inbound.cycles import PAGE, PAGE_LIMIT
from bot.inbound.idempotency import LONGEST
from bot.inbound.openapi_answers import EventsTaken, SessionOpened, Started, TornDown
from bot.usecases.ingest.values import Batch, Setup, Teardown
from bot.usecases.read_cycle import CyclePage, CycleView, ExecutionStatus, ExecutionView

JSON = "application/json"
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    `answer` is the model of `data`, or of the whole answer where it is `plain`; without one the answer is of type
    `media`. `refusals` are the statuses that it may answer besides 401, 500 and 503, which any may.
    """

    method: str
    path: str
    tag: str
    summary: str
    status: int = 200
    answer: type[BaseModel] | None = None
    plain: bool = False
    media: str = JSON
    body: type[BaseModel] | None = None
    form: Schema | None = None
    parameters: tuple[Schema, ...] = ()
    refusals: tuple[int, ...] = ()
    public: bool = False

    @property
    def name(self) -> str:
        """Its id in the document, as `post_api_cycles_id_rerun`."""
        words = self.path.replace("{", "").replace("}", "").replace(".", "_").strip("/")
        return f"{self.method.lower()}_{words.replace('/', '_')}"


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": dict(schema)}


_FILES = {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}
RESULTS: Schema = MappingProxyType(
    {
        "type": "object",
        "description": "At least one report or log.",
        "properties": {
            "report": {**_FILES, "description": "Reports of test runners; gzip is welcome."},
            "log": {**_FILES, "description": "Logs; gzip is welcome."},
            "context": {"$ref": f"#/components/schemas/{CiContext.__name__}"},
            "projectId": {
                "type": "string",
                "description": "May be left out where the key is bound to a project or there is only one.",
            },
            "suite": {"type": "string", "description": "Which line of tests this is; cut at 255 characters."},
        },
        "anyOf": [{"required": ["report"]}, {"required": ["log"]}],
    }
)

_LIMIT = {"type": "integer", "minimum": 1, "maximum": PAGE_LIMIT, "default": PAGE}
_POSITION = {"type": "string", "pattern": "^[0-9]{1,15}$"}
_LAST = "The id of the last event that was read: the log goes on after it."

_ONCE: Schema = MappingProxyType(
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A key of this request's own: sent again within 24 hours, it is done once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!#-~]+$"},
    }
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/api/ci/trigger",
        "Starting tests",
        "Starts a test cycle on a testing node",
        status=201,
        answer=Started,
        body=Trigger,
        parameters=(_ONCE,),
        refusals=(400, 404, 409, 413, 415, 422),
    ),
    Operation(
        "POST",
        "/api/results",
        "Sending results",
        "Takes the reports and logs of tests that ran elsewhere",
        status=202,
        answer=Started,
        form=RESULTS,
        parameters=(_ONCE,),
        refusals=(400, 404, 409, 413, 415, 422),
    ),
    Operation(
        "POST",
        "/api/ingest/setup",
        "Streaming results",
        "Opens a streamed test run",
        status=201,
        answer=SessionOpened,
        body=Setup,
        parameters=(_ONCE,),
        refusals=(400, 404, 409, 413, 422),
    ),
    Operation(
        "POST",
        "/api/ingest/event",
        "Streaming results",
        "Takes what happened since the last call",
        answer=EventsTaken,
        plain=True,
        body=Batch,
        refusals=(400, 404, 409, 413),
    ),
    Operation(
        "POST",
        "/api/ingest/teardown",
        "Streaming results",
        "Ends a streamed test run",
        answer=TornDown,
        plain=True,
        body=Teardown,
        refusals=(400, 404, 409, 413),
    ),
    Operation(
        "GET",
        "/api/cycles",
        "Reading back",
        "Lists cycles, newest first",
        answer=CyclePage,
        parameters=(
            _query("limit", "How many cycles at most.", _LIMIT),
            _query("cursor", "`nextCursor` of the page before.", {"type": "string", "pattern": "^[0-9a-f]{32}$"}),
        ),
        refusals=(400,),
    ),
    Operation("GET", "/api/cycles/{id}", "Reading back", "Tells one cycle", answer=CycleView, refusals=(404,)),
    Operation(
        "GET", "/api/executions/{id}", "Reading back", "Tells one attempt", answer=ExecutionView, refusals=(404,)
    ),
    Operation(
        "GET",
        "/api/executions/{id}/status",
        "Reading back",
        "Tells how far an attempt is",
        answer=ExecutionStatus,
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/api/executions/{id}/log",
        "Reading back",
        "Follows the output as Server-Sent Events",
        media="text/event-stream",
        parameters=(
            {"name": "last-event-id", "in": "header", "description": _LAST, "schema": _POSITION},
            _query("after", "The same, for clients that can't set headers.", _POSITION),
        ),
        refusals=(400, 404),
    ),
    Operation(
        "POST",
        "/api/cycles/{id}/rerun",
        "Changing",
        "Runs a finished cycle once more",
        status=201,
        answer=Started,
        refusals=(400, 404, 409),
    ),
    Operation(
        "POST", "/api/cycles/{id}/cancel", "Changing", "Stops an open cycle", answer=Started, refusals=(400, 404, 409)
    ),
    Operation(
        "GET",
        "/api/openapi.json",
        "This document",
        "Gives this document",
        public=True,
    ),
    Operation(
        "GET",
        "/api/docs",
        "This document",
        "Shows this document to people",
        media="text/html",
        public=True,
    ),
)
