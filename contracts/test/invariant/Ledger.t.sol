// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Test} from "../utils/Test.sol";
import {LedgerHandler} from "./LedgerHandler.sol";

/// @dev What holds after any sequence of lawful steps.
contract LedgerTest is Test {
    LedgerHandler internal handler;

    function setUp() public {
        handler = new LedgerHandler();
        handler.setUp();
        bytes4[] memory steps = new bytes4[](15);
        steps[0] = LedgerHandler.propose.selector;
        steps[1] = LedgerHandler.issue.selector;
        steps[2] = LedgerHandler.answerProposal.selector;
        steps[3] = LedgerHandler.split.selector;
        steps[4] = LedgerHandler.offer.selector;
        steps[5] = LedgerHandler.accept.selector;
        steps[6] = LedgerHandler.endOffer.selector;
        steps[7] = LedgerHandler.finance.selector;
        steps[8] = LedgerHandler.endLock.selector;
        steps[9] = LedgerHandler.pay.selector;
        steps[10] = LedgerHandler.redeem.selector;
        steps[11] = LedgerHandler.redeemPage.selector;
        steps[12] = LedgerHandler.passTime.selector;
        steps[13] = LedgerHandler.changeStanding.selector;
        steps[14] = LedgerHandler.changePolicy.selector;
        _target(address(handler), steps);
    }

    /// @dev Live and redeemed intervals of a confirmed receivable tile its face.
    function invariant_intervalsTileTheFace() public view {
        handler.checkIntervals();
    }

    /// @dev Lineage, tiers and encumbrances are in order.
    function invariant_vouchersAreInOrder() public view {
        handler.checkVouchers();
    }

    /// @dev redeemed <= paid <= face, and each voucher has had exactly its part.
    function invariant_paymentsAddUp() public view {
        handler.checkPayments();
    }

    /// @dev used = the faces of what the invoice backs <= total, all of its issuer and in its currency.
    function invariant_invoicesAreNotOverused() public view {
        handler.checkInvoices();
    }

    /// @dev State rebuilt from logs alone is the state in storage.
    function invariant_logsTellEverything() public view {
        handler.checkReplay();
    }

    /// @dev At the end of every sequence all holders can be paid, and all the above still holds.
    function afterInvariant() public {
        handler.settleAll();
        handler.checkIntervals();
        handler.checkVouchers();
        handler.checkPayments();
        handler.checkInvoices();
        handler.checkReplay();
    }
}
