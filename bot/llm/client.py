"""Models of OpenAI-compatible and Anthropic servers, through pydantic-ai.

Importing this takes 70 MB and some seconds: `bot.llm.opening` does it, when a model is asked for the first time.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx2
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic import ValidationError
from pydantic_ai import ModelRequest, ModelResponse, TextPart, ToolCallPart, ToolDefinition
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings

from bot.domain.masking import mask
from bot.llm.errors import (
    Declined,
    KeyRefused,
    ModelFailure,
    NoCredit,
    RateLimited,
    Rejected,
    Unavailable,
    UnknownModel,
    Unusable,
)
from bot.llm.http import open_http
from bot.llm.protocols import LanguageModel, Question, Reply
from bot.llm.schema import Answer
from bot.llm.values import Maker, ModelAccess, Usage

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"
_ANSWER = ToolDefinition(
    name="answer",
    description="Gives the causes of the failed run.",
    parameters_json_schema=Answer.model_json_schema(),
)
_DETAIL = 300
# The first that fits: the special ones stand before the general ones.
_FAILURES: tuple[tuple[type[ModelAPIError], type[ModelFailure]], ...] = (
    (ModelQuotaExceededError, NoCredit),
    (ModelRateLimitError, RateLimited),
    (ModelAuthenticationError, KeyRefused),
    (ModelNotFoundError, UnknownModel),
    (ModelRequestRejectedError, Rejected),
    (ModelConnectionError, Unavailable),
    (ModelUnavailableError, Unavailable),
    (ModelServerError, Unavailable),
)
_BY_STATUS: Mapping[int, type[ModelFailure]] = {
    401: KeyRefused,
    402: NoCredit,
    403: KeyRefused,
    404: UnknownModel,
    408: Unavailable,
    409: Unavailable,
    429: RateLimited,
}


@asynccontextmanager
async def connect(access: ModelAccess, timeout: float) -> AsyncIterator[LanguageModel]:
    """Opens a model; `timeout` is in seconds and for one step of a call."""
    async with open_http(timeout) as http:
        yield _PydanticModel(_MAKERS[access.provider](access, http), access.key.get_secret_value())


def _openai(access: ModelAccess, http: httpx2.AsyncClient) -> Model:
    client = AsyncOpenAI(
        api_key=access.key.get_secret_value(), base_url=access.base_url or OPENAI_URL, max_retries=0, http_client=http
    )
    if not access.base_url:
        return OpenAIChatModel(access.model, provider=OpenAIProvider(openai_client=client))
    # Another service that speaks the same way is not asked for what only OpenAI's own can do.
    return OpenAIChatModel(access.model, provider=OpenAICompatibleProvider("compatible", openai_client=client))


def _anthropic(access: ModelAccess, http: httpx2.AsyncClient) -> Model:
    client = AsyncAnthropic(
        api_key=access.key.get_secret_value(),
        base_url=access.base_url or ANTHROPIC_URL,
        max_retries=0,
        http_client=http,
    )
    return AnthropicModel(access.model, provider=AnthropicProvider(anthropic_client=client))


_MAKERS: Mapping[Maker, Callable[[ModelAccess, httpx2.AsyncClient], Model]] = {
    Maker.OPENAI: _openai,
    Maker.ANTHROPIC: _anthropic,
}


class _PydanticModel:
    """One model; each question is one request, without tools but the form of the answer."""

    def __init__(self, model: Model, key: str) -> None:
        self._model = model
        self._key = key

    async def ask(self, question: Question) -> Reply:
        """Asks once. Raises ModelFailure."""
        try:
            response = await model_request(
                self._model,
                [ModelRequest.user_text_prompt(question.text, instructions=question.instructions)],
                model_settings=ModelSettings(max_tokens=question.output_tokens),
                model_request_parameters=ModelRequestParameters(
                    output_mode="tool", output_tools=[_ANSWER], allow_text_output=False
                ),
                instrument=False,
            )
        except ModelAPIError as error:
            raise self._failure(error) from None
        except UnexpectedModelBehavior as error:
            raise Unusable(detail=self._masked(error)) from None
        except httpx2.TransportError as error:
            raise Unavailable(detail=self._masked(error)) from None
        except Exception as error:
            # Whatever a server can say that these libraries did not foresee.
            raise Unusable(detail=self._masked(error)) from None
        return _read(response)

    def _failure(self, error: ModelAPIError) -> ModelFailure:
        # What fits nothing is a status that should not be, as a redirect, or an answer that is no JSON.
        other = Rejected if hasattr(error.__cause__, "status_code") else Unusable
        kind = next((ours for theirs, ours in _FAILURES if isinstance(error, theirs)), other)
        if isinstance(error, ModelHTTPError):
            by_status = Rejected if error.status_code < 500 else Unavailable
            kind = _BY_STATUS.get(error.status_code, by_status) if kind is not NoCredit else kind
        return kind(detail=self._masked(error), retry_after=error.retry_after)

    def _masked(self, error: Exception) -> str:
        """What a server said, fit for a log: on one line, without the key or anything that looks like one."""
        text = " ".join(mask(f"{type(error).__name__}: {error}", [self._key]).split())
        return text[:_DETAIL]


def _read(response: ModelResponse) -> Reply:
    usage = Usage(1, response.usage.input_tokens, response.usage.output_tokens)
    if response.finish_reason == "content_filter":
        raise Declined(usage=usage)
    if response.finish_reason == "length":
        raise Unusable("gave an answer that breaks off", usage=usage)
    calls = [part for part in response.parts if isinstance(part, ToolCallPart) and part.tool_name == _ANSWER.name]
    texts = [part.content for part in response.parts if isinstance(part, TextPart)]
    given = calls[0].args if calls else _json_in("".join(texts))
    try:
        answer = Answer.model_validate_json(given) if isinstance(given, str) else Answer.model_validate(given)
    except (ValidationError, ValueError) as error:
        raise Unusable(usage=usage, detail=type(error).__name__) from None
    return Reply(answer, usage)


def _json_in(text: str) -> object:
    """The object in a text: there are servers that know no tools, and models that talk around their answer."""
    start, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
