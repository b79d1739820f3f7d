"""Questions to a node: over HTTP where it serves others, or through the socket in its member's folder."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chain.network.errors import NodeRefused, NodeSilent

TIMEOUT = 10.0
LONGEST_ANSWER = 64 * 1024 * 1024


def ask(url: str, method: str, *params: Any, timeout: float = TIMEOUT) -> Any:
    """What a node answers at its URL (`Member.url`).

    Raises:
        NodeSilent: it does not answer within `timeout` seconds, or not in JSON.
        NodeRefused: it answers with an error.
    """
    at = urlsplit(url)
    connection = HTTPConnection(at.hostname or "", at.port, timeout=timeout)
    try:
        connection.request("POST", "/", _question(method, params), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read(LONGEST_ANSWER))
    except (OSError, HTTPException, ValueError) as error:
        raise NodeSilent(f"no node answers at {url}: {error}") from error
    finally:
        connection.close()
    return _result(method, answer)


def ask_owner(path: Path, method: str, *params: Any, timeout: float = TIMEOUT) -> Any:
    """What a node answers through its own socket, where it serves its owner's calls as well.

    Raises:
        NodeSilent: it does not answer within `timeout` seconds.
        NodeRefused: it answers with an error.
    """
    said = b""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(str(path))
            connection.sendall(_question(method, params))
            while len(said) < LONGEST_ANSWER:
                part = connection.recv(65_536)
                said += part
                # An answer ends with a line's end; nothing else in JSON as the node writes it does.
                if not part or said.endswith(b"\n"):
                    break
        answer = json.loads(said)
    except (OSError, ValueError) as error:
        raise NodeSilent(f"no node answers at {path}: {error}") from error
    return _result(method, answer)


def _question(method: str, params: tuple[Any, ...]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()


def _result(method: str, answer: Any) -> Any:
    if not isinstance(answer, dict) or ("result" not in answer and "error" not in answer):
        raise NodeSilent(f"{method}: the answer is not JSON-RPC's")
    if answer.get("error"):
        error = answer["error"]
        raise NodeRefused(method, int(error.get("code", 0)), str(error.get("message", error)))
    return answer.get("result")
