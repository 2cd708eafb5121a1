"""What stands in the tree of a commit besides plain files."""

import posixpath
from collections.abc import Mapping


class Link(bytes):
    """A symbolic link; its bytes are the path that it leads to."""


class Submodule(bytes):
    """A commit of another repository; its bytes are the commit's hash."""


def mode_of(content: bytes) -> str:
    """As git writes it (git-fast-import, filemodify)."""
    kinds = {Link: "120000", Submodule: "160000"}
    return kinds.get(type(content), "100644")


def followed(tree: Mapping[str, bytes], path: str) -> bytes | None:
    """The file that a link leads to; None if that is none of the same tree."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), tree[path].decode()))
    found = tree.get(target)
    return None if isinstance(found, Link | Submodule) else found
