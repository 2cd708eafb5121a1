"""Reading a multipart form whose files go to disk as they come, each within its limit."""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import anyio.to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from bot.inbound.bodies import content_length
from bot.inbound.envelope import Problem
from bot.usecases.receive_results import Upload

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELD_LIMIT = 64 * 1024
_NAME_LIMIT = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one form may bring: bytes of a file, bytes of all, parts."""

    file: int
    total: int
    parts: int = 200


@dataclass(frozen=True, slots=True)
class Form:
    """What a form brought; the files lie in the folder that it was read into."""

    fields: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)

    def contents(self) -> Iterator[bytes | Path]:
        """Tells all that makes it this form."""
        for name, value in sorted(self.fields.items()):
            yield f"{name}={value}".encode()
        for upload in self.uploads:
            yield f"{upload.kind}:{upload.name}".encode()
            yield upload.path


async def read_form(
    request: Request, folder: Path, *, fields: Collection[str], files: Collection[str], limits: Limits
) -> Form:
    """Reads a multipart body; a part is a file or a field by its name. Other fields are passed over.

    Raises Problem: 415 (no multipart form), 413 (over a limit), 400 (malformed); ClientDisconnect.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Problem(415, "the body must be a form: send content-type multipart/form-data with a boundary")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "the form as a whole can't be compressed; its files can")
    if (content_length(request.scope) or 0) > limits.total:
        raise _too_much(limits)
    reader = _Reader(folder, fields, files, limits)
    try:
        parser = MultipartParser(options[b"boundary"], reader.callbacks())
        total = 0
        async for chunk in request.stream():
            total += len(chunk)
            if total > limits.total:
                raise _too_much(limits)
            # The callbacks write to disk, so they don't run on the event loop.
            await anyio.to_thread.run_sync(parser.write, chunk)
    except FormParserError as error:
        raise Problem(400, f"the form is malformed: {error}") from error
    finally:
        reader.close()
    if not reader.ended:
        raise Problem(400, "the form ends before its closing boundary")
    return reader.form


class _Reader:
    """Takes the parser's callbacks and makes a Form of them."""

    def __init__(self, folder: Path, fields: Collection[str], files: Collection[str], limits: Limits) -> None:
        self.form = Form()
        self.ended = False
        self._folder = folder
        self._fields = fields
        self._files = files
        self._limits = limits
        self._parts = 0
        self._header = bytearray()
        self._value = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._text: bytearray | None = None
        self._upload: Upload | None = None
        self._target: BinaryIO | None = None
        self._size = 0

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def close(self) -> None:
        if self._target is not None:
            with suppress(OSError):
                self._target.close()
            self._target = None

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > self._limits.parts:
            raise Problem(413, f"the form has more than {self._limits.parts} parts")
        self._headers.clear()
        self._text = self._upload = None
        self._size = 0

    def _header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        if b"name" not in options:
            raise Problem(400, "a part of the form has no name")
        self._name = options[b"name"].decode(errors="replace")
        given = options.get(b"filename")
        if self._name in self._files:
            self._upload = self._new_upload((given or b"").decode(errors="replace"))
            self._target = self._upload.path.open("wb")
        elif self._name in self._fields:
            self._text = bytearray()
        elif given is not None:
            raise Problem(400, f"a file can't be named {self._name[:64]!r}; send {' or '.join(sorted(self._files))}")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._target is not None and self._upload is not None:
            if self._size > self._limits.file:
                raise Problem(
                    413,
                    f"{self._upload.kind} {self._upload.name!r} is larger than {self._limits.file} bytes; "
                    "send it compressed with gzip, or have the server's AGNOX_UPLOAD_LIMIT raised",
                )
            self._target.write(memoryview(data)[start:end])
        elif self._text is not None:
            if self._size > FIELD_LIMIT:
                raise Problem(413, f"{self._name} is larger than {FIELD_LIMIT} bytes")
            self._text += data[start:end]

    def _part_end(self) -> None:
        if self._upload is not None:
            self.close()
            self.form.uploads.append(self._upload)
        elif self._text is not None:
            text = self._text.decode(errors="replace")
            if "\0" in text:
                raise Problem(400, f"{self._name} holds the character U+0000, which no field may have")
            self.form.fields[self._name] = text

    def _end(self) -> None:
        self.ended = True

    def _new_upload(self, given: str) -> Upload:
        name = _clean(given) or self._name
        if self._headers.get(b"content-encoding", b"").strip().lower() == b"gzip" and not name.endswith(".gz"):
            name += ".gz"
        return Upload(self._name, name, self._folder / str(self._parts))


def _clean(name: str) -> str:
    """Makes a relative path of what a client calls its file; it is only shown, never opened."""
    parts = _UNPRINTABLE.sub("", name).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))[-_NAME_LIMIT:]


def _too_much(limits: Limits) -> Problem:
    return Problem(
        413, f"the form is larger than {limits.total} bytes: send fewer files at a time, or compressed with gzip"
    )
