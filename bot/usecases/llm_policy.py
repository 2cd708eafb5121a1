"""What the operator allows of language models, put together once at start."""

from collections.abc import Collection
from dataclasses import dataclass, field

from bot.llm.values import ModelAccess, Price, Terms


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an organization may take a day; None: without limit. `micros` are millionths of the prices' currency."""

    tokens: int | None = None
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class LlmPolicy:
    """`own` is the instance's model for `agnox analyze`; `shared` says whether organizations without one may use it."""

    own: ModelAccess | None = None
    shared: bool = False
    terms: Terms = field(default_factory=Terms)
    price: Price = field(default_factory=Price)
    allowance: Allowance = field(default_factory=Allowance)
    plain_hosts: Collection[str] = ()
    """Hosts that may be spoken to without encryption."""
