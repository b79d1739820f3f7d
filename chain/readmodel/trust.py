"""What the tables say of certificates: how far they were followed, and from which genesis."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from chain.headers import ValidatorSet
from chain.readmodel.certificates import Certificates, WrongGenesis
from chain.readmodel.codec import from_json, to_json
from chain.readmodel.schema import certified


def trust(connection: Connection, trusted: ValidatorSet, certificates: Certificates) -> None:
    """Writes the validators after the newest block that was checked."""
    connection.execute(delete(certified))
    row = {"id": 1, "genesis": certificates.founding.hash, "validators": to_json(trusted)}
    connection.execute(insert(certified), row)


def trusted_in(connection: Connection) -> ValidatorSet | None:
    """The validators after the newest block that was checked; None before there is one."""
    row = connection.execute(select(certified)).first()
    return None if row is None else from_json(ValidatorSet, row.validators)


def all_certified(
    connection: Connection, certificates: Certificates, cursor: tuple[int, bytes] | None
) -> bool:
    """Whether every block up to the cursor was held against its certificate, from this genesis on.

    Raises:
        WrongGenesis: it was another network's.
    """
    row = connection.execute(select(certified)).first()
    if row is not None and bytes(row.genesis) != certificates.founding.hash:
        raise WrongGenesis(
            f"the read model follows from the genesis 0x{bytes(row.genesis).hex()}, "
            f"the network's is 0x{certificates.founding.hash.hex()}"
        )
    trusted = trusted_in(connection)
    return cursor is None or (trusted is not None and (trusted.block, trusted.hash) == cursor)
