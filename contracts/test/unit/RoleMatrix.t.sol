// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "../../src/Attestations.sol";
import {Computations} from "../../src/Computations.sol";
import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Every verb of a participant against every role and standing, on a ledger where each could be said.
contract RoleMatrixTest is Fixture {
    /// @dev A call that `actor` may make, in any of `roles`; `needed` is what the contract asks for.
    struct Verb {
        string name;
        uint32 actor;
        uint32 roles;
        uint32 needed;
        address target;
        bytes data;
    }

    /// @dev A call that names `peer` as its other side.
    struct Peer {
        string name;
        uint32 actor;
        uint32 peer;
        uint32 roles;
        address target;
        bytes data;
    }

    Verb[] internal verbs;
    Peer[] internal peers;

    function setUp() public override {
        super.setUp();
        _attesterVerbs();
        _computationVerbs();
        _issueVerbs();
        _voucherVerbs();
        _settlementVerbs();
        _peers();
    }

    function _verb(
        string memory name,
        uint32 actor,
        uint32 roles,
        address target,
        bytes memory data
    ) internal {
        verbs.push(Verb(name, actor, roles, roles, target, data));
    }

    function _attesterVerbs() internal {
        bytes32 statement = _attested();
        bytes32 batch = _new();
        _as(CARRIER);
        attestations.anchor(batch, REVOCABLE_SCHEMA, 1, 0, REASON);
        address a = address(attestations);
        _verb(
            "attest",
            CARRIER,
            Roles.ATTESTER,
            a,
            abi.encodeCall(Attestations.attest, (_new(), REVOCABLE_SCHEMA, SUBJECT, 1, 0))
        );
        _verb(
            "anchor",
            CARRIER,
            Roles.ATTESTER,
            a,
            abi.encodeCall(Attestations.anchor, (_new(), REVOCABLE_SCHEMA, 1, 0, REASON))
        );
        _verb(
            "revoke",
            CARRIER,
            Roles.ATTESTER,
            a,
            abi.encodeCall(Attestations.revoke, (statement, REASON))
        );
        _verb(
            "revokeLeaf",
            CARRIER,
            Roles.ATTESTER,
            a,
            abi.encodeCall(Attestations.revokeLeaf, (batch, 0, REASON))
        );
        _verb(
            "registerInvoice",
            TAX,
            Roles.ATTESTER,
            address(receivables),
            abi.encodeCall(Receivables.registerInvoice, (_new(), SUPPLIER, CNY, 1))
        );
    }

    function _computationVerbs() internal {
        bytes32 input = _attested();
        bytes memory grant = abi.encodeCall(
            Computations.grant, (BANK, REASON, REASON, input, input, 2, START + 1 days)
        );
        address c = address(computations);
        vm.prank(_account(SUPPLIER));
        (bool granted,) = c.call(grant);
        assertTrue(granted, "granted");
        _as(BANK);
        bytes32 job = computations.open(1);
        _verb("grant", SUPPLIER, Roles.ALL, c, grant);
        _verb("withdraw", SUPPLIER, Roles.ALL, c, abi.encodeCall(Computations.withdraw, (1)));
        _verb("open", BANK, Roles.FINANCIER, c, abi.encodeCall(Computations.open, (1)));
        _verb(
            "complete",
            BANK,
            Roles.FINANCIER,
            c,
            abi.encodeCall(Computations.complete, (job, REASON, REASON, REASON))
        );
    }

    function _issueVerbs() internal {
        address r = address(receivables);
        bytes memory propose = abi.encodeCall(
            Receivables.propose, (ANCHOR, SUPPLIER, 5, CNY, DUE_AT, _attested(), _invoiced(5))
        );
        uint32 either = Roles.DEBTOR | Roles.SUPPLIER;
        // Who proposes must also be what it says it is.
        verbs.push(Verb("propose by debtor", ANCHOR, Roles.DEBTOR, either, r, propose));
        verbs.push(Verb("propose by creditor", SUPPLIER, Roles.SUPPLIER, either, r, propose));
        uint32 id = _proposed(FACE);
        // Who confirms must still be what the proposal says it is.
        bytes memory confirm = abi.encodeCall(Receivables.confirm, (id));
        verbs.push(Verb("confirm by debtor", ANCHOR, Roles.DEBTOR, either, r, confirm));
        confirm = abi.encodeCall(Receivables.confirm, (_proposedBy(ANCHOR, SUPPLIER)));
        verbs.push(Verb("confirm by creditor", SUPPLIER, Roles.SUPPLIER, either, r, confirm));
        _verb("reject", ANCHOR, either, r, abi.encodeCall(Receivables.reject, (id, REASON)));
        _verb("cancel", SUPPLIER, Roles.ALL, r, abi.encodeCall(Receivables.cancel, (id, REASON)));
    }

    /// @dev What the anchor owes `creditor`, in the words of `proposer`.
    function _proposedBy(uint32 proposer, uint32 creditor) internal returns (uint32 id) {
        bytes32 evidence = _attested();
        bytes32 nullifier = _invoiced(creditor, CNY, FACE);
        _as(proposer);
        id = receivables.propose(ANCHOR, creditor, FACE, CNY, DUE_AT, evidence, nullifier);
    }

    function _voucherVerbs() internal {
        address r = address(receivables);
        uint64 free = _confirmed(FACE);
        Receivables.Quote memory quote = _quote(free, BANK, 1);
        _verb(
            "split",
            SUPPLIER,
            Roles.HOLDER,
            r,
            abi.encodeCall(Receivables.split, (free, 0, _leg(SECOND, 1)))
        );
        _verb(
            "offer",
            SUPPLIER,
            Roles.HOLDER,
            r,
            abi.encodeCall(Receivables.offer, (free, 0, SECOND, EVIDENCE))
        );
        _verb(
            "acceptQuote",
            SUPPLIER,
            Roles.HOLDER,
            r,
            abi.encodeCall(Receivables.acceptQuote, (quote, _sign(BANK, quote)))
        );

        uint64 offered = _confirmed(FACE);
        _offer(offered, SECOND);
        _verb("accept", SECOND, Roles.HOLDER, r, abi.encodeCall(Receivables.accept, (offered, 1)));
        _verb(
            "refuse",
            SECOND,
            Roles.HOLDER,
            r,
            abi.encodeCall(Receivables.refuse, (offered, 1, REASON))
        );
        _verb(
            "withdraw offer",
            SUPPLIER,
            Roles.HOLDER,
            r,
            abi.encodeCall(Receivables.withdraw, (offered, 1))
        );
    }

    function _settlementVerbs() internal {
        address r = address(receivables);
        uint64 locked = _confirmed(FACE);
        _finance(locked, BANK, 1);
        _verb(
            "releaseLock",
            BANK,
            Roles.HOLDER | Roles.SETTLEMENT_BANK,
            r,
            abi.encodeCall(Receivables.releaseLock, (locked, 1))
        );
        _verb(
            "disburse",
            SETTLER,
            Roles.SETTLEMENT_BANK,
            r,
            abi.encodeCall(Receivables.disburse, (locked, 1, 1, _new()))
        );

        uint32 id = _receivableOf(_confirmed(FACE));
        _pay(id, 1);
        _verb(
            "recordPayment",
            SETTLER,
            Roles.SETTLEMENT_BANK,
            r,
            abi.encodeCall(Receivables.recordPayment, (id, 1, _new()))
        );
        _verb(
            "redeem",
            SUPPLIER,
            Roles.HOLDER | Roles.SETTLEMENT_BANK,
            r,
            abi.encodeCall(Receivables.redeem, (id, _numbers(1)))
        );
    }

    /// @dev The other sides are participants of their own, so that the caller's standing is no matter.
    function _peers() internal {
        address r = address(receivables);
        bytes memory propose = abi.encodeCall(
            Receivables.propose,
            (ANCHOR, THIRD, 5, CNY, DUE_AT, _attested(), _invoiced(THIRD, CNY, 5))
        );
        peers.push(Peer("propose in favour of", ANCHOR, THIRD, Roles.SUPPLIER, r, propose));
        peers.push(Peer("propose against", THIRD, ANCHOR, Roles.DEBTOR, r, propose));
        bytes memory confirm = abi.encodeCall(Receivables.confirm, (_proposedBy(THIRD, THIRD)));
        peers.push(Peer("confirm in favour of", ANCHOR, THIRD, Roles.SUPPLIER, r, confirm));
        confirm = abi.encodeCall(Receivables.confirm, (_proposedBy(ANCHOR, THIRD)));
        peers.push(Peer("confirm against", THIRD, ANCHOR, Roles.DEBTOR, r, confirm));
        uint64 offered = _confirmed(FACE);
        _offer(offered, SECOND);
        peers.push(
            Peer(
                "accept from",
                SECOND,
                SUPPLIER,
                Roles.HOLDER,
                r,
                abi.encodeCall(Receivables.accept, (offered, 1))
            )
        );
        uint64 free = _confirmed(FACE);
        peers.push(
            Peer(
                "split for",
                SUPPLIER,
                THIRD,
                Roles.HOLDER,
                r,
                abi.encodeCall(Receivables.split, (free, 0, _leg(THIRD, 1)))
            )
        );
        peers.push(
            Peer(
                "offer to",
                SUPPLIER,
                THIRD,
                Roles.HOLDER,
                r,
                abi.encodeCall(Receivables.offer, (free, 0, THIRD, EVIDENCE))
            )
        );
        Receivables.Quote memory quote = _quote(free, FACTOR, 1);
        peers.push(
            Peer(
                "accept the quote of",
                SUPPLIER,
                FACTOR,
                Roles.FINANCIER,
                r,
                abi.encodeCall(Receivables.acceptQuote, (quote, _sign(FACTOR, quote)))
            )
        );
        peers.push(
            Peer(
                "grant to",
                SUPPLIER,
                FACTOR,
                Roles.FINANCIER,
                address(computations),
                abi.encodeCall(
                    Computations.grant,
                    (FACTOR, REASON, REASON, _attested(), _attested(), 1, START + 1 days)
                )
            )
        );
        // Whatever the owner's role, it has to be able to act: its consent is from the verbs above.
        peers.push(
            Peer(
                "open a job of",
                BANK,
                SUPPLIER,
                Roles.ALL,
                address(computations),
                abi.encodeCall(Computations.open, (1))
            )
        );
    }

    /* THE TABLES */

    function _check(
        address caller,
        address target,
        bytes memory data,
        bytes memory refusal,
        string memory name
    ) internal {
        vm.prank(caller);
        (bool success, bytes memory returned) = target.call(data);
        if (refusal.length == 0) {
            assertTrue(success, string.concat(name, " is lawful"));
        } else {
            assertFalse(success, string.concat(name, " is refused"));
            assertEq(returned, refusal, string.concat(name, " is refused for this"));
        }
    }

    function _missing(uint32 number, uint32 role, uint32 needed)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(Participants.RoleMissing.selector, number, role, needed);
    }

    /// @dev Each verb is lawful in each of its roles and refused in every other.
    function testVerbsByRole() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            for (uint32 role = 1; role < Roles.ALL; role <<= 1) {
                _setRoles(v.actor, role);
                bytes memory refusal;
                if (role & v.needed == 0) {
                    refusal = _missing(v.actor, role, v.needed);
                } else if (role & v.roles == 0) {
                    refusal = _missing(v.actor, role, v.roles);
                }
                _check(_account(v.actor), v.target, v.data, refusal, v.name);
                vm.revertToState(snapshot);
            }
        }
    }

    function testVerbsOfASuspendedParticipant() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            _suspend(v.actor);
            _check(
                _account(v.actor),
                v.target,
                v.data,
                abi.encodeWithSelector(Participants.ParticipantSuspended.selector, v.actor),
                v.name
            );
            vm.revertToState(snapshot);
        }
    }

    function testVerbsOfAnExpiredParticipant() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            _govern(abi.encodeCall(Participants.setRoles, (v.actor, Roles.ALL, START + 1)));
            vm.warp(START + 2);
            _check(
                _account(v.actor),
                v.target,
                v.data,
                abi.encodeWithSelector(
                    Participants.ParticipantExpired.selector, v.actor, START + 1
                ),
                v.name
            );
            vm.revertToState(snapshot);
        }
    }

    function testVerbsOfStrangersGovernorsAndContracts() public {
        address[4] memory others =
            [STRANGER, GOVERNOR_A, address(participants), address(receivables)];
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            for (uint256 j; j < others.length; ++j) {
                _check(
                    others[j],
                    v.target,
                    v.data,
                    abi.encodeWithSelector(Participants.NotParticipant.selector, others[j]),
                    v.name
                );
            }
        }
    }

    /// @dev The other side needs its role too.
    function testPeersByRole() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < peers.length; ++i) {
            Peer memory p = peers[i];
            for (uint32 role = 1; role < Roles.ALL; role <<= 1) {
                _setRoles(p.peer, role);
                bytes memory refusal;
                if (role & p.roles == 0) refusal = _missing(p.peer, role, p.roles);
                _check(_account(p.actor), p.target, p.data, refusal, p.name);
                vm.revertToState(snapshot);
            }
        }
    }

    function testSuspendedPeers() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < peers.length; ++i) {
            Peer memory p = peers[i];
            _suspend(p.peer);
            _check(
                _account(p.actor),
                p.target,
                p.data,
                abi.encodeWithSelector(Participants.ParticipantSuspended.selector, p.peer),
                p.name
            );
            vm.revertToState(snapshot);
        }
    }

    function testExpiredPeers() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < peers.length; ++i) {
            Peer memory p = peers[i];
            _govern(abi.encodeCall(Participants.setRoles, (p.peer, Roles.ALL, START + 1)));
            vm.warp(START + 2);
            _check(
                _account(p.actor),
                p.target,
                p.data,
                abi.encodeWithSelector(Participants.ParticipantExpired.selector, p.peer, START + 1),
                p.name
            );
            vm.revertToState(snapshot);
        }
    }
}
