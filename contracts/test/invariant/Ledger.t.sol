// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Test} from "../utils/Test.sol";
import {LedgerHandler} from "./LedgerHandler.sol";

/// @dev What holds after any sequence of lawful steps and of attempts that are refused. That a step is lawful for
/// who takes it is told by the model as it replays the step's logs.
contract LedgerTest is Test {
    LedgerHandler internal handler;

    function setUp() public {
        handler = new LedgerHandler();
        handler.setUp();
        bytes4[51] memory steps = [
            handler.propose.selector,
            handler.issue.selector,
            handler.issue.selector,
            handler.answer.selector,
            handler.voidIssue.selector,
            handler.note.selector,
            handler.note.selector,
            handler.circumstance.selector,
            handler.circumstance.selector,
            handler.passTime.selector,
            handler.split.selector,
            handler.split.selector,
            handler.split.selector,
            handler.offer.selector,
            handler.offer.selector,
            handler.transfer.selector,
            handler.transfer.selector,
            handler.accept.selector,
            handler.accept.selector,
            handler.accept.selector,
            handler.endOffer.selector,
            handler.hold.selector,
            handler.hold.selector,
            handler.hold.selector,
            handler.finance.selector,
            handler.finance.selector,
            handler.deal.selector,
            handler.deal.selector,
            handler.deal.selector,
            handler.file.selector,
            handler.endLock.selector,
            handler.endLock.selector,
            handler.endPledge.selector,
            handler.endPledge.selector,
            handler.recourse.selector,
            handler.recourse.selector,
            handler.recourse.selector,
            handler.pay.selector,
            handler.pay.selector,
            handler.redeem.selector,
            handler.redeemPage.selector,
            handler.aside.selector,
            handler.attemptStopped.selector,
            handler.attemptStopped.selector,
            handler.attemptStopped.selector,
            handler.attempt.selector,
            handler.attempt.selector,
            handler.attempt.selector,
            handler.attempt.selector,
            handler.attempt.selector,
            handler.attempt.selector
        ];
        bytes4[] memory selectors = new bytes4[](steps.length);
        for (uint256 n; n < steps.length; ++n) {
            selectors[n] = steps[n];
        }
        _target(address(handler), selectors);
    }

    /// @dev After each step: what it was about is whole, paid for and as its logs tell, and no other voucher has
    /// changed. At the end of a sequence: everything.
    function invariant_theLedgerHolds() public view {
        handler.checkTouched();
        handler.checkWords();
    }

    /// @dev At the end of every sequence all holders can be paid, and all the above still holds.
    function afterInvariant() public {
        handler.checkAll();
        handler.settleAll();
        handler.checkAll();
        handler.checkSettled();
    }
}
