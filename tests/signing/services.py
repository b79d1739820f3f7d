"""What keeps keys for the tests: SoftHSM's tokens, and a small HTTP server that speaks as Web3Signer does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
PIN = "2468"


def softhsm() -> Path | None:
    """SoftHSM's PKCS#11 library."""
    if shutil.which("softhsm2-util") is None:
        return None
    return next((path for path in map(Path, MODULES) if path.exists()), None)


def make_token(folder: Path, label: str) -> None:
    """Makes a token of the tests' own; every process that uses it needs SOFTHSM2_CONF."""
    tokens = folder / "tokens"
    tokens.mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "1357"]
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class SigningService:
    """A key behind Web3Signer's published eth1 interface (`eth1/web3signer.yaml`, and its JSON-RPC page).

    `spoil` changes an answer before it is given.
    """

    key: PrivateKey
    asked: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 200
    spoil: Any = None

    @property
    def identifier(self) -> str:
        return "0x" + self.key.public_key.to_bytes().hex()

    def get(self, path: str) -> tuple[int, str, str]:
        if path == "/api/v1/eth1/publicKeys":
            return 200, "application/json", json.dumps([self.identifier])
        return 404, "text/plain", "Resource not found"

    def post(self, path: str, body: Any) -> tuple[int, str, str]:
        if path == f"/api/v1/eth1/sign/{self.identifier}":
            # The service hashes what it is given (its CredentialSigner's needToHash).
            signature = self.key.sign_msg_hash(keccak(hexstr=body["data"]))
            words = signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big")
            return 200, "text/plain", "0x" + words.hex() + f"{27 + signature.v:02x}"
        if path == "/" and body["method"] == "eth_signTransaction":
            given = {k: v for k, v in body["params"][0].items() if k != "from"}
            raw = Account.from_key(self.key.to_bytes()).sign_transaction(given).raw_transaction
            return (
                200,
                "application/json",
                json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": "0x" + raw.hex()}),
            )
        return 404, "text/plain", "Public Key not found"

    @contextmanager
    def served(self) -> Iterator[str]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, body: Any) -> None:
                service.asked.append((self.path, body))
                status, kind, text = service.get(self.path) if body is None else service.post(self.path, body)
                if service.spoil is not None:
                    text = service.spoil(text)
                self.send_response(status if service.status == 200 else service.status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self) -> None:
                self.answer(None)

            def do_POST(self) -> None:
                self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
