// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Whatever has become of a voucher and of those around it: who holds it lawfully can be paid, and can move
/// it before maturity unless somebody with the right to has stopped it.
contract LivenessTest is Fixture {
    /// @dev Bits of a course that a voucher may have taken.
    uint256 internal constant PASSED_ON = 1;
    uint256 internal constant SPLIT = 2;
    uint256 internal constant PART_PAID = 4;
    uint256 internal constant BOUND = 8;
    uint256 internal constant RED_LETTERED = 16;
    uint256 internal constant DISPUTED = 32;
    uint256 internal constant FROZEN = 64;
    uint256 internal constant WRITTEN_OFF = 128;

    uint80 internal voucherId;
    uint32 internal id;

    /// @dev A voucher on one of the courses there are, and in one of the hands: `hands` is free, offered, locked
    /// for each kind of deal, or pledged.
    function _onCourse(uint256 course, uint8 hands) internal {
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
        if (course & PASSED_ON != 0) _passed(voucherId, SECOND);
        if (course & SPLIT != 0) {
            uint80 child = _split(voucherId, _holderOf(voucherId), FACE / 3);
            if (course >> 8 & 1 == 0) voucherId = child;
        }
        if (course & PART_PAID != 0) {
            _pay(id, FACE / 7);
            _redeem(voucherId);
        }
        if (course & BOUND != 0) _financed(voucherId, TRADER, Financing.Kind.RecoursePurchase);
        _put(hands, course & BOUND != 0);
        if (course & RED_LETTERED != 0) _credit(issuance.issue(id).invoice, 1, _ids(id));
        if (course & DISPUTED != 0) _dispute(voucherId);
        if (course & FROZEN != 0) _freeze(voucherId);
        if (course & WRITTEN_OFF != 0) {
            vm.warp(DUE_AT + 1);
            uint8 version = _versionOf(voucherId);
            _as(_holderOf(voucherId));
            receivables.writeOff(voucherId, version, DOCUMENT);
        }
    }

    function _put(uint8 hands, bool bound) internal {
        // What is bound is not offered.
        if (hands == 1 && !bound) _offered(voucherId, THIRD);
        if (hands < 2) return;
        Financing.Quote memory q =
            _quote(voucherId, BANK, Financing.Kind(hands == 5 ? 2 : hands - 2));
        (q.proceeds, q.interest, q.debtorInterest, q.fees) = (q.face / 5, 0, 0, 0);
        _finance(q);
        if (hands == 5) _disburse(voucherId);
    }

    /// @dev Any of the participants but the settlement bank may be suspended or have expired.
    function _incapacitate(uint256 suspended, uint256 expired) internal {
        Participants.Call[] memory calls = new Participants.Call[](uint256(EVERYBODY) * 2);
        uint256 count;
        uint40 end = uint40(block.timestamp) + 1;
        for (uint32 number = 1; number <= EVERYBODY; ++number) {
            if (number == SETTLER) continue;
            bytes memory data = abi.encodeCall(Participants.suspend, (number, REASON));
            if (suspended >> number & 1 == 1) {
                calls[count++] = Participants.Call(address(participants), data);
            }
            data = abi.encodeCall(Participants.setRoles, (number, Roles.AUDITOR, end));
            if (expired >> number & 1 == 1) {
                calls[count++] = Participants.Call(address(participants), data);
            }
        }
        assembly ("memory-safe") {
            mstore(calls, count)
        }
        _govern(calls);
        vm.warp(end + 1);
    }

    /// @dev With no more than a settlement bank and time.
    function _paidByTheBankAlone() internal {
        Receivables.Voucher memory v = _voucher(voucherId);
        if (v.encumbrance == Receivables.Encumbrance.Locked) {
            if (block.timestamp <= v.until) vm.warp(uint256(v.until) + 1);
            _as(SETTLER);
            financing.releaseLock(voucherId, v.version);
            v = _voucher(voucherId);
        }
        bool pledged = v.encumbrance == Receivables.Encumbrance.Pledged;
        uint32 payee = pledged ? v.counterparty : v.holder;
        uint48 collected = receivables.share(
            uint48(voucherId), v.length, receivables.paidAfter(id, v.payments), FACE
        );
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, payee, v.length - collected, _account(SETTLER));
        _redeem(voucherId);
        assertTrue(_voucher(voucherId).life == Receivables.Life.Redeemed, "redeemed");
    }

    function testAHolderCanAlwaysBePaid(
        uint256 course,
        uint8 hands,
        uint256 suspended,
        uint256 expired,
        uint40 late,
        uint48 first
    ) public {
        _onCourse(course, uint8(bound(hands, 0, 5)));
        _incapacitate(suspended, expired);
        // Early, on the day or long overdue; at once or in two parts.
        vm.warp(bound(late, block.timestamp, block.timestamp + 1000 days));
        uint48 outstanding = FACE - receivables.receivable(id).paid;
        first = uint48(bound(first, 1, outstanding));
        _pay(id, first);
        if (first != outstanding) _pay(id, outstanding - first);
        _paidByTheBankAlone();
    }

    /// @dev Or by itself, wherever it may act: nobody has to help it but with the payment.
    function testAHolderCanRedeemForItself(uint256 course, uint8 hands) public {
        hands = uint8(bound(hands, 0, 2)) == 2 ? 5 : uint8(bound(hands, 0, 1));
        _onCourse(course, hands);
        _pay(id, FACE);
        _as(_holderOf(voucherId));
        receivables.redeem(id, _starts(uint48(voucherId)));
        assertTrue(_voucher(voucherId).life == Receivables.Life.Redeemed, "redeemed");
    }

    /// @dev A bank that cannot act any more is replaced by another; nothing waits for one in particular.
    function testAnotherBankCanAct() public {
        _onCourse(0, 2);
        _suspend(SETTLER);
        _setRoles(AUDITOR, Roles.SETTLEMENT_BANK);
        vm.warp(uint256(_voucher(voucherId).until) + 1);
        _as(AUDITOR);
        receivables.recordPayment(id, FACE, "reference");
        _as(AUDITOR);
        financing.releaseLock(voucherId, 1);
        _as(AUDITOR);
        receivables.redeem(id, _starts(0));
        assertTrue(_voucher(voucherId).life == Receivables.Life.Redeemed, "redeemed");
    }

    /// @dev A lock ends: at once by its financier, and by holder or bank after its period, held or not.
    function testALockAlwaysEnds(uint256 course, uint8 hands, uint8 by, uint256 suspended) public {
        _onCourse(course, uint8(bound(hands, 2, 4)));
        Receivables.Voucher memory v = _voucher(voucherId);
        by = uint8(bound(by, 0, 2));
        uint32 actor = by == 0 ? v.counterparty : by == 1 ? v.holder : SETTLER;
        _incapacitate(suspended & ~(uint256(1) << actor), 0);
        if (by != 0 && block.timestamp <= v.until) vm.warp(uint256(v.until) + 1);
        _as(actor);
        financing.releaseLock(voucherId, v.version);
        assertTrue(_voucher(voucherId).encumbrance == Receivables.Encumbrance.Free, "free");
        assertEq(_holderOf(voucherId), v.holder, "its holder's");
    }

    /// @dev A pledge ends: by repayment, whatever has become of lender and borrower.
    function testAPledgeAlwaysEndsByRepayment(
        uint256 course,
        uint256 suspended,
        uint256 expired,
        uint48 collected
    ) public {
        _onCourse(course, 5);
        uint32 holder = _holderOf(voucherId);
        collected = uint48(bound(collected, 0, FACE - receivables.receivable(id).paid - 1));
        if (collected != 0) {
            _pay(id, collected);
            _redeem(voucherId);
        }
        _incapacitate(suspended, expired);
        _repay(voucherId);
        assertTrue(_voucher(voucherId).encumbrance == Receivables.Encumbrance.Free, "free");
        assertEq(_holderOf(voucherId), holder, "its borrower's");
    }

    /// @dev Or by its lender: given up at any time, enforced once it is due and nobody has stopped the voucher.
    function testAPledgeAlwaysEndsByItsLender(uint256 course, bool enforced) public {
        _onCourse(enforced ? course & ~(FROZEN | DISPUTED) : course, 5);
        Receivables.Voucher memory v = _voucher(voucherId);
        if (enforced) {
            if (block.timestamp <= v.until) vm.warp(uint256(v.until) + 1);
            _as(BANK);
            financing.enforcePledge(voucherId, v.version);
            assertEq(_holderOf(voucherId), BANK, "its lender's");
        } else {
            _as(BANK);
            financing.releasePledge(voucherId, v.version);
            assertEq(_holderOf(voucherId), v.holder, "its borrower's");
        }
        assertTrue(_voucher(voucherId).encumbrance == Receivables.Encumbrance.Free, "free");
    }

    /// @dev Whatever hands an unstopped voucher is in, before maturity its holder can sell it for money, and pass
    /// it on by itself unless others may come back on it or it is as deep as it may be.
    function testAHolderCanAlwaysMove(uint256 course, uint8 hands, uint48 paid, uint8 way) public {
        course &= PASSED_ON | SPLIT | PART_PAID | BOUND | 256;
        _onCourse(course, uint8(bound(hands, 0, 5)));
        // Of what is bound the holder can sell what is not due back to others: some of it has to be left.
        paid = uint48(bound(paid, 0, FACE / 4));
        if (paid != 0) _pay(id, paid);
        _freed();
        Receivables.Voucher memory v = _voucher(voucherId);
        if (v.payments != receivables.receivable(id).payments) {
            _as(v.holder);
            receivables.redeem(id, _starts(uint48(voucherId)));
        }
        assertLt(block.timestamp, DUE_AT, "before maturity");
        _moves(v.flags & receivables.BOUND() != 0 ? 0 : way % 4);
    }

    /// @dev Each by who may end it: the holder an offer, and a lock after its time; a bank a loan.
    function _freed() internal {
        Receivables.Voucher memory v = _voucher(voucherId);
        if (v.encumbrance == Receivables.Encumbrance.Offered) {
            _as(v.holder);
            receivables.withdraw(voucherId, v.version);
        } else if (v.encumbrance == Receivables.Encumbrance.Locked) {
            vm.warp(uint256(v.until) + 1);
            _as(v.holder);
            financing.releaseLock(voucherId, v.version);
        } else if (v.encumbrance == Receivables.Encumbrance.Pledged) {
            _repay(voucherId);
        }
    }

    function _moves(uint8 way) internal {
        Receivables.Voucher memory v = _voucher(voucherId);
        if (way == 0) {
            Financing.Quote memory q = _quote(voucherId, FACTOR, Financing.Kind.Purchase);
            (q.proceeds, q.interest, q.debtorInterest, q.fees) = (1, 0, 0, 0);
            _finance(q);
            _disburse(voucherId);
            assertEq(_holderOf(voucherId), FACTOR, "sold");
        } else if (way == 1) {
            _passed(voucherId, THIRD);
            assertEq(_holderOf(voucherId), THIRD, "passed on");
        } else if (way == 2) {
            uint80 child = _split(voucherId, THIRD, 1);
            _accepted(child);
            assertEq(_holderOf(child), THIRD, "a piece passed on");
        } else {
            Receivables.Acceptance memory a = _acceptance(voucherId, THIRD, EVIDENCE);
            (bytes32 r, bytes32 vs) = _sign(THIRD, a);
            _as(v.holder);
            receivables.transfer(voucherId, v.version, THIRD, EVIDENCE, a.validUntil, r, vs);
            assertEq(_holderOf(voucherId), THIRD, "transferred");
        }
    }

    /// @dev What stopped it can be ended: a dispute by its debtor or a regulator, a freeze by a regulator, a note
    /// by the debtor's word where the invoice still covers it.
    function testWhatStopsAVoucherCanBeEnded(bool byDebtor) public {
        Issuance.Terms memory terms = _terms(FACE);
        terms.invoice = _invoiced(FACE + 1);
        voucherId = _issued(terms);
        id = _receivableOf(voucherId);
        _credit(terms.invoice, 1, _ids(id));
        _dispute(voucherId);
        _freeze(voucherId);
        _as(byDebtor ? ANCHOR : REGULATOR);
        receivables.endDispute(voucherId, DOCUMENT);
        _as(REGULATOR);
        receivables.unfreeze(voucherId, DOCUMENT);
        _as(ANCHOR);
        issuance.reaffirm(id, DOCUMENT);
        _moves(1);
    }

    /// @dev A holder that may act no more: its vouchers wait for it, and are paid to it meanwhile.
    function testASuspendedHolderMovesOnceReinstated() public {
        _onCourse(0, 0);
        _suspend(SUPPLIER);
        _pay(id, 10);
        _redeem(voucherId);
        _reinstate(SUPPLIER);
        _moves(1);
    }
}
