"""A server of models that speaks like OpenAI's and Anthropic's, and misbehaves as it is told."""

import inspect
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.llm.values import Maker, ModelAccess
from simulators.serving import serving

KEY = "sk-test-0123456789abcdefghij"
LINE = re.compile(r"^(\d+:r?\d+)\| (.*)$")


@dataclass(frozen=True)
class Asked:
    """One request as the server got it."""

    maker: Maker
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """What the user said."""
        said = [message["content"] for message in self.body["messages"] if message["role"] == "user"]
        return "\n".join(each if isinstance(each, str) else "".join(part["text"] for part in each) for each in said)

    @property
    def instructions(self) -> str:
        if self.maker is Maker.OPENAI:
            return "\n".join(
                each["content"] for each in self.body["messages"] if each["role"] in ("system", "developer")
            )
        system = self.body["system"]
        return system if isinstance(system, str) else "".join(part["text"] for part in system)

    @property
    def lines(self) -> dict[str, str]:
        """The lines of the run that it was shown."""
        return {found[1]: found[2] for line in self.text.split("\n") if (found := LINE.match(line))}

    @property
    def failures(self) -> list[str]:
        return re.findall(r"^(f\d+): ", self.text, re.MULTILINE)


Act = Callable[[Asked], Response | Awaitable[Response]]


def claim(asked: Asked, **changes: Any) -> dict[str, Any]:
    """A claim on all failures, proven by the first line that was shown."""
    ref, text = next(iter(asked.lines.items()))
    return {
        "of": asked.failures,
        "title": "The price list has no such article",
        "cause": "The cart asks for a price that was never loaded.",
        "category": "test",
        "fix_kind": "source",
        "confidence": 0.9,
        "evidence": [{"line": ref, "text": text}],
        "fix": ["Load the prices before the cart is filled."],
        **changes,
    }


def called(
    asked: Asked, arguments: object, *, tool: str = "answer", finish: str = "", usage: tuple[int, int] = (1200, 300)
) -> Response:
    """An answer that calls a tool; `arguments` is an object, or text that is to be taken for one."""
    if asked.maker is Maker.OPENAI:
        given = arguments if isinstance(arguments, str) else json.dumps(arguments)
        call = {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": given}}
        return openai({"content": None, "tool_calls": [call]}, finish or "tool_calls", usage)
    block = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": arguments}
    return anthropic([block], finish or "tool_use", usage)


def said(asked: Asked, text: str, *, finish: str = "", usage: tuple[int, int] = (1200, 300)) -> Response:
    """An answer in plain words."""
    if asked.maker is Maker.OPENAI:
        return openai({"content": text}, finish or "stop", usage)
    return anthropic([{"type": "text", "text": text}], finish or "end_turn", usage)


def openai(message: dict[str, Any], finish: str, usage: tuple[int, int]) -> Response:
    return JSONResponse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_780_000_000,
            "model": "test-model",
            "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}],
            "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
        }
    )


def anthropic(content: list[dict[str, Any]], finish: str, usage: tuple[int, int]) -> Response:
    return JSONResponse(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "test-model",
            "content": content,
            "stop_reason": finish,
            "stop_sequence": None,
            "usage": {"input_tokens": usage[0], "output_tokens": usage[1]},
        }
    )


def honest(asked: Asked) -> Response:
    """Says what a good model would."""
    return called(asked, {"findings": [claim(asked)]})


def failing(status: int, *, headers: Mapping[str, str] | None = None, words: str = "no") -> Act:
    """Refuses with a status, in each maker's way."""

    def act(asked: Asked) -> Response:
        error = {"type": "error_of_some_kind", "message": words, "code": None}
        body = {"error": error} if asked.maker is Maker.OPENAI else {"type": "error", "error": error}
        return JSONResponse(body, status, headers)

    return act


@dataclass
class ModelServer:
    """Does one act a request, and is honest when there is none left."""

    url: str = ""
    acts: deque[Act] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    always: Act = honest

    def access(self, maker: Maker = Maker.OPENAI, *, model: str = "test-model", key: str = KEY) -> ModelAccess:
        return ModelAccess(maker, model, SecretStr(key), self.base_url(maker))

    def base_url(self, maker: Maker) -> str:
        return f"{self.url}/v1" if maker is Maker.OPENAI else self.url

    def app(self) -> Starlette:
        def door(maker: Maker) -> Callable[[Request], Awaitable[Response]]:
            async def answer(request: Request) -> Response:
                asked = Asked(maker, dict(request.headers), await request.json())
                self.asked.append(asked)
                done = (self.acts.popleft() if self.acts else self.always)(asked)
                return await done if inspect.isawaitable(done) else done

            return answer

        return Starlette(
            routes=[
                Route("/v1/chat/completions", door(Maker.OPENAI), methods=["POST"]),
                Route("/v1/messages", door(Maker.ANTHROPIC), methods=["POST"]),
            ]
        )


@contextmanager
def model_server(*acts: Act) -> Iterator[ModelServer]:
    """Serves models on a loopback port."""
    server = ModelServer(acts=deque(acts))
    with serving(server.app()) as server.url:
        yield server
