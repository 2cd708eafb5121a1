"""How many tokens a text has, without the model's own tokenizer."""

_BYTES = 3
"""Bytes a token in logs and code, by the usual vocabularies; prose has four."""
_FEWEST = 2
"""Bytes a token in the worst text that is not made for it: hashes and base64."""


def estimate(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES)


def most(text: str) -> int:
    """More tokens than a text is likely to have: what a budget is asked for before the call."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _FEWEST)
