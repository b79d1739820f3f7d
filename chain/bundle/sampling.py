"""One voucher out of a bundle: every entry of the log that made it what it is, and its stored word.

For a bank that checks some vouchers and not the whole ledger. Of the blocks that tell of the voucher all is
verified: roots, receipts, signatures. Of the others only that their headers lead to the last one, under
whose state root the voucher is stored; and, of a BFT network, that every block has its certificate. Whether
what was done was lawful is what `verify_bundle` shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chain import events as ev
from chain.artifacts import CONTRACTS
from chain.bundle.blocks import CheckedBlock, Context, check_blocks
from chain.bundle.divergence import Diverges, diverge
from chain.bundle.file import parsed, read_lines, unhexed
from chain.bundle.finality import PAGE, check_headers, read_consensus
from chain.bundle.opening import Opening, read_opening
from chain.bundle.signatures import signing_domains
from chain.bundle.state import Account, prove_words, read_account, read_state
from chain.deployment import empty_ledger
from chain.headers.codecs import CODECS
from chain.headers.header import BadHeader, Header
from chain.rules.state import Encumbrance, Kind, Life, Voucher, VoucherFlag, receivable_of
from chain.rules.vouchers import NO_VOUCHER
from chain.storage import Word, expected_words


@dataclass(frozen=True, slots=True)
class Step:
    """An entry of the log and where it stands; `time` in seconds since 1970 (UTC), hashes 0x-prefixed."""

    block: int
    block_hash: str
    time: int
    transaction: str
    sender: str
    log: int
    event: ev.Event

    def to_json(self) -> dict[str, Any]:
        """The step as JSON has it."""
        facts: dict[str, Any] = asdict(self.event)  # type: ignore[call-overload]
        shown = {name: "0x" + v.hex() if isinstance(v, bytes) else v for name, v in facts.items()}
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {"event": type(self.event).__name__, "facts": shown}


@dataclass(frozen=True, slots=True)
class VoucherProof:
    """A voucher's lineage and what is stored of it at the last block.

    `bound` says how the stored word is bound to that block's header, as in `BundleReport`.
    """

    voucher: int
    steps: tuple[Step, ...]
    stored: Voucher
    bound: str
    last_block: int
    last_hash: str

    def to_json(self) -> dict[str, Any]:
        """The proof as JSON has it."""
        values = {name: getattr(self, name) for name in ("voucher", "bound", "last_block", "last_hash")}
        return values | {"stored": asdict(self.stored), "steps": [step.to_json() for step in self.steps]}


@dataclass(frozen=True, slots=True)
class _Sample:
    """What is read of a bundle in one pass: the steps found, the last header, the lines of the state."""

    opening: Opening
    steps: list[Step]
    last: Header
    lines: Iterator[bytes]


def prove_voucher(path: Path, voucher: int) -> VoucherProof:
    """Proves one voucher from a bundle, with no network.

    Args:
        path: The bundle.
        voucher: The voucher's id.

    Raises:
        Diverges: the bundle is not what it should be, as far as it was looked at.
        LookupError: no entry of the log tells of the voucher.
    """
    own = receivable_of(voucher)
    # A receivable's number and its vouchers' ids are words that share these digits.
    sample = _read(path, (f"{own:052x}",))
    told = _lineage([step for step in sample.steps if _number(step.event) == own], voucher)
    proposed = next(step.event for step in told if isinstance(step.event, ev.Proposed))
    stored, bound = _stored(sample, voucher)

    grounds = _read(path, (proposed.evidence.hex(), proposed.invoice.hex()))
    for _ in grounds.lines:
        pass
    wanted = {proposed.evidence, proposed.invoice}
    before = [step for step in grounds.steps if _ground(step.event) in wanted]
    steps = sorted((*before, *told), key=lambda step: (step.block, step.log))
    _check(voucher, stored, told, sample.last.number)
    last_hash = "0x" + sample.last.hash.hex()
    return VoucherProof(voucher, tuple(steps), stored, bound, sample.last.number, last_hash)


def _read(path: Path, wanted: tuple[str, ...]) -> _Sample:
    """Reads all blocks; those whose line has one of the digits wanted are verified, the others linked."""
    lines = read_lines(path)
    opening = read_opening(parsed(next(lines, b"{}\n")), None)
    addresses = {bytes.fromhex(a[2:]): name for name, a in opening.manifest.addresses.items()}
    domains = signing_domains(opening.manifest.chain_id, addresses)
    context = Context(addresses, opening.manifest.chain_id, domains, opening.codec)
    finality = read_consensus(opening.consensus, None)
    if finality:
        for _ in range(-(-(opening.first - 1) // PAGE)):
            headers, divergence = check_headers((next(lines, b"{}\n"),), opening.codec)
            for each, certificate in headers:
                finality.take(each, certificate)
            if divergence:
                raise Diverges(divergence)
    digits = [each.encode() for each in wanted]
    steps: list[Step] = []
    last: Header | None = None
    for number in range(opening.first, opening.last + 1):
        line = next(lines, b"{}\n")
        if any(each in line for each in digits):
            checked = check_blocks((line,), context)
            if checked.divergence:
                raise Diverges(checked.divergence)
            (block,) = checked.blocks
            header, claimed = block.header, block.claimed_hash
            steps += _steps(block)
        else:
            header, claimed = _header(line, opening.codec)
        parent = last.hash if last else header.parent
        if (header.number, header.parent, header.hash) != (number, parent, claimed):
            raise diverge("header", "hash", claimed, header.hash, number)
        if finality:
            finality.take(header, None)
        last = header
    if last is None or last.hash.hex() != opening.head:
        raise diverge("header", "head", opening.head, last.hash if last else "none", opening.last)
    return _Sample(opening, steps, last, lines)


def _header(line: bytes, codec: str) -> tuple[Header, bytes]:
    values = parsed(line)
    try:
        header = CODECS[codec].read_header(unhexed(values.get("header"), "header"))
        return header, unhexed(values.get("hash"), "hash")
    except BadHeader as error:
        raise diverge("header", error.field, error.expected, error.got) from error


def _steps(block: CheckedBlock) -> Iterator[Step]:
    for entry in block.entries:
        for log, _, event in entry.events:
            yield Step(
                block=block.header.number,
                block_hash="0x" + block.header.hash.hex(),
                time=block.header.timestamp,
                transaction="0x" + entry.hash.hex(),
                sender=entry.sender,
                log=log,
                event=event,
            )


def _number(event: ev.Event) -> int:
    """The receivable that an event is about; 0 for none."""
    voucher = getattr(event, "voucher", 0) or getattr(event, "child", 0)
    return receivable_of(voucher) if voucher else int(getattr(event, "receivable", 0))


def _ground(event: ev.Event) -> bytes | None:
    """The evidence or invoice that an event states."""
    match event:
        case ev.Attested() | ev.AttestationRevoked() | ev.AttestationSuperseded():
            return event.commitment
        case ev.InvoiceRegistered() | ev.InvoiceCredited() | ev.InvoiceCorrected():
            return event.nullifier
        case _:
            return None


def _lineage(steps: list[Step], voucher: int) -> list[Step]:
    """The steps that made a voucher: its own, and its ancestors' until each was cut."""
    kept: list[Step] = []
    current = voucher
    for step in reversed(steps):
        match step.event:
            case ev.Split():
                if step.event.child == current:
                    kept.append(step)
                    current = step.event.parent
                elif step.event.parent == current:
                    kept.append(step)
            case _:
                # What happens to the receivable happens to all of its vouchers.
                if getattr(step.event, "voucher", current) == current or hasattr(step.event, "receivable"):
                    kept.append(step)
    born = any(
        isinstance(step.event, ev.Confirmed) and step.event.voucher == current for step in kept
    ) and any(isinstance(step.event, ev.Proposed) for step in kept)
    if not born:
        raise LookupError(f"no entry of the log tells of voucher {voucher}")
    return kept[::-1]


