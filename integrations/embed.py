"""Writes the one script into every step that can't read it from a file: `python integrations/embed.py`."""

import re
from pathlib import Path

HERE = Path(__file__).parent
SCRIPT = HERE / "bash/agnox.sh"
COPIES = ("jenkins/resources/agnox/agnox.sh", "circleci/src/scripts/agnox.sh")
INLINE = ("gitlab/templates/agnox.yml", "azure/agnox.yml")

_MARKED = re.compile(r"^( *)# agnox\.sh begins\n.*?^ *# agnox\.sh ends\n", re.DOTALL | re.MULTILINE)


def embed(text: str, script: str) -> str:
    """Puts the script between its marks, as deep as they are.

    The first line with the shell's name is left out, as it must be a file's first.
    """
    body = script.partition("\n")[2]

    def block(found: re.Match[str]) -> str:
        depth = found[1]
        lines = ["# agnox.sh begins", *body.splitlines(), "# agnox.sh ends"]
        return "".join(f"{depth}{line}\n" if line else "\n" for line in lines)

    written, times = _MARKED.subn(block, text)
    if times != 1:
        raise ValueError(f"the marks are there {times} times")
    return written


def wanted() -> dict[str, str]:
    """Gives each file that has the script in it as it should be, by its path below this folder."""
    script = SCRIPT.read_text(encoding="utf-8")
    inline = {name: embed(HERE.joinpath(name).read_text(encoding="utf-8"), script) for name in INLINE}
    return dict.fromkeys(COPIES, script) | inline


if __name__ == "__main__":
    for name, text in wanted().items():
        HERE.joinpath(name).write_text(text, encoding="utf-8")
