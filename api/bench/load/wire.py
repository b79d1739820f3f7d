"""As little HTTP/1.1 as a client needs that is to cost next to nothing beside what it measures.

One connection, one request at a time, kept open (RFC 9112, section 9.3).
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from urllib.parse import urlsplit


class BadAnswer(Exception):
    """A server answered as it should not; the message has the status and the beginning of what it said."""


class Wire:
    """A kept connection to a server of this machine."""

    def __init__(self, url: str, token: str = "") -> None:
        """Connects when entered; `token` is the bearer's."""
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        self._always = f"Host: {self._host}\r\n{bearer}"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Wire:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=1 << 24)
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()

    async def post(self, path: str, body: bytes, wanted: int, headers: str = "") -> bytes:
        """The body of the answer to a POST of JSON; `headers` are whole lines.

        Raises:
            BadAnswer: the status is not the one wanted.
        """
        head = f"POST {path} HTTP/1.1\r\n{self._always}{headers}"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self._ask(head.encode() + body, wanted)

    async def get(self, path: str) -> bytes:
        """The body of the answer to a GET.

        Raises:
            BadAnswer: the status is not 200.
        """
        return await self._ask(f"GET {path} HTTP/1.1\r\n{self._always}\r\n".encode(), 200)

    async def _ask(self, request: bytes, wanted: int) -> bytes:
        if self._reader is None or self._writer is None:
            raise BadAnswer("the connection is not open")
        self._writer.write(request)
        reader = self._reader
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        at = head.find(b"content-length:")
        if at >= 0:
            body = await reader.readexactly(int(head[at + 15 : head.index(b"\r\n", at)]))
        elif b"transfer-encoding: chunked" in head:
            body = await _chunks(reader)
        else:
            raise BadAnswer(f"HTTP {status} without a length")
        if status != wanted:
            raise BadAnswer(f"HTTP {status}: {body[:300].decode(errors='replace')}")
        return body


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A body in chunks (RFC 9112, section 7.1), without trailers."""
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
