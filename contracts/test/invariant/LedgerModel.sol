// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Fixture} from "../utils/Fixture.sol";
import {Vm} from "../utils/Test.sol";

/// @dev The ledger's state, rebuilt from its logs and their times alone.
abstract contract LedgerModel is Fixture {
    struct Party {
        uint32 roles;
        Participants.Status status;
        uint40 validUntil;
        uint32 accounts;
    }

    /// @dev What the event says besides its topics.
    struct ProposedData {
        uint48 face;
        uint16 currency;
        uint40 dueAt;
        bytes32 evidence;
        bytes32 invoice;
        address actor;
    }

    mapping(address account => uint32 number) internal modelNumberOf;
    mapping(uint32 number => Party) internal modelParty;
    uint32 internal modelParties;

    Receivables.Policy internal modelPolicy;
    mapping(uint32 id => Receivables.Receivable) internal modelReceivable;
    mapping(uint64 id => Receivables.Voucher) internal modelVoucher;
    mapping(bytes32 nullifier => Receivables.Invoice) internal modelInvoice;
    mapping(uint64 id => Receivables.Lock) internal modelLock;
    mapping(uint32 id => mapping(uint8 payment => uint48)) internal modelPaidAfter;
    mapping(bytes32 ref => uint64) internal modelReference;
    uint32 internal modelReceivables;
    bytes32[] internal modelInvoices;
    bytes32[] internal modelReferences;

    /* REPLAY */

    function _replay(Vm.Log[] memory logs) internal {
        for (uint256 i; i < logs.length; ++i) {
            address emitter = logs[i].emitter;
            if (emitter == address(receivables)) _replayReceivables(logs[i]);
            if (emitter == address(participants)) _replayParticipants(logs[i]);
        }
    }

    function _replayParticipants(Vm.Log memory log) private {
        bytes32 kind = log.topics[0];
        uint32 number = log.topics.length > 1 ? uint32(uint256(log.topics[1])) : 0;
        Party storage p = modelParty[number];
        if (kind == Participants.Admitted.selector) {
            (p.roles, p.validUntil) = abi.decode(log.data, (uint32, uint40));
            p.status = Participants.Status.Active;
            modelParties = number;
        } else if (kind == Participants.RolesSet.selector) {
            (p.roles, p.validUntil) = abi.decode(log.data, (uint32, uint40));
        } else if (kind == Participants.Suspended.selector) {
            p.status = Participants.Status.Suspended;
        } else if (kind == Participants.Reinstated.selector) {
            p.status = Participants.Status.Active;
        } else if (kind == Participants.AccountAdded.selector) {
            modelNumberOf[address(uint160(uint256(log.topics[2])))] = number;
            p.accounts += 1;
        } else if (kind == Participants.AccountRemoved.selector) {
            modelNumberOf[address(uint160(uint256(log.topics[2])))] = 0;
            p.accounts -= 1;
        }
    }

    function _replayReceivables(Vm.Log memory log) private {
        bytes32 kind = log.topics[0];
        if (kind == Receivables.PolicySet.selector) {
            modelPolicy = abi.decode(log.data, (Receivables.Policy));
        } else if (kind == Receivables.InvoiceRegistered.selector) {
            (uint16 currency, uint48 total,) = abi.decode(log.data, (uint16, uint48, address));
            modelInvoice[log.topics[1]] = Receivables.Invoice({
                attester: uint32(uint256(log.topics[2])),
                creditor: uint32(uint256(log.topics[3])),
                currency: currency,
                total: total,
                used: 0
            });
            modelInvoices.push(log.topics[1]);
        } else if (kind == Receivables.Proposed.selector) {
            _proposedReplay(log);
        } else if (kind == Receivables.Confirmed.selector) {
            _confirmedReplay(log);
        } else if (kind == Receivables.Rejected.selector) {
            _endedReplay(log, Receivables.ReceivableState.Rejected);
        } else if (kind == Receivables.Cancelled.selector) {
            _endedReplay(log, Receivables.ReceivableState.Cancelled);
        } else if (kind == Receivables.PaymentRecorded.selector) {
            _paidReplay(log);
        } else {
            _replayVouchers(log, kind, uint64(uint256(log.topics[1])));
        }
    }

    function _proposedReplay(Vm.Log memory log) private {
        uint32 id = uint32(uint256(log.topics[1]));
        Receivables.Receivable storage r = modelReceivable[id];
        r.debtor = uint32(uint256(log.topics[2]));
        r.creditor = uint32(uint256(log.topics[3]));
        ProposedData memory data = abi.decode(log.data, (ProposedData));
        (r.face, r.currency, r.dueAt) = (data.face, data.currency, data.dueAt);
        (r.evidence, r.invoice) = (data.evidence, data.invoice);
        r.state = Receivables.ReceivableState.Proposed;
        r.proposedByDebtor = modelNumberOf[data.actor] == r.debtor;
        modelInvoice[r.invoice].used += r.face;
        modelReceivables = id;
    }

    function _confirmedReplay(Vm.Log memory log) private {
        Receivables.Receivable storage r = modelReceivable[uint32(uint256(log.topics[1]))];
        r.state = Receivables.ReceivableState.Confirmed;
        r.vouchers = 1;
        Receivables.Voucher storage v = modelVoucher[uint64(uint256(log.topics[2]))];
        v.holder = uint32(uint256(log.topics[3]));
        v.length = r.face;
        v.since = uint32(block.timestamp);
        v.life = Receivables.Life.Live;
    }

    function _endedReplay(Vm.Log memory log, Receivables.ReceivableState state) private {
        Receivables.Receivable storage r = modelReceivable[uint32(uint256(log.topics[1]))];
        r.state = state;
        modelInvoice[r.invoice].used -= r.face;
    }

    function _paidReplay(Vm.Log memory log) private {
        uint32 id = uint32(uint256(log.topics[1]));
        Receivables.Receivable storage r = modelReceivable[id];
        (, r.paid,) = abi.decode(log.data, (uint48, uint48, address));
        r.payments += 1;
        modelPaidAfter[id][r.payments] = r.paid;
        if (r.paid == r.face) r.state = Receivables.ReceivableState.Settled;
        _referenceReplay(log.topics[2], id);
    }

    function _referenceReplay(bytes32 ref, uint64 usedFor) private {
        modelReference[ref] = usedFor;
        modelReferences.push(ref);
    }

    function _replayVouchers(Vm.Log memory log, bytes32 kind, uint64 id) private {
        Receivables.Voucher storage v = modelVoucher[id];
        if (kind == Receivables.Split.selector) {
            _splitReplay(log, id);
        } else if (kind == Receivables.Redeemed.selector) {
            _redeemedReplay(log, id);
        } else if (kind == Receivables.Offered.selector) {
            _encumbered(v, Receivables.Encumbrance.Offered, uint32(uint256(log.topics[3])));
        } else if (kind == Receivables.Accepted.selector) {
            v.holder = uint32(uint256(log.topics[3]));
            v.tier += 1;
            _encumbered(v, Receivables.Encumbrance.Free, 0);
        } else if (kind == Receivables.Refused.selector || kind == Receivables.Withdrawn.selector) {
            _encumbered(v, Receivables.Encumbrance.Free, 0);
        } else if (kind == Receivables.QuoteAccepted.selector) {
            (uint48 proceeds,,) = abi.decode(log.data, (uint48, bytes32, address));
            modelLock[id] =
                Receivables.Lock(proceeds, uint40(block.timestamp) + modelPolicy.disbursePeriod);
            _encumbered(v, Receivables.Encumbrance.Locked, uint32(uint256(log.topics[3])));
        } else if (kind == Receivables.Disbursed.selector) {
            (, bytes32 ref,) = abi.decode(log.data, (uint48, bytes32, address));
            _referenceReplay(ref, id);
            delete modelLock[id];
            v.holder = uint32(uint256(log.topics[3]));
            if (v.tier < type(uint8).max) v.tier += 1;
            _encumbered(v, Receivables.Encumbrance.Free, 0);
        } else if (kind == Receivables.LockReleased.selector) {
            delete modelLock[id];
            _encumbered(v, Receivables.Encumbrance.Free, 0);
        } else {
            // forge-lint: disable-next-line(custom-errors)
            revert("an event nobody told the model about");
        }
    }

    function _splitReplay(Vm.Log memory log, uint64 child) private {
        uint64 parent = uint64(uint256(log.topics[2]));
        uint32 to = uint32(uint256(log.topics[3]));
        (uint48 length,,) = abi.decode(log.data, (uint48, bytes32, address));
        Receivables.Voucher storage p = modelVoucher[parent];
        p.length -= length;
        unchecked {
            p.version += 1;
        }
        bool kept = to == p.holder;
        modelVoucher[child] = Receivables.Voucher({
            holder: p.holder,
            parent: uint24(parent),
            counterparty: kept ? 0 : to,
            start: p.start + p.length,
            length: length,
            since: uint32(block.timestamp),
            tier: p.tier,
            life: Receivables.Life.Live,
            encumbrance: kept ? Receivables.Encumbrance.Free : Receivables.Encumbrance.Offered,
            payments: p.payments,
            version: 0
        });
        modelReceivable[_receivableOf(child)].vouchers = uint24(child);
    }

    function _redeemedReplay(Vm.Log memory log, uint64 id) private {
        (uint48 amount,) = abi.decode(log.data, (uint48, address));
        Receivables.Receivable storage r = modelReceivable[_receivableOf(id)];
        Receivables.Voucher storage v = modelVoucher[id];
        r.redeemed += amount;
        v.payments = r.payments;
        unchecked {
            v.version += 1;
        }
        if (r.paid == r.face) {
            v.life = Receivables.Life.Redeemed;
            v.encumbrance = Receivables.Encumbrance.Free;
            v.counterparty = 0;
        }
    }

    function _encumbered(
        Receivables.Voucher storage v,
        Receivables.Encumbrance encumbrance,
        uint32 counterparty
    ) private {
        v.encumbrance = encumbrance;
        v.counterparty = counterparty;
        v.since = uint32(block.timestamp);
        unchecked {
            v.version += 1;
        }
    }

    /* COMPARISON */

    /// @dev All that the ledger stores is what its logs say, to the last bit.
    function checkReplay() external view {
        _checkParticipants();
        (
            uint32 maxTerm,
            uint32 offerPeriod,
            uint32 disbursePeriod,
            uint8 maxTier,
            uint8 minLevel,
            uint16 maxLegs
        ) = receivables.policy();
        assertEq(
            abi.encode(maxTerm, offerPeriod, disbursePeriod, maxTier, minLevel, maxLegs),
            abi.encode(modelPolicy),
            "policy"
        );
        assertEq(receivables.receivableCount(), modelReceivables, "receivables");
        for (uint32 id = 1; id <= modelReceivables; ++id) {
            _checkReceivable(id);
        }
        for (uint256 i; i < modelInvoices.length; ++i) {
            assertEq(
                abi.encode(_invoiceBy(modelInvoices[i])),
                abi.encode(modelInvoice[modelInvoices[i]]),
                "invoice"
            );
        }
        for (uint256 i; i < modelReferences.length; ++i) {
            bytes32 ref = modelReferences[i];
            assertEq(receivables.referenceUsed(ref), modelReference[ref], "reference");
        }
    }

    function _checkParticipants() private view {
        assertEq(participants.participantCount(), modelParties, "participants");
        for (uint32 number = 1; number <= modelParties; ++number) {
            (uint32 roles, Participants.Status status, uint40 validUntil, uint32 accounts) =
                participants.participant(number);
            assertEq(
                abi.encode(roles, status, validUntil, accounts),
                abi.encode(modelParty[number]),
                "participant"
            );
        }
    }

    function _checkReceivable(uint32 id) private view {
        Receivables.Receivable memory r = modelReceivable[id];
        assertEq(abi.encode(receivables.receivable(id)), abi.encode(r), "receivable");
        for (uint24 number; number <= r.vouchers + 1; ++number) {
            uint64 which = _voucherOf(id, number);
            // Slot 5 is the mapping of vouchers; one slot is all that a voucher has.
            bytes32 slot = keccak256(abi.encode(which, uint256(5)));
            assertEq(vm.load(address(receivables), slot), _word(modelVoucher[which]), "voucher");
            assertEq(
                abi.encode(receivables.voucher(which)),
                abi.encode(modelVoucher[which]),
                "voucher as it is told"
            );
            Receivables.Lock memory lock = _lockOf(which);
            assertEq(lock.proceeds, modelLock[which].proceeds, "proceeds");
            assertEq(lock.disburseBy, modelLock[which].disburseBy, "disburse by");
        }
        for (uint8 payment; payment <= r.payments; ++payment) {
            assertEq(receivables.paidAfter(id, payment), modelPaidAfter[id][payment], "paid after");
        }
    }

    /// @dev The word of the model's own voucher, which the compiler alone has laid out, field by field.
    function _word(Receivables.Voucher storage v) private view returns (bytes32 word) {
        assembly ("memory-safe") {
            word := sload(v.slot)
        }
    }
}
