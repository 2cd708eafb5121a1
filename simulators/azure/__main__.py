"""Runs the simulator of Azure DevOps by itself: `python -m simulators.azure`."""

import argparse

from simulators.azure import AzureSimulator
from simulators.azure.subscriptions import VERSIONS
from simulators.running import run

BEFORE = "def total(cart):\n    return sum(cart)\n# end\n"
AFTER = "def total(cart):\n    prices = [item.price for item in cart]\n    return prices[0]\n# end\n"


def main() -> None:
    """Serves one project with one pull request until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m simulators.azure", description=__doc__)
    parser.add_argument("--port", type=int, default=8812, help="the port on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--server", action="store_true", help="be an Azure DevOps Server instead of the Services")
    parser.add_argument("--webhook-url", help="where the service hooks go")
    parser.add_argument("--webhook-password", default="development", help="what proves them (default: %(default)s)")
    arguments = parser.parse_args()

    simulator = AzureSimulator(server=arguments.server)
    project = simulator.add_project("Shop")
    repository = simulator.add_repository(project, files={"shop/cart.py": BEFORE})
    mona = simulator.add_user("mona", simulator.group("Contributors", project))
    pull = simulator.add_pull_request(repository, title="Sum prices", user=mona, files={"shop/cart.py": AFTER})
    if arguments.webhook_url:
        secret = arguments.webhook_password
        proof = {"basicAuthUsername": "agnox", "basicAuthPassword": secret}
        if not arguments.webhook_url.lower().startswith("https:"):
            # A password is never sent over http.
            proof = {"httpHeaders": f"X-Agnox-Secret:{secret}"}
        for event_type in VERSIONS:
            simulator.subscribe(event_type, arguments.webhook_url, project, **proof)
    token = simulator.token_for(simulator.bot)
    run(simulator.serve(arguments.port), lambda url: f"API {url}\nPage {simulator.urls.page(pull)}\nToken {token}")


if __name__ == "__main__":
    main()