def _stored(sample: _Sample, voucher: int) -> tuple[Voucher, str]:
    """The voucher's record at the last block, and how it is bound to its header."""
    manifest = sample.opening.manifest
    accounts: dict[str, Account] = {}
    for name in CONTRACTS:
        line = next(sample.lines, b"{}\n")
        accounts[name] = read_account(line, name, manifest, sample.last.state_root, sample.opening.codec)
    nodes, stored = read_state(sample.lines)
    words = [(slot, value) for contract, slot, value in stored if contract == "Receivables"]
    word = _word(sample.opening, voucher)
    value = dict(words).get(word.slot)
    if value is None:
        raise diverge("storage", f"Receivables.{word.path}", "a word", "none", sample.last.number)
    bound, divergence = prove_words(
        accounts["Receivables"], words, nodes.get("Receivables"), sample.last.number
    )
    if divergence:
        raise Diverges(divergence)
    members: dict[str, Any] = {member.name: member.of(value) for member in word.members}
    kinds = {"life": Life, "encumbrance": Encumbrance, "flags": VoucherFlag}
    return Voucher(**members | {name: kind(members[name]) for name, kind in kinds.items()}), bound


def _word(opening: Opening, voucher: int) -> Word:
    """The word that a voucher is stored in."""
    ledger = empty_ledger(opening.manifest)
    ledger.voucher[voucher] = NO_VOUCHER
    return next(word for word in expected_words(ledger) if word.path == f"voucher[{voucher}]")


def _check(voucher: int, stored: Voucher, steps: list[Step], block: int) -> None:
    """What is stored is what the steps come to: who holds it, and how much."""
    holder, length = 0, 0
    for step in steps:
        match step.event:
            case ev.Proposed():
                length = step.event.face
            case ev.Confirmed():
                holder = step.event.holder
            case ev.Disbursed() if step.event.kind == Kind.PLEDGE:
                pass
            case ev.Accepted() | ev.Transferred() | ev.Disbursed() | ev.BoughtBack():
                holder = step.event.to
            case ev.PledgeEnforced():
                holder = step.event.lender
            case ev.Split() if step.event.child == voucher:
                length = step.event.length
            case ev.Split() if step.event.parent == voucher:
                length -= step.event.length
            case _:
                pass
    for name, expected in (("holder", holder), ("length", length)):
        if getattr(stored, name) != expected:
            raise diverge("storage", f"voucher[{voucher}].{name}", expected, getattr(stored, name), block)
