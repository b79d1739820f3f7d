"""A proxy in front of a real node, in this process, that alters what the node answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import requests

Lie = Callable[[list[Any], Any], Any]
"""What is answered instead, from the parameters and the node's result."""


@dataclass
class Proxy:
    """Where it answers, and its lies by method; without any it tells the truth."""

    url: str
    lies: dict[str, Lie] = field(default_factory=dict)


@contextmanager
def lying_proxy(node: str) -> Iterator[Proxy]:
    """A running proxy."""
    proxy = Proxy("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            headers = {"Content-Type": "application/json"}
            answer = requests.post(node, data=body, headers=headers, timeout=30).json()
            one = not isinstance(asked, list)
            by_id = {each["id"]: each for each in ([asked] if one else asked)}
            for each in [answer] if one else answer:
                request = by_id[each["id"]]
                lie = proxy.lies.get(request["method"])
                if lie is not None and "result" in each:
                    each["result"] = lie(request["params"], each["result"])
            told = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
