// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Receivables} from "../../src/Receivables.sol";
import {IssueSteps} from "./IssueSteps.sol";

/// @dev Splits, transfers, holds and payments.
abstract contract VoucherSteps is IssueSteps {
    /* CHOICES */

    /// @dev A voucher that satisfies `isWanted`, searched from a random place on; zero if there is none.
    function _find(
        uint256 seed,
        function(Receivables.Voucher memory, Receivables.Receivable memory)
            view returns (bool) isWanted
    ) internal returns (uint80 id) {
        uint256 count = foundVouchers.length;
        for (uint256 n; n < count; ++n) {
            id = foundVouchers[(seed % count + n) % count];
            if (!isWanted(modelVoucher[id], modelReceivable[_receivableOf(id)])) continue;
            touched = _receivableOf(id);
            return id;
        }
        return 0;
    }

    function _isFree(Receivables.Voucher memory v) internal pure returns (bool) {
        return v.life == Receivables.Life.Live && v.encumbrance == Receivables.Encumbrance.Free;
    }

    /// @dev Nothing stops it: not frozen, disputed, red-lettered, due, nor behind in its payments.
    function _isPassable(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return v.flags & 3 == 0 && r.flags & 8 == 0 && clock < r.dueAt && v.payments == r.payments;
    }

    function _isMovable(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return _isFree(v) && _isPassable(v, r) && _isActive(v.holder);
    }

    function _isUnbound(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return _isMovable(v, r) && v.flags & 8 == 0;
    }

    function _isSplittable(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return v.length > r.minLength && _isUnbound(v, r);
    }

    function _isAcceptable(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return v.encumbrance == Receivables.Encumbrance.Offered && _isActive(v.counterparty)
            && _isActive(v.holder) && clock <= v.until && _isPassable(v, r);
    }

    function _isOffered(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return v.encumbrance == Receivables.Encumbrance.Offered;
    }

    function _isLive(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return v.life == Receivables.Life.Live;
    }

    function _isHeld(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return v.life == Receivables.Life.Live && v.flags & 3 != 0;
    }

    function _isOverdue(Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (bool)
    {
        return v.life == Receivables.Life.Live && clock >= r.dueAt && v.flags & 4 == 0
            && _isActive(v.holder);
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
    function _receiver(uint256 seed, Receivables.Voucher memory v, Receivables.Receivable memory r)
        internal
        view
        returns (uint32)
    {
        uint32[6] memory numbers = [SUPPLIER, SECOND, THIRD, BANK, FACTOR, TRADER];
        uint32 to = numbers[seed % 6];
        bool may = to != v.holder && to != r.debtor && _isActive(to) && v.tier < r.maxTier;
        return may ? to : 0;
    }

    /* SPLIT AND TRANSFER */

    function split(uint256 seed) external step {
        uint80 id = _find(seed, _isSplittable);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        Receivables.Receivable memory r = modelReceivable[touched];
        uint48 least = r.minLength;
        uint256 count = bound(_random(seed, "legs"), 1, 4);
        uint256 most = (v.length - 1) / least;
        if (count > most) count = most;
        Receivables.Leg[] memory legs = new Receivables.Leg[](count);
        uint256 left = v.length - 1;
        for (uint256 n; n < count; ++n) {
            uint256 random = _random(seed, string(abi.encode("leg", n)));
            uint32 to = _receiver(random, v, r);
            // Something has to be left for the legs still to come.
            uint256 length = bound(random >> 8, least, left - (count - 1 - n) * least);
            legs[n] = Receivables.Leg(to == 0 ? v.holder : to, uint48(length), EVIDENCE);
            left -= length;
        }
        _as(v.holder);
        receivables.split(id, v.version, legs);
    }

    function offer(uint256 seed) external step {
        uint80 id = _find(seed, _isUnbound);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        uint32 to = _receiver(_random(seed, "to"), v, modelReceivable[touched]);
        if (to == 0) return;
        _as(v.holder);
        receivables.offer(id, v.version, to, EVIDENCE);
    }

    function transfer(uint256 seed) external step {
        uint80 id = _find(seed, _isUnbound);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        uint32 to = _receiver(_random(seed, "to"), v, modelReceivable[touched]);
        if (to == 0) return;
        Receivables.Acceptance memory a = _acceptance(id, to, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(to, a);
        _as(v.holder);
        receivables.transfer(id, v.version, to, EVIDENCE, a.validUntil, r, vs);
    }

    /// @dev By its receiver, or with its receiver's signature by whoever carries it.
    function accept(uint256 seed) external step {
        uint80 id = _find(seed, _isAcceptable);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        if (_random(seed, "how") % 2 == 0) {
            _as(v.counterparty);
            receivables.accept(id, v.version);
            return;
        }
        Receivables.Acceptance memory a = _acceptance(id, v.counterparty, 0);
        (bytes32 r, bytes32 vs) = _sign(v.counterparty, a);
        vm.prank(STRANGER);
        receivables.acceptBySignature(id, v.version, a.validUntil, r, vs);
    }

    function endOffer(uint256 seed) external step {
        uint80 id = _find(seed, _isOffered);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        if (_random(seed, "who") % 2 == 0 && _isActive(v.counterparty)) {
            _as(v.counterparty);
            receivables.refuse(id, v.version, REASON);
        } else if (_isActive(v.holder)) {
            _as(v.holder);
            receivables.withdraw(id, v.version);
        }
    }

    /* HOLDS */

    /// @dev Holds are seldom laid and soon lifted, for most vouchers to move.
    function hold(uint256 seed) external step {
        uint80 id = _find(seed, seed & 4 == 0 ? _isLive : _isHeld);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        Receivables.Receivable memory r = modelReceivable[touched];
        if (v.flags & 1 != 0) {
            _as(REGULATOR);
            receivables.unfreeze(id, DOCUMENT);
        } else if (v.flags & 2 != 0) {
            bool byDebtor = seed & 1 == 0 && _isActive(r.debtor);
            _as(byDebtor ? r.debtor : REGULATOR);
            receivables.endDispute(id, DOCUMENT);
        } else if (seed & 2 == 0) {
            _freeze(id);
        } else if (r.flags & 1 == 0 && _isActive(r.debtor)) {
            _dispute(id);
        }
    }

    function _writeOff(uint256 seed) internal {
        uint80 id = _find(seed, _isOverdue);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        _as(v.holder);
        receivables.writeOff(id, v.version, DOCUMENT);
    }

    /* SETTLEMENT */

    /// @dev Mostly small parts; now and then the whole, or too much.
    function pay(uint256 seed) external step {
        for (uint32 n; n < modelIssues; ++n) {
            uint32 id = uint32((seed % modelIssues + n) % modelIssues) + 1;
            Receivables.Receivable memory r = modelReceivable[id];
            if (r.state != Receivables.ReceivableState.Open) continue;
            touched = id;
            uint48 outstanding = r.face - r.paid;
            uint256 size = _random(seed, "size") % 8;
            uint256 most = size > 1 && outstanding > 3 ? 3 : outstanding;
            uint48 amount = uint48(bound(_random(seed, "amount"), 1, most));
            if (size == 0) amount = outstanding + uint48(_random(seed, "more") % 3);
            _pay(id, amount);
            return;
        }
    }

    function _returnCredit(uint256 seed) internal {
        for (uint32 n; n < modelIssues; ++n) {
            uint32 id = uint32((seed % modelIssues + n) % modelIssues) + 1;
            uint48 credit = modelReceivable[id].credit;
            if (credit == 0) continue;
            touched = id;
            uint48 amount = uint48(bound(_random(seed, "amount"), 1, credit));
            bytes32 reference_ = _new();
            _as(SETTLER);
            receivables.returnCredit(id, amount, reference_);
            return;
        }
    }

    function redeem(uint256 seed) external step {
        uint80 id = _find(seed, _isRedeemable);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        bool byHolder = _random(seed, "who") % 2 == 0 && _isActive(v.holder);
        _as(byHolder ? v.holder : SETTLER);
        receivables.redeem(touched, _starts(uint48(id)));
    }

    /// @dev All that can be redeemed of one receivable, on one page.
    function redeemPage(uint256 seed) external step {
        uint80 id = _find(seed, _isRedeemable);
        if (id != 0) _redeemPage(touched);
    }

    function _redeemPage(uint32 id) internal {
        uint80[] storage all = vouchersOf[id];
        uint48[] memory page = new uint48[](all.length);
        uint256 count;
        for (uint256 n; n < all.length; ++n) {
            if (_isRedeemable(receivables.voucher(all[n]), receivables.receivable(id))) {
                page[count++] = uint48(all[n]);
            }
        }
        assembly ("memory-safe") {
            mstore(page, count)
        }
        _as(SETTLER);
        receivables.redeem(id, page);
    }
}
