"""The REST API of an Agnox server, as far as a bot needs it (keinar/Agnox, apps/producer-service/src)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.requests import Request

from simulators.agnox.models import Account, Execution, Json
from simulators.agnox.rules import Trigger
from simulators.answers import Answer, Refusal
from simulators.asked import Asked
from simulators.gate import Api

if TYPE_CHECKING:
    from simulators.agnox.simulator import AgnoxSimulator


class AgnoxRefusal(Refusal):
    """`{"success": false, "error"}`."""

    def answer(self) -> Answer:
        """The refusal as Agnox words it."""
        return Answer({"success": False, "error": self.message}, self.status, self.headers)


class AgnoxApi(Api[Account]):
    """What clients with an API key may ask."""

    def __init__(self, world: "AgnoxSimulator") -> None:
        self._world = world
        handlers = {
            "POST /api/ci/trigger": self._trigger,
            "GET /api/executions": self._list,
            "GET /api/executions/{task}": self._read,
            "GET /api/executions/{task}/logs": self._logs,
            "GET /api/test-cycles": self._cycles,
        }
        if world.cancels:
            handlers["POST /api/cycles/{cycle}/cancel"] = self._cancel
        super().__init__(handlers, violations=world.violations, lock=world.state.lock)

    def identify(self, request: Request) -> Account:
        """Who is calling, by the header `x-api-key`."""
        account = self._world.accounts.get(request.headers.get("x-api-key", ""))
        if account is None or account.revoked:
            raise AgnoxRefusal(401, "Invalid API key")
        return account

    def name_of(self, headers: Mapping[str, str]) -> str:
        """Who the headers claim to be, for the calls log."""
        account = self._world.accounts.get(headers.get("x-api-key", ""))
        return account.id if account else "unknown"

    def unknown(self) -> AgnoxRefusal:
        """For a path that Agnox does not have; asking for a way to cancel is no mistake."""
        return AgnoxRefusal(404, "Route not found")

    def unreadable(self) -> AgnoxRefusal:
        """For a body that is no JSON."""
        return AgnoxRefusal(400, "Invalid payload", violation=True)

    def _trigger(self, asked: Asked[Account]) -> Answer:
        try:
            told = Trigger.model_validate(asked.body)
        except ValidationError as error:
            fields = [".".join(map(str, each["loc"])) for each in error.errors()]
            raise AgnoxRefusal(400, f"Invalid payload: {', '.join(fields)}") from None
        if told.projectId not in asked.caller.projects:
            raise AgnoxRefusal(404, "Project not found or access denied")
        wire = told.model_dump(mode="json", exclude_none=True)
        execution = self._world.add_execution(asked.caller, request=wire, context=wire["ciContext"])
        data = {"cycleId": execution.cycle_id, "taskId": execution.task_id, "status": execution.status}
        return Answer({"success": True, "data": data}, 201)

    def _list(self, asked: Asked[Account]) -> Answer:
        found = [_shown(each) for each in self._mine(asked)]
        limit = int(asked.query.get("limit", "25"))
        data = {"executions": found[:limit], "total": len(found), "limit": limit, "offset": 0}
        return Answer({"success": True, "data": data})

    def _read(self, asked: Asked[Account]) -> Answer:
        return Answer({"success": True, "data": {"execution": _shown(self._one(asked))}})

    def _logs(self, asked: Asked[Account]) -> Answer:
        return Answer({"success": True, "data": {"output": self._one(asked).output}})

    def _cycles(self, asked: Asked[Account]) -> Answer:
        cycles = [
            {"_id": each.cycle_id, "status": each.status, **({"ciContext": each.context} if each.context else {})}
            for each in self._mine(asked)
        ]
        return Answer({"success": True, "data": {"cycles": cycles}})

    def _cancel(self, asked: Asked[Account]) -> Answer:
        for each in self._mine(asked):
            if each.cycle_id == asked.arguments["cycle"]:
                each.status, each.ended_at = "CANCELLED", self._world.state.now()
                return Answer({"success": True, "data": {"cycleId": each.cycle_id, "status": each.status}})
        raise AgnoxRefusal(404, "Cycle not found")

    def _mine(self, asked: Asked[Account]) -> list[Execution]:
        return [each for each in self._world.executions if each.account is asked.caller and not each.hidden]

    def _one(self, asked: Asked[Account]) -> Execution:
        found = [each for each in self._mine(asked) if each.task_id == asked.arguments["task"]]
        if not found:
            raise AgnoxRefusal(404, "Execution not found")
        return found[0]


def _shown(execution: Execution) -> Json:
    shown = {
        "taskId": execution.task_id,
        "organizationId": execution.account.id,
        "cycleId": execution.cycle_id,
        "status": execution.status,
        "startTime": execution.started_at.isoformat(),
        "tests": [],
        **{name: execution.request[name] for name in ("image", "command", "folder", "config")},
    }
    ended = {"endTime": execution.ended_at.isoformat(), "output": execution.output} if execution.ended_at else {}
    named = {"groupName": execution.group, "error": execution.error}
    return {**shown, **ended, **{name: value for name, value in named.items() if value}}
