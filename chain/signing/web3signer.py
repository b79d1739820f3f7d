"""A key with Consensys Web3Signer in eth1 mode, over its REST interface (docs.web3signer.consensys.io).

`POST /api/v1/eth1/sign/{identifier}` signs the keccak-256 hash of the data it is given, so transactions and
typed data are built here and the service sees what it signs. `eth_signTransaction` of its JSON-RPC interface
is the other way: the service builds the transaction. The identifier is the public key in hex.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from eth_account.messages import SignableMessage

from chain.hashing import keccak
from chain.signing import secp256k1
from chain.signing.port import SigningFailed

_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")
_PUBLIC_KEY = re.compile(r"(0x)?(04)?[0-9a-fA-F]{128}")
_RAW = re.compile(r"0x([0-9a-fA-F]{2})+")
_QUANTITIES = ("nonce", "gasPrice", "gas", "value", "chainId", "maxFeePerGas", "maxPriorityFeePerGas")


@dataclass(frozen=True)
class Web3Signer:
    """A signer whose key a signing service keeps.

    With `builds` the service is asked for whole transactions by `eth_signTransaction`; typed data is signed
    over REST in either case.
    """

    address: str
    identifier: str
    client: httpx.Client = field(repr=False)
    builds: bool = False

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed raw transaction.

        Raises:
            SigningFailed: the service gives no signature of this account.
        """
        if self.builds:
            return self._built(transaction)
        return secp256k1.sign_transaction(transaction, self._sign)

    def sign_message(self, message: SignableMessage) -> bytes:
        """The 65-byte signature r, s, v.

        Raises:
            SigningFailed: the service gives no signature of this account.
        """
        return secp256k1.sign_message(message, self._sign)

    def _sign(self, payload: bytes) -> secp256k1.Signature:
        path = f"/api/v1/eth1/sign/{quote(self.identifier, safe='')}"
        said = _asked(self.client, "POST", path, {"data": f"0x{payload.hex()}"}).text.strip().strip('"')
        if not _SIGNATURE.fullmatch(said):
            raise SigningFailed(f"the signing service gave no signature for {self.address}")
        signature = bytes.fromhex(said[2:])
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        return secp256k1.completed(r, s, keccak(payload), self.address)

    def _built(self, transaction: dict[str, Any]) -> bytes:
        given = {
            name: hex(value) if name in _QUANTITIES and isinstance(value, int) else value
            for name, value in transaction.items()
        }
        given["from"] = self.address
        given["data"] = _hex(transaction.get("data", b""))
        asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_signTransaction", "params": [given]}
        answer = _json(_asked(self.client, "POST", "/", asked))
        said = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(said, str) or not _RAW.fullmatch(said):
            error = answer.get("error") if isinstance(answer, dict) else None
            message = error.get("message") if isinstance(error, dict) else "no transaction"
            raise SigningFailed(f"the signing service for {self.address}: {str(message)[:200]}")
        return bytes.fromhex(said[2:])


def connect_web3signer(url: str, *, builds: bool = False, timeout: float = 10.0) -> dict[str, Web3Signer]:
    """The signers of a service, by address: it is asked for its public keys.

    Args:
        url: where the service listens. Anyone who reaches it may sign: keep it to a private network.
        builds: whether the service is asked for whole transactions.
        timeout: in seconds, for each request.

    Raises:
        SigningFailed: the service does not answer, or not as it should.
    """
    client = httpx.Client(base_url=url, timeout=timeout, trust_env=False)
    keys = _json(_asked(client, "GET", "/api/v1/eth1/publicKeys", None))
    if not isinstance(keys, list) or not all(isinstance(k, str) and _PUBLIC_KEY.fullmatch(k) for k in keys):
        raise SigningFailed("the signing service gave no list of public keys")
    signers = {}
    for key in keys:
        address = secp256k1.address_of(bytes.fromhex(key.removeprefix("0x")[-128:]))
        signers[address] = Web3Signer(address, key, client, builds)
    return signers


def _asked(client: httpx.Client, method: str, path: str, body: Any) -> httpx.Response:
    try:
        answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
    except httpx.HTTPError as error:
        raise SigningFailed(f"the signing service: {type(error).__name__}") from error
    if answer.status_code != 200:
        raise SigningFailed(f"the signing service: HTTP {answer.status_code}")
    return answer


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        raise SigningFailed("the signing service gave no JSON") from None


def _hex(data: bytes | str) -> str:
    return data if isinstance(data, str) else f"0x{bytes(data).hex()}"
