"""Following the chain: which block has which transaction, and which block is final.

Every block is read once, in order, each the child of the one before. A transaction is on record before any
node hears of it, so the block that has it is always read after it is on record: none is missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from chain.database import among, batched, reading
from chain.outbox import tables
from chain.outbox.entries import State, note
from chain.outbox.nodes import first_answer
from chain.outbox.outbox import Outbox
from chain.rpc import Header, MissingBlock, Rpc, RpcError, head_number, read_headers

PAGE = 100
"""Blocks read at once."""

KEPT = 512
"""Blocks whose hashes are kept: how far back a development engine may go."""


class Reorganised(Exception):
    """The chain took back a block. On an engine with finality that must not happen: people have to look."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a transaction on record ended in a block; `gas_used` is its own.

    `hash` is what the block has: the transaction itself, or (not `itself`) the empty one with its nonce.
    """

    id: int
    hash: bytes
    itself: bool
    succeeded: bool
    gas_used: int

    @property
    def what(self) -> str:
        """What the block has, in words."""
        outcome = "" if self.succeeded else " and reverted"
        return ("it" if self.itself else "the empty transaction with its nonce") + outcome

    @property
    def end(self) -> tuple[State, str]:
        """What it ends as once the block is final, and why."""
        return _end(self.itself, self.succeeded)


def follow(outbox: Outbox) -> int:
    """Reads the blocks that are new, each in one database transaction with the cursor.

    Returns:
        How many blocks were read.

    Raises:
        Reorganised: the chain took back a block, and the engine is none that may; seen once another follows.
        NodeUnreachable: no node answers.
        MissingBlock: the node lost a block between two questions; ask again.
    """
    cursor = cursor_of(outbox)
    if cursor is None:
        node, head = first_answer(outbox, lambda each: (each, head_number(each)))
        (newest,) = read_headers(node, [head])
        with outbox.database.begin() as connection:
            _remember(connection, newest)
        return 1
    number, known = cursor
    read = 0
    if outbox.settings.reversible:
        node, head, there = first_answer(outbox, lambda each: (each, *_head_and_hash(each, number)))
        if head < number or (head == number and there != known):
            number, known = _rewind(outbox, node, head)
    else:
        # A block that took the known one's place shows in its child. Until then it is not asked for: a block
        # comes with the hashes of all its transactions, and a worker looks many times before the next one.
        node, head = first_answer(outbox, lambda each: (each, head_number(each)))
        if head < number:
            return 0  # a node that is behind another says nothing about the chain
    while number < head:
        page = read_headers(node, range(number + 1, min(head, number + PAGE) + 1))
        receipts = _receipts(outbox, node, page)
        for block in page:
            if block.parent_hash != known:
                number, known = _rewind(outbox, node, head)
                break
            final = outbox.is_final(block, head)
            if not _take(outbox, block, known, receipts.get(block.hash, ()), final=final):
                return read  # another process reads the chain for this database as well
            number, known = block.number, block.hash
            read += 1
    if read or not outbox.at_once:
        settle(outbox, node, head)
    return read


def cursor_of(outbox: Outbox) -> tuple[int, bytes] | None:
    """Number and hash of the newest block that was read."""
    with reading(outbox.database) as connection:
        row = connection.execute(select(tables.block).order_by(tables.block.c.number.desc()).limit(1)).first()
    return None if row is None else (row.number, row.hash)


def _head_and_hash(node: Rpc, number: int) -> tuple[int, bytes | None]:
    """The head's number, and the hash of another block if the node has it; in one question."""
    head, block = node.batch([("eth_blockNumber", []), ("eth_getBlockByNumber", [hex(number), False])])
    if isinstance(head, RpcError):
        raise head
    return int(head, 16), bytes.fromhex(block["hash"][2:]) if isinstance(block, dict) else None


def _remember(connection: Connection, block: Header) -> None:
    connection.execute(
        insert(tables.block).values(number=block.number, hash=block.hash, base_fee=block.base_fee)
    )
    connection.execute(delete(tables.block).where(tables.block.c.number <= block.number - KEPT))


def _receipts(outbox: Outbox, node: Rpc, page: Sequence[Header]) -> Mapping[bytes, Sequence[Receipt]]:
    """Receipts of our transactions, by the hash of their block.

    Raises:
        MissingBlock: a receipt is not there or is of another block: the chain moved in between.
    """
    ours = _ours(outbox, [each for block in page for each in block.transactions])
    concerned = [block for block in page if any(each in ours for each in block.transactions)]
    found: dict[bytes, list[Receipt]] = {}
    answers = node.batch([("eth_getBlockReceipts", [hex(block.number)]) for block in concerned])
    for block, answer in zip(concerned, answers, strict=True):
        wanted = [each for each in block.transactions if each in ours]
        if isinstance(answer, RpcError):
            # Not every engine has receipts by block (ganache has none).
            answer = node.batch([("eth_getTransactionReceipt", [f"0x{each.hex()}"]) for each in wanted])
        given = {r["transactionHash"]: r for r in answer or () if isinstance(r, dict)}
        in_block = f"0x{block.hash.hex()}"
        for each in wanted:
            receipt = given.get(f"0x{each.hex()}")
            if receipt is None or receipt["blockHash"] != in_block:
                raise MissingBlock(node.name, block.number)
            id_, own_hash = ours[each]
            succeeded, gas_used = int(receipt["status"], 16) == 1, int(receipt["gasUsed"], 16)
            found.setdefault(block.hash, []).append(Receipt(id_, each, each == own_hash, succeeded, gas_used))
    return found


