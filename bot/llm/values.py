"""Which model is asked, on what terms, and what it takes."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr

MILLION = 1_000_000


class Maker(StrEnum):
    """Whose way of speaking a model's server has."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class ModelAccess:
    """A model and the key to it. `base_url` is empty for the maker's own service."""

    provider: Maker
    model: str
    key: SecretStr
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """How much of a model's time and tokens one analysis may take.

    `timeout` is in seconds and for everything together: requests, waiting, and trying again.
    """

    timeout: float = 60.0
    attempts: int = 3
    input_tokens: int = 12_000
    output_tokens: int = 4_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in millionths of a currency that is the operator's business; 0 where not known."""

    input: int = 0
    output: int = 0

    def micros(self, usage: "Usage") -> int:
        """What tokens cost, in millionths, rounded up."""
        return -(-(usage.input_tokens * self.input + usage.output_tokens * self.output) // MILLION)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that were paid for, and the requests it took."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )
