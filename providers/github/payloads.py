"""Accounts as GitHub's JSON has them; what Gitea has too is in `providers.shapes`."""

from providers.payloads import Json, word
from providers.values import Account


def account(data: Json) -> Account:
    return Account(word(data, "id"), word(data, "login"), bot=word(data, "type") == "Bot")