def _ours(outbox: Outbox, hashes: Sequence[bytes]) -> dict[bytes, tuple[int, bytes]]:
    """Ids and hashes of our transactions among those of a block, or of those whose nonce they free."""
    columns = tables.transaction.c
    ours: dict[bytes, tuple[int, bytes]] = {}
    with reading(outbox.database) as connection:
        for some in batched(hashes):
            for column in (columns.hash, columns.filler_hash):
                asked = select(columns.id, columns.hash, column.label("found")).where(
                    among(connection, column, some)
                )
                ours |= {row.found: (row.id, row.hash) for row in connection.execute(asked)}
    return ours


def _take(outbox: Outbox, block: Header, parent: bytes, receipts: Sequence[Receipt], *, final: bool) -> bool:
    """Writes what a block holds and moves the cursor to it; False if the cursor is not at its parent."""
    with outbox.database.begin() as connection:
        at = connection.execute(
            select(tables.block)
            .where(tables.block.c.number == select(func.max(tables.block.c.number)).scalar_subquery())
            .with_for_update()
        ).one()
        if (at.number, at.hash) != (block.number - 1, parent):
            return False
        include(connection, receipts, block.number, block.hash, final=final)
        _remember(connection, block)
    return True


def include(
    connection: Connection, receipts: Sequence[Receipt], number: int, block_hash: bytes, *, final: bool
) -> None:
    """Notes that a block has transactions of ours, or empty ones with their nonces; and that it is final."""
    if not receipts:
        return
    columns = tables.transaction.c
    connection.execute(
        update(tables.transaction)
        .where(columns.id == bindparam("which"))
        .values(
            state=bindparam("new_state"),
            block_number=bindparam("in_block"),
            block_hash=bindparam("of_hash"),
            included_hash=bindparam("by"),
            succeeded=bindparam("well"),
            gas_used=bindparam("used"),
            problem=None,
        ),
        [
            {
                "which": each.id,
                "new_state": (each.end[0] if final else State.INCLUDED).value,
                "in_block": number,
                "of_hash": block_hash,
                "by": each.hash,
                "well": each.succeeded,
                "used": each.gas_used,
            }
            for each in receipts
        ],
    )
    note(connection, [(each.id, State.INCLUDED, f"block {number} has {each.what}") for each in receipts])
    if final:
        note(connection, [(each.id, *each.end) for each in receipts])


def settle(outbox: Outbox, node: Rpc, head: int) -> None:
    """Ends what is in blocks that have become final since they were read.

    Raises:
        NodeUnreachable: there is no answer.
    """
    columns = tables.transaction.c
    with reading(outbox.database) as connection:
        numbers = connection.execute(
            select(columns.block_number).where(tables.is_included).distinct()
        ).scalars()
        open_blocks = sorted(numbers)
    final = [
        block.hash
        for first in range(0, len(open_blocks), PAGE)
        for block in read_headers(node, open_blocks[first : first + PAGE])
        if outbox.is_final(block, head)
    ]
    if not final:
        return
    with outbox.database.begin() as connection:
        for some in (final[first : first + 500] for first in range(0, len(final), 500)):
            rows = connection.execute(
                select(columns.id, columns.hash, columns.included_hash, columns.succeeded)
                .where(tables.is_included, among(connection, columns.block_hash, some))
                .with_for_update()
            ).all()
            ended = []
            for row in rows:
                ended.append((row.id, *_end(row.included_hash == row.hash, row.succeeded)))
            if ended:
                connection.execute(
                    update(tables.transaction)
                    .where(columns.id == bindparam("which"))
                    .values(state=bindparam("new_state")),
                    [{"which": id_, "new_state": state.value} for id_, state, _ in ended],
                )
            note(connection, ended)


def _end(itself: bool, succeeded: bool) -> tuple[State, str]:
    if not itself:
        return State.EXPIRED, "an empty transaction used its nonce"
    return State.FINAL if succeeded else State.REVERTED, "its block is final"


def _rewind(outbox: Outbox, node: Rpc, head: int) -> tuple[int, bytes]:
    """Goes back to the newest block that the chain still has; what was in later ones is sent again.

    Raises:
        Reorganised: the engine is none that takes blocks back, or it took back more than is remembered.
    """
    with reading(outbox.database) as connection:
        rows = connection.execute(select(tables.block).order_by(tables.block.c.number.desc())).all()
    kept = {row.number: row.hash for row in rows}
    newest = rows[0]
    if not outbox.settings.reversible:
        raise Reorganised(
            f"{node.name}: block {newest.number} was 0x{newest.hash.hex()} and is no longer in the chain; "
            f"nothing was changed"
        )
    numbers = [number for number in sorted(kept) if number <= head]
    agreeing = [b for b in read_headers(node, numbers) if b.hash == kept[b.number]]
    if not agreeing:
        raise Reorganised(f"{node.name}: no block since {rows[-1].number} is in the chain any more")
    ancestor = agreeing[-1]
    columns = tables.transaction.c
    values: dict[str, Any] = {
        "state": State.SUBMITTED.value,
        "sent_at": None,
        "block_number": None,
        "block_hash": None,
        "included_hash": None,
        "succeeded": None,
        "gas_used": None,
    }
    with outbox.database.begin() as connection:
        undone = connection.execute(
            update(tables.transaction)
            .where(columns.block_number > ancestor.number)
            .values(values)
            .returning(columns.id)
        ).scalars()
        detail = f"the chain went back to block {ancestor.number}"
        note(connection, [(id_, State.SUBMITTED, detail) for id_ in undone])
        connection.execute(delete(tables.block).where(tables.block.c.number > ancestor.number))
    return ancestor.number, ancestor.hash
