"""Why a model gave nothing that can be used, in words that may stand in a report."""

from bot.llm.values import Usage

NOTHING = Usage()


class ModelFailure(Exception):
    """A model gave no answer that can be used.

    The message goes on where `the model` begins; it holds nothing that a server said. `detail` is what the server said,
    masked, for logs and the operator. `usage` was paid for all the same; None where that is not known.
    """

    again = False
    """Whether the same question may be answered if it is asked once more."""

    def __init__(
        self, words: str = "", *, detail: str = "", usage: Usage | None = NOTHING, retry_after: float | None = None
    ) -> None:
        super().__init__(words or self.words)
        self.detail = detail
        self.usage = usage
        self.retry_after = retry_after

    words = "could not be used"


class NotInstalled(ModelFailure):
    """The libraries for it are not there."""

    words = "needs the extra llm, which is not installed"


class KeyRefused(ModelFailure):
    words = "does not accept the key"


class NoCredit(ModelFailure):
    words = "has no credit left on its account"


class UnknownModel(ModelFailure):
    words = "is not known to its server"


class Rejected(ModelFailure):
    words = "rejected the request"


class Declined(ModelFailure):
    words = "declined to answer"


class OverBudget(ModelFailure):
    """No call was made."""

    words = "has used up the budget of the day"


class RateLimited(ModelFailure):
    again = True
    words = "takes no more requests at the moment"


class Unavailable(ModelFailure):
    again = True
    words = "is not available"


class Unusable(ModelFailure):
    """It said something, but not in the form that was asked for."""

    again = True
    words = "gave an answer that can't be used"


class NoAnswer(ModelFailure):
    """Time was up. Whether it was paid for is not known."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"did not answer in {seconds:g} s", usage=None)
