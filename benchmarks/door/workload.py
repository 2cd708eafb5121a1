"""What is sent: an `issue_comment.created` of 8,192 bytes, signed as GitHub signs it."""

import hashlib
import hmac
import json

SECRET = "benchmark"
SIZE = 8192


def _body() -> bytes:
    def user(login: str, number: int) -> dict[str, object]:
        url = f"https://api.github.com/users/{login}"
        links = ("followers", "gists", "starred", "subscriptions", "organizations", "repos", "events")
        return {
            "login": login,
            "id": number,
            "node_id": f"MDQ6VXNlcj{number}",
            "url": url,
            "type": "User",
            "site_admin": False,
            **{f"{name}_url": f"{url}/{name}" for name in links},
        }

    repository = {
        "id": 186853002,
        "name": "shop",
        "full_name": "acme/shop",
        "private": False,
        "owner": user("acme", 21031067),
        "html_url": "https://github.com/acme/shop",
        "default_branch": "main",
    }
    issue = {
        "id": 444500041,
        "number": 42,
        "title": "Refund is wrong when the cart is empty",
        "user": user("octocat", 583231),
        "labels": [{"id": number, "name": f"label-{number}", "color": "d73a4a"} for number in range(5)],
        "state": "open",
        "pull_request": {"url": "https://api.github.com/repos/acme/shop/pulls/42"},
    }
    comment = {"id": 492700400, "user": user("hubot", 480938), "created_at": "2026-11-23T12:00:00Z", "body": ""}
    payload = {
        "action": "created",
        "issue": issue,
        "comment": comment,
        "repository": repository,
        "sender": user("hubot", 480938),
        "installation": {"id": 375706},
    }
    rest = SIZE - len(json.dumps(payload, separators=(",", ":")))
    comment["body"] = ("The quick brown fox jumps over the lazy dog. " * (rest // 45 + 1))[:rest]
    return json.dumps(payload, separators=(",", ":")).encode()


BODY = _body()


def delivery_headers() -> dict[str, str]:
    """Gives all headers but the delivery's id; the signature is of the body alone."""
    return {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/044aadd",
        "x-github-event": "issue_comment",
        "x-github-hook-id": "292430182",
        "x-hub-signature-256": "sha256=" + hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(),
    }
