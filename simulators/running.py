"""What the simulators do alike when they run by themselves."""

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

PATCH = """\
@@ -1,3 +1,4 @@
 def total(cart):
-    return sum(cart)
+    prices = [item.price for item in cart]
+    return prices[0]
 # end"""


def run(served: AbstractContextManager[str], told: Callable[[str], str]) -> None:
    """Serves until interrupted; `told` makes of the base URL what people are told."""
    with served as base_url:
        sys.stdout.write(f"{told(base_url)}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stdout.write("Stopped.\n")
