"""The file of a bundle: lines of canonical JSON under gzip, read one at a time."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from chain.bundle.divergence import diverge

FORMAT = "counterfoil audit bundle"
VERSION = 1
MAX_LINE = 64 * 2**20
"""The longest line read, in bytes: more than the largest block, so that a hostile file cannot fill memory."""

_PIECE = 2**16


@dataclass
class BundleWriter:
    """Writes lines and closes with their count and digest. Use as a context manager.

    The file has its name once it is whole; until then it is beside it, with `.part` added.
    """

    path: Path
    _file: IO[bytes] = field(init=False, repr=False)
    _gzip: gzip.GzipFile = field(init=False, repr=False)
    _digest: Any = field(default_factory=hashlib.sha256, init=False, repr=False)
    _lines: int = field(default=0, init=False)

    def __enter__(self) -> BundleWriter:
        self._file = self._part.open("wb")
        self._gzip = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0, compresslevel=6)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._gzip.write(line_of({"end": {"lines": self._lines, "sha256": self._digest.hexdigest()}}))
        self._gzip.close()
        self._file.close()
        if kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink()

    @property
    def _part(self) -> Path:
        return self.path.with_name(self.path.name + ".part")

    def write(self, values: Mapping[str, Any]) -> None:
        """Writes one line."""
        line = line_of(values)
        self._digest.update(line)
        self._lines += 1
        self._gzip.write(line)


def line_of(values: Mapping[str, Any]) -> bytes:
    """The one way to write values: keys in their order, no spaces, ASCII."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def parsed(line: bytes) -> dict[str, Any]:
    """The values of a line.

    Raises:
        Diverges: the line is no JSON object, or not written the one way.
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise diverge("file", "line", "a JSON object", error) from error
    if not isinstance(values, dict):
        raise diverge("file", "line", "a JSON object", type(values).__name__)
    if line_of(values) != line:
        raise diverge("file", "line", "canonical JSON", "another writing of the same values")
    return values


def unhexed(value: Any, field: str) -> bytes:
    """Bytes from lower-case hex.

    Raises:
        Diverges: it is something else.
    """
    try:
        found = bytes.fromhex(value)
    except (TypeError, ValueError) as error:
        raise diverge("file", field, "hex", repr(value)[:80]) from error
    if found.hex() != value:
        raise diverge("file", field, "lower-case hex", repr(value)[:80])
    return found


def read_lines(path: Path) -> Iterator[bytes]:
    """The lines of a bundle, without the last, whose count and digest are checked.

    Lines come before the digest is known: nothing may be concluded from them until the iterator has ended.

    Raises:
        Diverges: the file is no bundle, ends too early, goes on too long or has another digest.
        OSError: the file cannot be read.
    """
    digest, count, held = hashlib.sha256(), 0, b""
    for line in _split(path):
        if held:
            digest.update(held)
            count += 1
            yield held
        held = line
    end = parsed(held).get("end") if held else None
    if not isinstance(end, dict):
        raise diverge("file", "end", "a closing line", "none: the file is truncated")
    if end != {"lines": count, "sha256": digest.hexdigest()}:
        raise diverge("file", "end", {"lines": count, "sha256": digest.hexdigest()}, end)


def _split(path: Path) -> Iterator[bytes]:
    """The file's lines, decompressed piece by piece."""
    unpack, rest = zlib.decompressobj(wbits=31), b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if not unpack.eof:
                try:
                    rest += unpack.decompress(piece)
                except zlib.error as error:
                    raise diverge("file", "compression", "gzip", error) from error
                piece = unpack.unused_data
                *lines, rest = rest.split(b"\n")
                if max(map(len, (*lines, rest))) > MAX_LINE:
                    raise diverge("file", "line", f"at most {MAX_LINE} bytes", "more")
                for line in lines:
                    yield line + b"\n"
            if unpack.eof and piece:
                raise diverge("file", "end", "nothing after the closing line", "more bytes")
    if not unpack.eof or rest:
        raise diverge("file", "end", "a closing line", "none: the file is truncated")
