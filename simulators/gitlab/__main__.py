"""Runs the simulator of GitLab by itself: `python -m simulators.gitlab`."""

import argparse
import json
from pathlib import Path

from simulators.gitlab import ChangedFile, GitlabSimulator, Level, gitlab_contract
from simulators.running import PATCH, run

EVENTS = ("note_events", "merge_requests_events", "pipeline_events", "push_events")


def main() -> None:
    """Serves one project with one merge request until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m simulators.gitlab", description=__doc__)
    parser.add_argument("--port", type=int, default=8820, help="the port on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--webhook-url", help="where the project's webhooks go")
    parser.add_argument("--webhook-token", default="development", help="sent with them (default: %(default)s)")
    parser.add_argument("--signing-token", help="signs them; whsec_ and the base64 of 32 bytes")
    parser.add_argument("--contract", type=Path, help="GitLab's OpenAPI description, to hold requests against")
    parser.add_argument("--relative-root", default="", help="a path below which everything is, such as /gitlab")
    arguments = parser.parse_args()

    contract = gitlab_contract(json.loads(arguments.contract.read_bytes())) if arguments.contract else None
    simulator = GitlabSimulator(contract=contract, relative_root=arguments.relative_root)
    project = simulator.add_project("acme/shop")
    simulator.add_member(project, "mona", Level.DEVELOPER)
    token = simulator.add_access_token(project, Level.MAINTAINER)
    request = simulator.add_merge_request(
        project, title="Sum prices", user="mona", files=[ChangedFile("shop/cart.py", PATCH)]
    )
    if arguments.webhook_url:
        simulator.add_hook(
            project,
            arguments.webhook_url,
            token=arguments.webhook_token,
            signing_token=arguments.signing_token,
            **dict.fromkeys(EVENTS, True),
        )
    page = f"/{project.full_path}/-/merge_requests/{request.iid}"
    run(
        simulator.serve(arguments.port),
        lambda url: f"API {url}/api/v4\nPage {url}{page}\nProject {project.id}, token {token.value}",
    )


if __name__ == "__main__":
    main()
