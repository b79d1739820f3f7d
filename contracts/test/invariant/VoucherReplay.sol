// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Receivables} from "../../src/Receivables.sol";
import {Vm} from "../utils/Test.sol";
import {Model} from "./Model.sol";

/// @dev Vouchers and payments from their logs. A step that no lawful ledger takes fails here: who is no holder
/// moves nothing, and what is encumbered changes by the hand that may.
abstract contract VoucherReplay is Model {
    /// @dev Who has signed for the acceptance that comes next.
    uint32 private _carried;

    function _replayReceivables(Vm.Log memory log) internal {
        bytes32 kind = log.topics[0];
        uint80 id = _voucherIn(log.topics[1]);
        if (kind == Receivables.PaymentRecorded.selector) {
            _paidReplay(log, _number(log.topics[1]));
        } else if (kind == Receivables.CreditReturned.selector) {
            Receivables.Receivable storage r = modelReceivable[_number(log.topics[1])];
            (, r.credit,) = abi.decode(log.data, (uint48, uint48, address));
            _useReference(log.topics[2], _number(log.topics[1]));
        } else if (kind == Receivables.Split.selector) {
            _splitReplay(log, id);
        } else if (kind == Receivables.Redeemed.selector) {
            _redeemedReplay(log, id);
        } else if (
            kind == Receivables.Frozen.selector || kind == Receivables.Disputed.selector
                || kind == Receivables.WrittenOff.selector || kind == Receivables.Unfrozen.selector
                || kind == Receivables.DisputeEnded.selector
        ) {
            _markedReplay(log, kind, id);
        } else {
            _movedReplay(log, kind, id);
        }
    }

    /* MOVES */

    function _movedReplay(Vm.Log memory log, bytes32 kind, uint80 id) private {
        Receivables.Voucher storage v = modelVoucher[id];
        if (kind == Receivables.Offered.selector) {
            _expectPassable(id, _actorOf(log));
            _encumber(
                id,
                Receivables.Encumbrance.Offered,
                _number(log.topics[3]),
                block.timestamp + modelReceivable[_receivableOf(id)].offerPeriod
            );
        } else if (kind == Receivables.Transferred.selector) {
            _expectPassable(id, _actorOf(log));
            (, address signer,) = abi.decode(log.data, (bytes32, address, address));
            assertEq(modelNumberOf[signer], _number(log.topics[3]), "its receiver signed");
            _move(id, _number(log.topics[3]));
        } else if (kind == Receivables.AcceptanceCarried.selector) {
            _carried = modelNumberOf[address(uint160(uint256(log.topics[2])))];
        } else if (kind == Receivables.Accepted.selector) {
            _expect(id, Receivables.Encumbrance.Offered);
            _expectUnheld(id);
            uint32 by = _carried == 0 ? _actorOf(log) : _carried;
            _carried = 0;
            assertEq(by, v.counterparty, "its receiver accepts");
            assertTrue(block.timestamp <= v.until, "not lapsed");
            _move(id, v.counterparty);
        } else if (kind == Receivables.Refused.selector) {
            _expect(id, Receivables.Encumbrance.Offered);
            assertEq(_actorOf(log), v.counterparty, "its receiver refuses");
            _free(id);
        } else if (kind == Receivables.Withdrawn.selector) {
            _expect(id, Receivables.Encumbrance.Offered);
            assertEq(_actorOf(log), v.holder, "its holder withdraws");
            _free(id);
        } else {
            _unknownEvent();
        }
    }

    function _expectUnheld(uint80 id) internal view {
        Receivables.Receivable storage r = modelReceivable[_receivableOf(id)];
        Receivables.Voucher storage v = modelVoucher[id];
        uint8 held = receivables.FROZEN() | receivables.DISPUTED();
        assertEq(v.flags & held, 0, "nothing that is held moves");
        assertTrue(r.state == Receivables.ReceivableState.Open, "only a debt moves");
        assertEq(r.flags & receivables.RED_LETTERED(), 0, "nor what is red-lettered");
        assertTrue(block.timestamp < r.dueAt, "nor what is due");
        assertEq(v.payments, r.payments, "nor what is not redeemed up to date");
    }

    /// @dev Only the holder splits, offers or finances what is free.
    function _expectMovable(uint80 id, uint32 actor) internal view {
        _expect(id, Receivables.Encumbrance.Free);
        _expectUnheld(id);
        assertEq(actor, modelVoucher[id].holder, "its holder's alone");
    }

    function _expectPassable(uint80 id, uint32 actor) private view {
        _expectMovable(id, actor);
        assertEq(modelVoucher[id].flags & receivables.BOUND(), 0, "nor what is bound");
        assertLt(modelVoucher[id].tier, modelReceivable[_receivableOf(id)].maxTier, "nor too deep");
    }

    function _splitReplay(Vm.Log memory log, uint80 child) private {
        uint80 parent = _voucherIn(log.topics[2]);
        uint32 to = _number(log.topics[3]);
        (uint48 length,,) = abi.decode(log.data, (uint48, bytes32, address));
        Receivables.Voucher storage p = modelVoucher[parent];
        Receivables.Receivable storage r = modelReceivable[_receivableOf(parent)];
        _expectMovable(parent, _actorOf(log));
        assertTrue(modelVoucher[child].life == Receivables.Life.None, "a start names one for good");
        p.length -= length;
        _raise(p, 1);
        assertEq(child, parent + p.length, "cut off the end");
        bool kept = to == p.holder;
        if (!kept) assertLt(p.tier, r.maxTier, "not too deep");
        modelVoucher[child] = Receivables.Voucher({
            holder: p.holder,
            parent: uint48(parent),
            counterparty: kept ? 0 : to,
            length: length,
            until: kept ? 0 : uint32(block.timestamp) + r.offerPeriod,
            tier: p.tier,
            life: Receivables.Life.Live,
            encumbrance: kept ? Receivables.Encumbrance.Free : Receivables.Encumbrance.Offered,
            flags: 0,
            payments: p.payments,
            version: 0
        });
        foundVouchers.push(child);
        vouchersOf[_receivableOf(child)].push(child);
    }

    /* MARKS */

    function _markedReplay(Vm.Log memory log, bytes32 kind, uint80 id) private {
        Receivables.Voucher storage v = modelVoucher[id];
        assertTrue(v.life == Receivables.Life.Live, "only what is live is marked");
        if (kind == Receivables.Frozen.selector) {
            v.flags |= receivables.FROZEN();
            assertEq(_actorOf(log), REGULATOR, "by a regulator");
        } else if (kind == Receivables.Unfrozen.selector) {
            v.flags &= ~receivables.FROZEN();
            assertEq(_actorOf(log), REGULATOR, "by a regulator");
        } else if (kind == Receivables.Disputed.selector) {
            v.flags |= receivables.DISPUTED();
            assertEq(_actorOf(log), modelReceivable[_receivableOf(id)].debtor, "by its debtor");
        } else if (kind == Receivables.DisputeEnded.selector) {
            v.flags &= ~receivables.DISPUTED();
            uint32 actor = _actorOf(log);
            uint32 debtor = modelReceivable[_receivableOf(id)].debtor;
            assertTrue(actor == debtor || actor == REGULATOR, "by its debtor or a regulator");
        } else {
            v.flags |= receivables.WRITTEN_OFF();
            assertEq(_actorOf(log), v.holder, "by its holder");
            assertTrue(
                block.timestamp >= modelReceivable[_receivableOf(id)].dueAt, "once it is due"
            );
        }
        _raise(v, 1);
    }

    /* PAYMENTS */

    function _paidReplay(Vm.Log memory log, uint32 id) private {
        Receivables.Receivable storage r = modelReceivable[id];
        assertEq(_actorOf(log), SETTLER, "a bank's word");
        (uint48 amount, uint48 paid, uint48 credit,) =
            abi.decode(log.data, (uint48, uint48, uint48, address));
        uint48 taken = paid - r.paid;
        assertEq(amount, taken + (credit - r.credit), "each unit of it is paid or credit");
        (r.paid, r.credit) = (paid, credit);
        if (taken != 0) {
            r.payments += 1;
            modelPaidAfter[id][r.payments] = paid;
            if (paid == r.face) r.state = Receivables.ReceivableState.Settled;
            _release(r, taken);
        }
        _useReference(log.topics[2], id);
    }

    function _redeemedReplay(Vm.Log memory log, uint80 id) private {
        (uint48 amount,) = abi.decode(log.data, (uint48, address));
        Receivables.Receivable storage r = modelReceivable[_receivableOf(id)];
        Receivables.Voucher storage v = modelVoucher[id];
        assertTrue(v.life == Receivables.Life.Live, "redeemed once");
        assertTrue(v.encumbrance != Receivables.Encumbrance.Locked, "nothing that is locked");
        bool pledged = v.encumbrance == Receivables.Encumbrance.Pledged;
        uint32 payee = pledged ? v.counterparty : v.holder;
        assertEq(_number(log.topics[2]), payee, "to whom it is due");
        uint32 actor = _actorOf(log);
        assertTrue(
            actor == SETTLER || actor == payee || actor == v.holder, "by a bank or whom it is due"
        );
        r.redeemed += amount;
        v.payments = r.payments;
        _raise(v, 1);
        if (r.paid != r.face) return;
        v.life = Receivables.Life.Redeemed;
        (v.encumbrance, v.counterparty, v.until) = (Receivables.Encumbrance.Free, 0, 0);
    }
}
