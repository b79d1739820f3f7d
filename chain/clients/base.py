"""What the contracts' clients share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_account.messages import encode_typed_data
from web3.contract.contract import Contract

from chain import errors
from chain.artifacts import CONTRACTS, artifact
from chain.calls import encoded_call
from chain.deployment import Manifest
from chain.engines import Engine
from chain.logs import decode_log
from chain.sending import Sent, ask, send
from chain.signing import Signer


@dataclass(frozen=True)
class ContractClient:
    """One of the ledger's contracts, spoken to in the ledger's words."""

    engine: Engine
    contract: Contract = field(repr=False)
    contract_names: dict[str, str] = field(repr=False)

    @property
    def address(self) -> str:
        """Where the contract is, with checksum."""
        return str(self.contract.address)

    def encoded(self, function: str, *arguments: Any) -> tuple[str, bytes]:
        """A call of the contract as target and data."""
        return self.address, encoded_call(self.contract_names[self.address], function, arguments)

    def _send(self, signer: Signer, function: str, *arguments: Any) -> Sent:
        receipt = send(self.engine, signer, self.contract.get_function_by_name(function)(*arguments))
        logs = [log for log in receipt["logs"] if log["address"] in self.contract_names]
        return Sent(
            transaction="0x" + bytes(receipt["transactionHash"]).hex(),
            block=receipt["blockNumber"],
            gas_used=receipt["gasUsed"],
            events=tuple(decode_log(self.contract_names[log["address"]], log) for log in logs),
        )

    def _ask(self, function: str, *arguments: Any) -> Any:
        return ask(self.engine, self.contract.get_function_by_name(function)(*arguments))

    def _sign(
        self,
        signer: Signer,
        contract: str,
        primary: str,
        members: Mapping[str, str],
        values: Sequence[Any],
    ) -> bytes:
        """The signature of a struct (EIP-712) for the named contract, 65 bytes; nothing is sent."""
        message = encode_typed_data(
            domain_data={
                "name": f"Counterfoil {contract}",
                "version": "1",
                "chainId": self.engine.w3.eth.chain_id,
                "verifyingContract": self.address,
            },
            message_types={primary: [{"name": name, "type": kind} for name, kind in members.items()]},
            message_data=dict(zip(members, values, strict=True)),
        )
        return signer.sign_message(message)


def compact(signature: bytes) -> tuple[bytes, bytes]:
    """A signature of 65 bytes in the contracts' form (EIP-2098): r, and s with the parity in its highest bit.

    Raises:
        ECDSAInvalidSignatureLength: it has not 65 bytes.
        ECDSAInvalidSignature: its last byte is neither 27 nor 28.
        ECDSAInvalidSignatureS: its s is so large that the parity has no room.
    """
    if len(signature) != 65:
        raise errors.ECDSAInvalidSignatureLength(len(signature))
    r, s, v = signature[:32], signature[32:64], signature[64]
    if v not in (27, 28):
        raise errors.ECDSAInvalidSignature()
    if s[0] >> 7:
        raise errors.ECDSAInvalidSignatureS(s)
    return r, bytes((s[0] | v - 27 << 7,)) + s[1:]


def contract_at(engine: Engine, manifest: Manifest, name: str) -> tuple[Contract, dict[str, str]]:
    """The named contract of a deployment, and the names of all of them by address."""
    address = engine.w3.to_checksum_address(manifest.addresses[name])
    names = {manifest.addresses[each]: each for each in CONTRACTS}
    return engine.w3.eth.contract(address=address, abi=artifact(name).abi), names
