"""Masks texts as an upload is masked, beside a process that only reads their lines; each run is a process of its own.

    python benchmarks/masking/run.py [MEGABYTES] [ROUNDS]

Prints for each text the best MB/s of the masking and of the reading, in processor time and without the start of the
process, and their ratio.
Of the many texts that almost hold secrets, again and again, it prints the slowest.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHUNK = 1 << 18
SLOWEST = 6
KNOWN = ["hunter2-and-more", "p&ss<w\"rd9 it's", "C:\\keys\\\\x", "correct horse battery staple", "7d93cf5b0e1a4c2288"]
LINES = r"""
tests/api/test_shop.py::test_total_of_items_in_the_basket[12-a] PASSED                            [ 42%]
##[group]Run actions/checkout@v4 with token: *** and persist-credentials: true
Downloading https://files.pythonhosted.org/packages/numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.whl (18.3 MB)
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 ghcr.io/acme/shop through the global proxy
npm warn deprecated @babel/plugin-proposal-private-methods@7.18.6: no longer needed, see task-runner for the rest
    at Object.<anonymous> (C:\actions\work\shop\node_modules\jest-runner\lib\index.js:42:17)
{"level":"info","time":1754400000123,"msg":"GET /login?next=%2Fhome 302","user":"caf\u00e9 & bar","took":"12ms"}
        <testcase classname="tests.test_shop" name="test_password_is_hashed" time="0.123"/>
E       AssertionError: assert {'total': 10} == {'total': 0}
""".strip().splitlines()
NEAR = (
    """
a|A|&|&amp;|]]>|\\"|***|gl|eyJ|-eyJ|eyJaaaaa.|eyJaaaaa.eyJaaaaa|://|a://b:|a://b:@|a:@|a@b:c@|password=|;pwd=a
;password=a;|host=|host=a;|host=a pwd=b |authorization:|authorization:bearer|authorization:bearer x|bearer |x-api-key:
private-token:|ghs_|ghp_|ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-|glpat-|whsec_|AZDO|AKIA|AKIAAAAAAAAAAAAAAAAA|xox
xoxb-|agx_|npm_|pypi-|sk-|AIza|hooks.slack.com|sharedaccess|accountkey=|aws_secret_access_key=|_accesstoken=|azp_token
aaaaaaaaaaaaaaaaaaaaaaaaaa2|-----BEGIN |-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----|PRIVATE KEY|a\\nsk-
hunter2-and-mor|p&amp;ss&lt;w&quot;rd|p&ss|p&amp;amp;amp;|keys|horse|7d93cf5b0e1a4c2288|7d93cf5b0e1a4c2288 &
""".strip()
    .replace("\n", "|")
    .split("|")
)


def normal(size: int) -> bytes:
    """What a test run prints."""
    pick = random.Random(1)
    lines: list[bytes] = []
    while size > 0:
        lines.append(f"2026-01-02T03:04:05.{pick.randrange(10**7):07}Z {pick.choice(LINES)}\n".encode())
        size -= len(lines[-1])
    return b"".join(lines)


def repeated(unit: str, size: int) -> bytes:
    """One piece again and again."""
    return unit.encode() * (size // len(unit))


TEXTS = {
    "a normal log": normal,
    "newlines only": partial(repeated, "\n"),
    "one endless line": lambda size: normal(size).replace(b"\n", b" "),
    "every hint in each line": partial(repeated, f"{' '.join(NEAR)}\n"),
    "keys of empty lines": partial(repeated, "-----BEGIN PRIVATE KEY-----\n" + "\n" * 200),
    "keys of short lines": partial(repeated, "-----BEGIN PRIVATE KEY-----\n" + "a\n" * 200),
    "keys of keys": partial(repeated, "-----BEGIN PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA\na\n" * 100),
}
NEARLY = {f"{unit!r} repeated": partial(repeated, unit) for unit in NEAR}
NEARLY |= {f"{unit!r} in each line": partial(repeated, f"{unit}\n") for unit in NEAR}


def mask(path: str) -> None:
    """What packing an upload does, without the compression."""
    sys.path.insert(0, str(ROOT))
    from bot.domain.masking import Masker

    started = time.process_time()
    with Path(path).open("rb") as source:
        for _ in Masker(KNOWN).bytes_blocks(iter(partial(source.read, CHUNK), b"")):
            pass
    print(json.dumps(time.process_time() - started))


def read(path: str) -> None:
    """The least that can be done with lines."""
    started = time.process_time()
    with Path(path).open("rb") as source:
        for _ in source:
            pass
    print(json.dumps(time.process_time() - started))


def best(how: str, path: Path, rounds: int) -> float:
    """Seconds of the fastest of some processes."""
    command = [sys.executable, __file__, "--child", how, str(path)]
    return min(
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(rounds)
    )


def main(megabytes: float, rounds: int) -> int:
    """Measure each text; 1 when a normal log is slower than 15 MB/s or any text slower than 0.5 MB/s."""
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        for name, make in (TEXTS | NEARLY).items():
            size = path.write_bytes(make(int(megabytes * 1e6))) / 1e6
            found[name] = size / best("mask", path, rounds), size / best("read", path, rounds)
    nearly = sorted(NEARLY, key=lambda name: found[name])
    print(f"{'MB/s':48} {'masked':>8} {'read':>8}   read / masked")
    for name in [*TEXTS, *nearly[:SLOWEST]]:
        masked, plain = found[name]
        print(f"{name:48.48} {masked:8.1f} {plain:8.1f} {plain / masked:15.1f}")
    return int(found["a normal log"][0] < 15 or min(found.values())[0] < 0.5)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        {"mask": mask, "read": read}[sys.argv[2]](sys.argv[3])
    else:
        sys.exit(main(float((sys.argv[1:] or ["2"])[0]), int((sys.argv[2:] or ["2"])[0])))
