"""Runs the simulator of Gitea by itself: `python -m simulators.gitea`."""

import argparse
import sys
import threading

from simulators.gitea import ChangedFile, GiteaSimulator

PATCH = """\
@@ -1,3 +1,4 @@
 def total(cart):
-    return sum(cart)
+    prices = [item.price for item in cart]
+    return prices[0]
 # end"""


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
    with simulator.serve(arguments.port) as base_url:
        page = f"{base_url}/{repository.full_name}/pulls/{pull.number}"
        sys.stdout.write(f"API {base_url}/api/v1\nPage {page}\nToken of agnox {simulator.token('agnox')}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stdout.write("Stopped.\n")


if __name__ == "__main__":
    main()
