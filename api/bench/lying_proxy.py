"""A proxy in front of a real node, in this process, that alters what the node answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx

Lie = Callable[[list[Any], Any], Any]
"""What is answered instead, from the parameters and the node's result."""

Invention = Callable[[list[Any]], Any]
"""What is answered from the parameters alone: the node never hears of the request."""

PATIENCE = 30.0


@dataclass
class Proxy:
    """Where it answers, its lies and its inventions by method; without any it tells the truth."""

    url: str
    lies: dict[str, Lie] = field(default_factory=dict)
    inventions: dict[str, Invention] = field(default_factory=dict)


@contextmanager
def lying_proxy(node: str) -> Iterator[Proxy]:
    """A running proxy."""
    proxy = Proxy("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer = _answer(proxy, client, node, asked)
            except httpx.HTTPError:
                self.send_error(502)
                return
            told = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _answer(proxy: Proxy, client: httpx.Client, node: str, asked: Any) -> Any:
    one = not isinstance(asked, list)
    requests = [asked] if one else asked
    passed = [each for each in requests if each["method"] not in proxy.inventions]
    answered = _forwarded(client, node, passed)
    told = []
    for request in requests:
        method, params = request["method"], request.get("params", [])
        if request["id"] not in answered:
            invented = proxy.inventions[method](params)
            told.append({"jsonrpc": "2.0", "id": request["id"], "result": invented})
            continue
        answer = answered[request["id"]]
        if method in proxy.lies and "result" in answer:
            answer["result"] = proxy.lies[method](params, answer["result"])
        told.append(answer)
    return told[0] if one else told


def _forwarded(client: httpx.Client, node: str, requests: list[Any]) -> dict[Any, Any]:
    if not requests:
        return {}
    body = requests[0] if len(requests) == 1 else requests
    answers = client.post(node, json=body).raise_for_status().json()
    return {each["id"]: each for each in ([answers] if len(requests) == 1 else answers)}
