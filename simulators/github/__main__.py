"""Runs the simulator of GitHub by itself: `python -m simulators.github`."""

import argparse
from pathlib import Path

from simulators.github import ChangedFile, GithubSimulator
from simulators.running import PATCH, run


def main() -> None:
    """Serves one repository with one pull request until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m simulators.github", description=__doc__)
    parser.add_argument("--port", type=int, default=8810, help="the port on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--webhook-url", help="where the app's webhooks go")
    parser.add_argument("--webhook-secret", default="development", help="signs the webhooks (default: %(default)s)")
    parser.add_argument("--app-id", type=int, default=424_242, help="the app's id (default: %(default)s)")
    parser.add_argument("--private-key", type=Path, help="where to write the app's private key (PEM)")
    arguments = parser.parse_args()

    simulator = GithubSimulator(
        app_id=arguments.app_id, webhook_secret=arguments.webhook_secret, webhook_url=arguments.webhook_url
    )
    repository = simulator.add_repository("acme/shop")
    simulator.set_role(repository, "mona", "write")
    installation = simulator.install("acme")
    pull = simulator.add_pull_request(
        repository, title="Sum prices", user="mona", files=[ChangedFile("shop/cart.py", PATCH)]
    )
    if arguments.private_key:
        arguments.private_key.touch(mode=0o600)
        arguments.private_key.write_text(simulator.private_key_pem)
    page = f"/{repository.full_name}/pull/{pull.number}"
    run(
        simulator.serve(arguments.port),
        lambda url: f"API {url}\nPage {url}{page}\nApp {arguments.app_id}, installation {installation.id}",
    )


if __name__ == "__main__":
    main()
