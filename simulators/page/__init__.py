"""One page for a pull request, whatever the host calls it, for people who want to see what the bot did."""

from simulators.page.host import NotThere, PageHost
from simulators.page.look import Look
from simulators.page.routes import page_routes
from simulators.page.views import (
    Button,
    Check,
    Mark,
    Person,
    PullLine,
    PullPage,
    Remark,
    Thread,
    Tone,
    Webhook,
)

__all__ = [
    "Button",
    "Check",
    "Look",
    "Mark",
    "NotThere",
    "PageHost",
    "Person",
    "PullLine",
    "PullPage",
    "Remark",
    "Thread",
    "Tone",
    "Webhook",
    "page_routes",
]
