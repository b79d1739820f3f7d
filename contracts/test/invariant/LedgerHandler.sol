// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Attempts} from "./Attempts.sol";

/// @dev A ledger with all its steps, and what always holds of it.
contract LedgerHandler is Attempts {
    function setUp() public override {
        vm.recordLogs();
        super.setUp();
        vm.warp(NOW + 1);
        // A small firm in the middle of a chain: it supplies, owes, and buys claims of others.
        _setRoles(THIRD, Roles.DEBTOR | Roles.HOLDER | Roles.SMALL_FIRM);
        Participants.Call[] memory calls = new Participants.Call[](2);
        calls[0] = Participants.Call(
            address(limits), abi.encodeCall(limits.setLimit, (THIRD, CNY, LIMIT))
        );
        calls[1] = Participants.Call(
            address(limits), abi.encodeCall(limits.setLimit, (THIRD, EUR, LIMIT))
        );
        _govern(calls);
        _setPolicy(PolicyNames.SMALL_FIRM_REFUSED, 0);
        _replay(vm.getRecordedLogs());
        clock = block.timestamp;
        // A few debts to begin with.
        for (uint256 seed; seed < 3; ++seed) {
            _begin(seed);
        }
    }

    function _begin(uint256 seed) private step {
        uint32 id = _proposeRandom(_random(seed, "begin") & ~uint256(1024));
        if (id != 0) _confirmAny(id, seed);
    }

    /* WHAT ALWAYS HOLDS */

    /// @dev All of a receivable: its own numbers, its vouchers, and what is stored of both against its logs.
    function _checkReceivable(uint32 id) private view {
        _compareReceivable(id);
        Receivables.ReceivableState state = receivables.receivable(id).state;
        if (state == Receivables.ReceivableState.None) {
            assertEq(vouchersOf[id].length, 0, "vouchers only of a debt");
            return;
        }
        _checkTiled(id);
        _checkPayments(id);
        uint80[] storage all = vouchersOf[id];
        for (uint256 n; n < all.length; ++n) {
            _checkVoucher(all[n]);
        }
    }

    /// @dev What the last step was about.
    function checkTouched() external view {
        if (touched != 0) _checkReceivable(touched);
    }

    /// @dev No word of any voucher that the last step was not about has changed either.
    function checkWords() external view {
        for (uint256 n; n < foundVouchers.length; ++n) {
            _compareWord(foundVouchers[n]);
        }
    }

    /// @dev Everything.
    function checkAll() external view {
        for (uint32 id = 1; id <= modelIssues + 1; ++id) {
            _checkReceivable(id);
        }
        _checkInvoices();
        uint32[3] memory debtors = [ANCHOR, HEAD, THIRD];
        for (uint256 n; n < debtors.length; ++n) {
            _compareDebtor(debtors[n]);
            _checkLimit(debtors[n], CNY);
            _checkLimit(debtors[n], EUR);
        }
        _compareRest();
    }

    /// @dev Every debt is paid and every voucher redeemed, whatever the course so far, by a settlement bank alone.
    function settleAll() external step {
        vm.warp(clock + 400 days);
        for (uint256 n; n < foundVouchers.length; ++n) {
            Receivables.Voucher memory v = modelVoucher[foundVouchers[n]];
            if (v.encumbrance != Receivables.Encumbrance.Locked) continue;
            _as(SETTLER);
            financing.releaseLock(foundVouchers[n], v.version);
        }
        for (uint32 id = 1; id <= modelIssues; ++id) {
            Receivables.Receivable memory r = receivables.receivable(id);
            if (r.state == Receivables.ReceivableState.Open) _pay(id, r.face - r.paid);
            if (r.face != 0) _redeemPage(id);
            if (limits.overdueStop(id)) limits.liftOverdue(id);
        }
        for (uint256 n; n < foundVouchers.length; ++n) {
            if (_dealOf(foundVouchers[n]).face != 0) financing.closeLoan(foundVouchers[n]);
        }
    }

    /// @dev Then no claim is left, and every debtor may issue up to its limits again.
    function checkSettled() external view {
        for (uint256 n; n < foundVouchers.length; ++n) {
            assertTrue(receivables.voucher(foundVouchers[n]).life != Receivables.Life.Live, "over");
        }
        uint32[3] memory debtors = [ANCHOR, HEAD, THIRD];
        for (uint256 n; n < debtors.length; ++n) {
            assertEq(_limitOf(debtors[n], CNY).committed, 0, "owes nothing");
            assertEq(_limitOf(debtors[n], EUR).committed, 0, "owes nothing");
            assertEq(limits.overdueCount(debtors[n]), 0, "overdue with nothing");
        }
    }
}
