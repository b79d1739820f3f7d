// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {LedgerModel} from "./LedgerModel.sol";

/// @dev Takes lawful steps and no others: a step that is refused is a fault. A step that is impossible now
/// does nothing.
contract LedgerHandler is LedgerModel {
    /// @dev Time stands still between calls unless it is kept.
    uint256 internal clock = START;

    uint64[] internal vouchers;

    modifier step() {
        vm.warp(clock);
        vm.recordLogs();
        _;
        _replay(vm.getRecordedLogs());
        clock = block.timestamp;
    }

    function setUp() public override {
        vm.recordLogs();
        super.setUp();
        // A debtor that is also a supplier, as firms in the middle of a chain are, and buys claims of others.
        _setRoles(THIRD, Roles.DEBTOR | Roles.SUPPLIER | Roles.FINANCIER);
        _replay(vm.getRecordedLogs());
    }

    /* CHOICES */

    function _isActive(uint32 number) internal view returns (bool) {
        return modelParty[number].status == Participants.Status.Active;
    }

    /// @dev A voucher that satisfies `isWanted`, searched from a random place on; zero if there is none.
    function _find(
        uint256 seed,
        function(Receivables.Voucher memory, Receivables.Receivable memory)
            view returns (bool) isWanted
    ) internal view returns (uint64) {
        uint256 count = vouchers.length;
        for (uint256 i; i < count; ++i) {
            uint64 which = vouchers[(seed % count + i) % count];
            if (isWanted(modelVoucher[which], modelReceivable[_receivableOf(which)])) return which;
        }
        return 0;
    }

    function _isMovable(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return v.life == Receivables.Life.Live && v.encumbrance == Receivables.Encumbrance.Free
            && _isActive(v.holder) && clock < r.dueAt && v.payments == r.payments;
    }

    function _isSplittable(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return v.length > 1 && _isMovable(v, r);
    }

    function _isAcceptable(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return v.encumbrance == Receivables.Encumbrance.Offered && _isActive(v.counterparty)
            && _isActive(v.holder) && clock <= uint256(v.since) + modelPolicy.offerPeriod
            && clock < r.dueAt && v.payments == r.payments;
    }

    function _isOffered(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return v.encumbrance == Receivables.Encumbrance.Offered;
    }

    function _isLocked(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return v.encumbrance == Receivables.Encumbrance.Locked;
    }

    function _isRedeemable(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        pure
        returns (bool)
    {
        return v.life == Receivables.Life.Live && v.encumbrance != Receivables.Encumbrance.Locked
            && v.payments < r.payments;
    }

    /// @dev Who may be offered a voucher; zero if the draw falls on nobody who may.
    function _receiver(uint256 seed, Receivables.Voucher memory v, uint32 debtor)
        internal
        view
        returns (uint32)
    {
        uint32 to = SUPPLIER + uint32(seed % 5);
        bool may = to != v.holder && to != debtor && _isActive(to) && v.tier < modelPolicy.maxTier;
        return may ? to : 0;
    }

    function _random(uint256 seed, string memory what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    /* RECEIVABLES */

    function propose(uint256 seed) external step {
        _proposeRandom(seed);
    }

    /// @dev Proposed and confirmed at once, for there to be vouchers.
    function issue(uint256 seed) external step {
        uint32 id = _proposeRandom(seed);
        if (id != 0) _confirmAny(id);
    }

    function _proposeRandom(uint256 seed) internal returns (uint32) {
        uint32 debtor = seed & 1 == 0 ? ANCHOR : THIRD;
        uint32 creditor = seed & 2 == 0 ? SUPPLIER : SECOND;
        // Few debts, for much to happen to each; mostly small ones, for every rounding to show.
        if (modelReceivables == 5 || !_isActive(debtor) || !_isActive(creditor)) return 0;
        uint256 most = seed & 36 == 36 ? MAX_FACE / 4 : 20;
        uint48 face = uint48(bound(_random(seed, "face"), 1, most));
        uint16 currency = seed & 64 == 0 ? CNY : EUR;
        bytes32 nullifier = _invoiceFor(seed, creditor, currency, face);
        bytes32 evidence = _attested();
        uint40 dueAt = uint40(clock + bound(_random(seed, "due"), 1 hours, modelPolicy.maxTerm));
        _as(seed & 8 == 0 ? debtor : creditor);
        return receivables.propose(debtor, creditor, face, currency, dueAt, evidence, nullifier);
    }

    /// @dev The creditor's invoice with enough left, or a new one that may back more to come.
    function _invoiceFor(uint256 seed, uint32 creditor, uint16 currency, uint48 face)
        internal
        returns (bytes32)
    {
        uint256 count = seed & 16 == 0 ? modelInvoices.length : 0;
        for (uint256 i; i < count; ++i) {
            bytes32 nullifier = modelInvoices[(_random(seed, "invoice") % count + i) % count];
            Receivables.Invoice memory invoice = modelInvoice[nullifier];
            if (invoice.creditor != creditor || invoice.currency != currency) continue;
            if (invoice.total - invoice.used >= face) return nullifier;
        }
        return _invoiced(creditor, currency, uint48(bound(_random(seed, "total"), face, MAX_FACE)));
    }

    function _confirmAny(uint32 id) internal {
        Receivables.Receivable memory r = receivables.receivable(id);
        _as(r.proposedByDebtor ? r.creditor : r.debtor);
        vouchers.push(receivables.confirm(id));
    }

    function answerProposal(uint256 seed) external step {
        for (uint32 i; i < modelReceivables; ++i) {
            uint32 id = uint32((seed % modelReceivables + i) % modelReceivables) + 1;
            Receivables.Receivable memory r = modelReceivable[id];
            if (r.state != Receivables.ReceivableState.Proposed) continue;
            (uint32 proposer, uint32 confirmer) =
                r.proposedByDebtor ? (r.debtor, r.creditor) : (r.creditor, r.debtor);
            uint256 answer = _random(seed, "answer") % 4;
            if (answer == 0 && _isActive(proposer)) {
                _as(proposer);
                receivables.cancel(id, REASON);
            } else if (!_isActive(confirmer)) {
                continue;
            } else if (answer == 1 || clock >= r.dueAt || !_isActive(proposer)) {
                _as(confirmer);
                receivables.reject(id, REASON);
            } else {
                _confirmAny(id);
            }
            return;
        }
    }

    /* VOUCHERS */

    function split(uint256 seed) external step {
        uint64 which = _find(seed, _isSplittable);
        if (which == 0) return;
        Receivables.Voucher memory v = modelVoucher[which];
        uint32 id = _receivableOf(which);
        uint256 count = bound(_random(seed, "legs"), 1, 4);
        if (count > v.length - 1) count = v.length - 1;
        Receivables.Leg[] memory legs = new Receivables.Leg[](count);
        uint48 left = v.length - 1;
        for (uint256 i; i < count; ++i) {
            uint256 random = _random(seed, string(abi.encode("leg", i)));
            uint32 to = _receiver(random, v, modelReceivable[id].debtor);
            // Something has to be left for the legs still to come.
            uint48 length = uint48(bound(random >> 8, 1, uint256(left) - (count - 1 - i)));
            legs[i] = Receivables.Leg(to == 0 ? v.holder : to, length, EVIDENCE);
            left -= length;
        }
        _as(v.holder);
        receivables.split(which, v.version, legs);
        for (uint24 i = 1; i <= count; ++i) {
            vouchers.push(_voucherOf(id, modelReceivable[id].vouchers + i));
        }
    }

    function offer(uint256 seed) external step {
        uint64 which = _find(seed, _isMovable);
        if (which == 0) return;
        Receivables.Voucher memory v = modelVoucher[which];
        uint32 to = _receiver(_random(seed, "to"), v, modelReceivable[_receivableOf(which)].debtor);
        if (to == 0) return;
        _as(v.holder);
        receivables.offer(which, v.version, to, EVIDENCE);
    }

    function accept(uint256 seed) external step {
        uint64 which = _find(seed, _isAcceptable);
        if (which == 0) return;
        Receivables.Voucher memory v = modelVoucher[which];
        _as(v.counterparty);
        receivables.accept(which, v.version);
    }

    function endOffer(uint256 seed) external step {
        uint64 which = _find(seed, _isOffered);
        if (which == 0) return;
        Receivables.Voucher memory v = modelVoucher[which];
        if (_random(seed, "who") % 2 == 0 && _isActive(v.counterparty)) {
            _as(v.counterparty);
            receivables.refuse(which, v.version, REASON);
        } else if (_isActive(v.holder)) {
            _as(v.holder);
            receivables.withdraw(which, v.version);
        }
    }

    function finance(uint256 seed) external step {
        uint64 which = _find(seed, _isMovable);
        if (which == 0) return;
        Receivables.Voucher memory v = modelVoucher[which];
        uint32 financier = THIRD + uint32(_random(seed, "financier") % 3);
        if (financier == v.holder || !_isActive(financier)) return;
        if (financier == modelReceivable[_receivableOf(which)].debtor) return;
        uint48 unpaid = _unpaid(which);
        if (unpaid == 0) return;
        _finance(which, financier, uint48(bound(_random(seed, "proceeds"), 1, unpaid)));
    }

    function endLock(uint256 seed) external step {
        uint64 which = _find(seed, _isLocked);
        if (which == 0) return;
        _endLock(which, _random(seed, "how") % 4);
    }

    function _endLock(uint64 which, uint256 how) internal {
        Receivables.Voucher memory v = modelVoucher[which];
        if (how == 0 && _isActive(v.counterparty)) {
            _as(v.counterparty);
            receivables.releaseLock(which, v.version);
        } else if (how == 1 && _isActive(v.holder) && clock > modelLock[which].disburseBy) {
            _as(v.holder);
            receivables.releaseLock(which, v.version);
        } else if (how == 2 && clock > modelLock[which].disburseBy) {
            _as(SETTLER);
            receivables.releaseLock(which, v.version);
        } else {
            _disburse(which);
        }
    }

    /* SETTLEMENT */

    function pay(uint256 seed) external step {
        for (uint32 i; i < modelReceivables; ++i) {
            uint32 id = uint32((seed % modelReceivables + i) % modelReceivables) + 1;
            Receivables.Receivable memory r = modelReceivable[id];
            if (r.state != Receivables.ReceivableState.Confirmed) continue;
            uint48 outstanding = r.face - r.paid;
            uint256 most = _random(seed, "small") % 4 != 0 && outstanding > 3 ? 3 : outstanding;
            _pay(id, uint48(bound(_random(seed, "amount"), 1, most)));
            return;
        }
    }

    function redeem(uint256 seed) external step {
        uint64 which = _find(seed, _isRedeemable);
        if (which == 0) return;
        Receivables.Voucher memory v = modelVoucher[which];
        bool byHolder = _random(seed, "who") % 2 == 0 && _isActive(v.holder);
        _as(byHolder ? v.holder : SETTLER);
        receivables.redeem(_receivableOf(which), _numbers(uint24(which)));
    }

    /// @dev All that can be redeemed of one receivable, on one page.
    function redeemPage(uint256 seed) external step {
        if (modelReceivables == 0) return;
        _redeemPage(uint32(seed % modelReceivables) + 1);
    }

    function _redeemPage(uint32 id) internal {
        Receivables.Receivable memory r = receivables.receivable(id);
        uint24[] memory found = new uint24[](r.vouchers);
        uint256 count;
        for (uint24 number = 1; number <= r.vouchers; ++number) {
            if (_isRedeemable(receivables.voucher(_voucherOf(id, number)), r)) {
                found[count++] = number;
            }
        }
        uint24[] memory page = new uint24[](count);
        for (uint256 i; i < count; ++i) {
            page[i] = found[i];
        }
        _as(SETTLER);
        receivables.redeem(id, page);
    }

    /* CIRCUMSTANCES */

    function passTime(uint256 seed) external step {
        vm.warp(clock + bound(seed, 1, 10 days));
    }

    /// @dev Rather reinstates than suspends, for most of them to stay able to act.
    function changeStanding(uint256 seed) external step {
        uint32 number = 1 + uint32(seed % 6);
        if (!_isActive(number)) {
            _govern(abi.encodeCall(Participants.reinstate, (number, REASON)));
        } else if (_random(seed, "suspend") % 4 == 0) {
            _suspend(number);
        }
    }

    function changePolicy(uint256 seed) external step {
        Receivables.Policy memory policy = _policy();
        policy.offerPeriod = uint32(bound(_random(seed, "offer"), 1 days, 30 days));
        policy.disbursePeriod = uint32(bound(_random(seed, "disburse"), 1 days, 30 days));
        policy.maxTier = uint8(bound(_random(seed, "tier"), 1, 9));
        _setPolicy(policy);
    }

    /* WHAT ALWAYS HOLDS */

    /// @dev Intervals cover the face of a confirmed receivable, each unit once.
    function checkIntervals() external view {
        for (uint32 id = 1; id <= receivables.receivableCount(); ++id) {
            Receivables.Receivable memory r = receivables.receivable(id);
            bool confirmed = r.state == Receivables.ReceivableState.Confirmed
                || r.state == Receivables.ReceivableState.Settled;
            assertTrue((r.vouchers != 0) == confirmed, "vouchers only of a debt");
            if (confirmed) _checkTiled(id, r.vouchers, r.face);
        }
    }

    /// @dev From zero on, each interval starts where the last one ended; together they are as long as the face.
    function _checkTiled(uint32 id, uint256 count, uint48 face) internal view {
        uint256[] memory starts = new uint256[](count);
        uint256[] memory lengths = new uint256[](count);
        uint256 sum;
        for (uint256 i; i < count; ++i) {
            Receivables.Voucher memory v = receivables.voucher(_voucherOf(id, uint24(i + 1)));
            (starts[i], lengths[i]) = (v.start, v.length);
            sum += v.length;
        }
        assertEq(sum, face, "as long as the face");
        uint256 end;
        for (uint256 i; i < count; ++i) {
            uint256 next;
            while (next < count && starts[next] != end) ++next;
            assertTrue(next < count, "no gap and no overlap");
            end += lengths[next];
        }
        assertEq(end, face, "up to the face");
    }

    /// @dev Each voucher by itself: lineage, length, tier, encumbrance, life.
    function checkVouchers() external view {
        for (uint256 i; i < vouchers.length; ++i) {
            uint64 which = vouchers[i];
            Receivables.Voucher memory v = receivables.voucher(which);
            Receivables.Receivable memory r = receivables.receivable(_receivableOf(which));
            assertTrue(v.life != Receivables.Life.None, "made once, there for good");
            assertTrue(v.length != 0, "never empty");
            assertTrue(v.holder != r.debtor, "never its debtor's");
            assertLt(v.parent, uint24(which), "after its parent");
            assertTrue((v.parent == 0) == (uint24(which) == 1), "only the first has no parent");
            if (v.parent != 0) {
                // A child is cut off the end, at its parent's tier, and may go on further than it.
                Receivables.Voucher memory p =
                    receivables.voucher(_voucherOf(_receivableOf(which), v.parent));
                assertTrue(p.life != Receivables.Life.None, "its parent is known");
                assertLe(uint256(p.start) + p.length, v.start, "behind its parent");
            }
            assertTrue(
                (v.encumbrance == Receivables.Encumbrance.Free) == (v.counterparty == 0),
                "encumbered for somebody"
            );
            assertTrue(v.counterparty != v.holder, "for somebody else");
            assertTrue(v.counterparty != r.debtor, "never for its debtor");
            assertTrue(
                (v.encumbrance == Receivables.Encumbrance.Locked) == (_lockOf(which).proceeds != 0),
                "locked with a lock"
            );
            assertLe(v.payments, r.payments, "payments");
            assertTrue(
                (v.life == Receivables.Life.Redeemed)
                    == (receivables.paidAfter(_receivableOf(which), v.payments) == r.face),
                "redeemed when all is paid"
            );
        }
    }

    /// @dev Nobody is paid more than was paid in, and everybody exactly its part.
    function checkPayments() external view {
        for (uint32 id = 1; id <= receivables.receivableCount(); ++id) {
            Receivables.Receivable memory r = receivables.receivable(id);
            assertLe(r.redeemed, r.paid, "redeemed");
            assertLe(r.paid, r.face, "paid");
            assertEq(receivables.paidAfter(id, r.payments), r.paid, "paid after the last");
            assertTrue(
                (r.state == Receivables.ReceivableState.Settled) == (r.paid == r.face), "settled"
            );
            uint256 parts;
            for (uint24 number = 1; number <= r.vouchers; ++number) {
                Receivables.Voucher memory v = receivables.voucher(_voucherOf(id, number));
                uint48 paid = receivables.paidAfter(id, v.payments);
                parts += receivables.share(v.start, v.length, paid, r.face);
            }
            assertEq(parts, r.redeemed, "parts");
        }
    }

    /// @dev An invoice backs what it has used, no more than it has, of its issuer and in its currency only.
    function checkInvoices() external view {
        for (uint256 i; i < modelInvoices.length; ++i) {
            Receivables.Invoice memory invoice = _invoiceBy(modelInvoices[i]);
            uint256 backed;
            for (uint32 id = 1; id <= receivables.receivableCount(); ++id) {
                Receivables.Receivable memory r = receivables.receivable(id);
                if (r.invoice != modelInvoices[i]) continue;
                assertEq(r.creditor, invoice.creditor, "of its issuer");
                assertEq(r.currency, invoice.currency, "in its currency");
                if (
                    r.state != Receivables.ReceivableState.Rejected
                        && r.state != Receivables.ReceivableState.Cancelled
                ) backed += r.face;
            }
            assertEq(invoice.used, backed, "used");
            assertLe(invoice.used, invoice.total, "total");
        }
    }

    /* WHAT CAN ALWAYS BE DONE */

    /// @dev From wherever the steps led, every debt can be settled and every holder paid in full.
    function settleAll() external {
        _settleAll();
        for (uint256 i; i < vouchers.length; ++i) {
            Receivables.Voucher memory v = receivables.voucher(vouchers[i]);
            assertTrue(v.life == Receivables.Life.Redeemed, "everybody is paid");
        }
        for (uint32 id = 1; id <= modelReceivables; ++id) {
            Receivables.Receivable memory r = receivables.receivable(id);
            if (r.vouchers != 0) assertEq(r.redeemed, r.face, "in full");
        }
    }

    function _settleAll() internal step {
        vm.warp(clock + 400 days);
        clock = block.timestamp;
        for (uint256 i; i < vouchers.length; ++i) {
            if (modelVoucher[vouchers[i]].encumbrance == Receivables.Encumbrance.Locked) {
                _endLock(vouchers[i], i % 4);
            }
        }
        for (uint32 id = 1; id <= modelReceivables; ++id) {
            Receivables.Receivable memory r = modelReceivable[id];
            if (r.state == Receivables.ReceivableState.Confirmed) _pay(id, r.face - r.paid);
            if (r.vouchers != 0) _redeemPage(id);
        }
    }
}
