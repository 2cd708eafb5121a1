"""Runs the simulator of Gitea by itself: `python -m simulators.gitea`."""

import argparse

from simulators.gitea import ChangedFile, GiteaSimulator
from simulators.running import PATCH, run


def main() -> None:
    """Serves one repository with one pull request until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m simulators.gitea", description=__doc__)
    parser.add_argument("--port", type=int, default=8840, help="the port on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--webhook-url", help="where the repository's webhook goes")
    parser.add_argument("--webhook-secret", default="development", help="signs the webhooks (default: %(default)s)")
    parser.add_argument("--flavour", choices=("gitea", "forgejo"), default="gitea", help="default: %(default)s")
    arguments = parser.parse_args()

    simulator = GiteaSimulator(flavour=arguments.flavour)
    repository = simulator.add_repository("acme/shop")
    simulator.set_right(repository, "mona", "write")
    simulator.set_right(repository, "agnox", "admin")
    pull = simulator.add_pull_request(
        repository, title="Sum prices", user="mona", files=[ChangedFile("shop/cart.py", PATCH)]
    )
    if arguments.webhook_url:
        simulator.add_hook(repository, arguments.webhook_url, secret=arguments.webhook_secret)
    page = f"/{repository.full_name}/pulls/{pull.number}"
    run(
        simulator.serve(arguments.port),
        lambda url: f"API {url}/api/v1\nPage {url}{page}\nToken of agnox {simulator.token('agnox')}",
    )


if __name__ == "__main__":
    main()
