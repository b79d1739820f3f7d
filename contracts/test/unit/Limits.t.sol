// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Issuance} from "../../src/Issuance.sol";
import {Limits} from "../../src/Limits.sol";
import {Participants} from "../../src/Participants.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev What a debtor may owe, alone and with its group, and what stops its issues.
contract LimitsTest is Fixture {
    bytes32 internal constant CAUSE = "bond default";

    function _governedRefused(bytes memory data, bytes memory refusal) internal {
        _governRefused(address(limits), data, refusal);
    }

    function _stopRefused(uint32 actor, bytes memory data, bytes memory refusal) internal {
        _refused(actor, address(limits), data, refusal);
    }

    function _proposeRefused(Issuance.Terms memory terms, bytes memory refusal) internal {
        _refused(
            terms.creditor, address(issuance), abi.encodeCall(Issuance.propose, (terms)), refusal
        );
    }

    function _stopped(bytes32 cause, uint32 overdue) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Limits.DebtorStopped.selector, ANCHOR, cause, overdue);
    }

    /// @dev Reserved and committed of the anchor and of its group, which has no other debtor with debts.
    function _checkUse(uint64 reserved, uint64 committed, string memory when) internal view {
        Limits.Limit memory own = _limitOf(ANCHOR, CNY);
        Limits.Limit memory shared = _groupLimitOf(HEAD, CNY);
        assertEq(own.reserved, reserved, string.concat("reserved ", when));
        assertEq(own.committed, committed, string.concat("committed ", when));
        assertEq(shared.reserved, reserved, string.concat("reserved of the group ", when));
        assertEq(shared.committed, committed, string.concat("committed of the group ", when));
    }

    /* SET */

    function testGovernedByNobodyElse(address caller) public {
        vm.assume(caller != address(participants));
        bytes memory refusal = abi.encodeWithSelector(Limits.NotGovernance.selector, caller);
        bytes[4] memory calls = [
            abi.encodeCall(Limits.setLimit, (ANCHOR, CNY, 1)),
            abi.encodeCall(Limits.setGroupLimit, (HEAD, CNY, 1)),
            abi.encodeCall(Limits.setGroup, (ANCHOR, 0)),
            abi.encodeCall(Limits.lift, (ANCHOR, DOCUMENT))
        ];
        for (uint256 n; n < calls.length; ++n) {
            _refusedFrom(caller, address(limits), calls[n], refusal);
        }
    }

    function testSetForNoDebtor() public {
        bytes memory refusal = abi.encodeWithSelector(
            Participants.RoleMissing.selector, SUPPLIER, Roles.SUPPLIER, Roles.DEBTOR
        );
        _governedRefused(abi.encodeCall(Limits.setLimit, (SUPPLIER, CNY, 1)), refusal);
        _governedRefused(abi.encodeCall(Limits.setGroupLimit, (SUPPLIER, CNY, 1)), refusal);
        _governedRefused(abi.encodeCall(Limits.setGroup, (SUPPLIER, HEAD)), refusal);
        _governedRefused(abi.encodeCall(Limits.setGroup, (ANCHOR, SUPPLIER)), refusal);
    }

    function testSetForUnknown() public {
        bytes memory refusal =
            abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN);
        _governedRefused(abi.encodeCall(Limits.setLimit, (UNKNOWN, CNY, 1)), refusal);
        _governedRefused(abi.encodeCall(Limits.setGroup, (ANCHOR, UNKNOWN)), refusal);
    }

    function testSetWithoutCurrency() public {
        bytes memory refusal = abi.encodeWithSelector(Limits.CurrencyEmpty.selector);
        _governedRefused(abi.encodeCall(Limits.setLimit, (ANCHOR, 0, 1)), refusal);
        _governedRefused(abi.encodeCall(Limits.setGroupLimit, (HEAD, 0, 1)), refusal);
    }

    function testSet(uint16 currency, uint64 amount) public {
        currency = uint16(bound(currency, 1, type(uint16).max));
        Participants.Call[] memory calls =
            _call(address(limits), abi.encodeCall(Limits.setLimit, (HEAD, currency, amount)));
        uint32 id = _approved(calls);
        vm.expectEmit(address(limits));
        emit Limits.LimitSet(HEAD, currency, amount);
        _execute(id, calls);
        Limits.Limit memory expected = Limits.Limit(amount, 0, 0, true);
        assertEq(abi.encode(_limitOf(HEAD, currency)), abi.encode(expected), "limit");

        calls =
            _call(address(limits), abi.encodeCall(Limits.setGroupLimit, (HEAD, currency, amount)));
        id = _approved(calls);
        vm.expectEmit(address(limits));
        emit Limits.GroupLimitSet(HEAD, currency, amount);
        _execute(id, calls);
        assertEq(abi.encode(_groupLimitOf(HEAD, currency)), abi.encode(expected), "of the group");
    }

    function testSetGroup() public {
        uint32[2] memory groups = [uint32(0), HEAD];
        for (uint256 n; n < groups.length; ++n) {
            Participants.Call[] memory calls =
                _call(address(limits), abi.encodeCall(Limits.setGroup, (ANCHOR, groups[n])));
            uint32 id = _approved(calls);
            vm.expectEmit(address(limits));
            emit Limits.GroupSet(ANCHOR, groups[n]);
            _execute(id, calls);
            assertEq(limits.groupOf(ANCHOR), groups[n], "group");
        }
    }

    /* RESERVE, COMMIT, RELEASE */

    function testLedgerCallsByNobodyElse(address caller) public {
        vm.assume(caller != address(issuance) && caller != address(receivables));
        bytes memory refusal = abi.encodeWithSelector(Limits.NotLedger.selector, caller);
        bytes[4] memory calls = [
            abi.encodeCall(Limits.reserve, (ANCHOR, CNY, 0)),
            abi.encodeCall(Limits.commit, (ANCHOR, HEAD, CNY, 0)),
            abi.encodeCall(Limits.unreserve, (ANCHOR, HEAD, CNY, 0)),
            abi.encodeCall(Limits.release, (ANCHOR, HEAD, CNY, 0))
        ];
        for (uint256 n; n < calls.length; ++n) {
            _refusedFrom(caller, address(limits), calls[n], refusal);
        }
        // Neither of the two may do what is the other's.
        for (uint256 n; n < 3; ++n) {
            _refusedFrom(
                address(receivables),
                address(limits),
                calls[n],
                abi.encodeWithSelector(Limits.NotLedger.selector, address(receivables))
            );
        }
        _refusedFrom(
            address(issuance),
            address(limits),
            calls[3],
            abi.encodeWithSelector(Limits.NotLedger.selector, address(issuance))
        );
    }

    function testProposeWithoutLimit() public {
        Issuance.Terms memory terms = _terms(1);
        terms.currency = 840;
        terms.invoice = _invoiced(SUPPLIER, 840, 1);
        _proposeRefused(
            terms,
            abi.encodeWithSelector(
                Limits.LimitMissing.selector, ANCHOR, 840, PolicyNames.LIMIT_NEEDED
            )
        );
        // Where none is needed, a debtor without one issues what it will, and it counts all the same.
        _setPolicy(PolicyNames.LIMIT_NEEDED, 0);
        _propose(SUPPLIER, terms);
        assertEq(
            abi.encode(_limitOf(ANCHOR, 840)),
            abi.encode(Limits.Limit(0, 1, 0, false)),
            "reserved of no limit"
        );
    }

    /// @dev A limit of zero is a limit.
    function testProposeWithALimitOfZero() public {
        _setLimit(ANCHOR, 0);
        _proposeRefused(
            _terms(1), abi.encodeWithSelector(Limits.LimitExceeded.selector, ANCHOR, 1, 0)
        );
    }

    /// @dev Reserved and committed count alike, and the last unit of a limit can be used.
    function testProposeBeyondTheLimit(uint48 amount, uint48 first, uint48 second) public {
        amount = uint48(bound(amount, 1, MAX_FACE));
        first = uint48(bound(first, 1, amount));
        second = uint48(bound(second, amount - first + 1, MAX_FACE));
        _setLimit(ANCHOR, amount);
        uint32 id = _proposed(first);
        bytes memory refusal =
            abi.encodeWithSelector(Limits.LimitExceeded.selector, ANCHOR, second, amount - first);
        _proposeRefused(_terms(second), refusal);
        _confirm(id);
        _proposeRefused(_terms(second), refusal);
        if (amount != first) _proposed(amount - first);
        assertEq(_limitOf(ANCHOR, CNY).reserved, amount - first, "to the last unit");
    }

    function testProposeBeyondTheLimitOfTheGroup(uint48 amount, uint48 first, uint48 second)
        public
    {
        amount = uint48(bound(amount, 1, MAX_FACE));
        first = uint48(bound(first, 1, amount));
        second = uint48(bound(second, amount - first + 1, MAX_FACE));
        _govern(address(limits), abi.encodeCall(Limits.setGroup, (HEAD, HEAD)));
        _setGroupLimit(HEAD, amount);
        // The one debtor's debts leave less to the other of the same group.
        Issuance.Terms memory terms = _terms(HEAD, SUPPLIER, first);
        _propose(SUPPLIER, terms);
        terms = _terms(second);
        _proposeRefused(
            terms,
            abi.encodeWithSelector(Limits.GroupLimitExceeded.selector, HEAD, second, amount - first)
        );
        assertEq(_limitOf(ANCHOR, CNY).reserved, 0, "nothing is half reserved");
        _govern(address(limits), abi.encodeCall(Limits.setGroup, (ANCHOR, 0)));
        _propose(SUPPLIER, terms);
    }

    /// @dev A lower limit stops new issues and touches nothing that was proposed before.
    function testALowerLimit() public {
        uint32 id = _proposed(100);
        uint32 other = _receivableOf(_confirmed(100));
        _setLimit(ANCHOR, 150);
        _proposeRefused(
            _terms(1), abi.encodeWithSelector(Limits.LimitExceeded.selector, ANCHOR, 1, 0)
        );
        _confirm(id);
        _checkUse(0, 200, "both confirmed");
        _pay(other, 60);
        _proposeRefused(
            _terms(11), abi.encodeWithSelector(Limits.LimitExceeded.selector, ANCHOR, 11, 10)
        );
        _proposed(10);
    }

    /// @dev What is outstanding stays with the group that it was proposed in.
    function testAnotherGroupLater() public {
        uint32 id = _proposed(100);
        _govern(address(limits), abi.encodeCall(Limits.setGroup, (ANCHOR, 0)));
        _confirm(id);
        _checkUse(0, 100, "after it left the group");
        _pay(id, 100);
        _checkUse(0, 0, "paid");
        _proposed(7);
        assertEq(_groupLimitOf(HEAD, CNY).reserved, 0, "no group's any more");
        assertEq(_limitOf(ANCHOR, CNY).reserved, 7, "its own");
    }

    /// @dev Every unit is reserved, committed or released, at every step of every course.
    function testTheCourseOfALimit(uint48 face, uint48 part) public {
        face = uint48(bound(face, 2, MAX_FACE));
        part = uint48(bound(part, 1, face - 1));
        uint32 id = _proposed(face);
        _checkUse(face, 0, "proposed");
        _as(ANCHOR);
        issuance.reject(id, REASON);
        _checkUse(0, 0, "rejected");
        id = _proposed(face);
        _as(SUPPLIER);
        issuance.cancel(id, REASON);
        _checkUse(0, 0, "cancelled");
        id = _proposed(face);
        _confirm(id);
        _checkUse(0, face, "confirmed");
        _pay(id, part);
        _checkUse(0, face - part, "paid in part");
        _pay(id, face);
        _checkUse(0, 0, "paid too much");
        id = _receivableOf(_confirmed(face));
        _as(ANCHOR);
        issuance.voidIssue(id, REASON);
        _checkUse(0, face, "asked to be void");
        _as(SUPPLIER);
        issuance.voidIssue(id, REASON);
        _checkUse(0, 0, "void");
    }

    /* STOP */

    function testStopNoDebtor() public {
        _stopRefused(
            OPERATOR,
            abi.encodeCall(Limits.stop, (SUPPLIER, CAUSE, DOCUMENT)),
            abi.encodeWithSelector(Limits.DebtorUnknown.selector, SUPPLIER)
        );
    }

    function testStopWithoutCause() public {
        _stopRefused(
            OPERATOR,
            abi.encodeCall(Limits.stop, (ANCHOR, 0, DOCUMENT)),
            abi.encodeWithSelector(Limits.CauseEmpty.selector)
        );
    }

    function testStopWithoutDocument() public {
        _stopRefused(
            OPERATOR,
            abi.encodeCall(Limits.stop, (ANCHOR, CAUSE, 0)),
            abi.encodeWithSelector(Limits.DocumentEmpty.selector)
        );
    }

    function testStopTwice() public {
        _as(CARRIER);
        limits.stop(ANCHOR, CAUSE, DOCUMENT);
        _stopRefused(
            OPERATOR,
            abi.encodeCall(Limits.stop, (ANCHOR, "another", DOCUMENT)),
            abi.encodeWithSelector(Limits.AlreadyStopped.selector, ANCHOR, CAUSE)
        );
    }

    /// @dev Whatever the debtor's standing: it may be suspended as well.
    function testStop() public {
        uint32[4] memory actors = [CARRIER, SETTLER, OPERATOR, REGULATOR];
        Issuance.Terms memory terms = _terms(FACE);
        uint32 pending = _proposed(FACE);
        uint80 voucherId = _confirmed(FACE);
        uint256 snapshot = vm.snapshotState();
        for (uint256 n; n < actors.length; ++n) {
            vm.expectEmit(address(limits));
            emit Limits.IssueStopped(ANCHOR, actors[n], CAUSE, DOCUMENT, _account(actors[n]));
            _as(actors[n]);
            limits.stop(ANCHOR, CAUSE, DOCUMENT);
            assertEq(limits.stopCause(ANCHOR), CAUSE, "cause");
            _proposeRefused(terms, _stopped(CAUSE, 0));
            _refused(
                ANCHOR,
                address(issuance),
                abi.encodeCall(Issuance.confirm, (pending)),
                _stopped(CAUSE, 0)
            );
            // What it owes already is passed on and paid like any.
            _passed(voucherId, SECOND);
            _pay(_receivableOf(voucherId), FACE);
            vm.revertToState(snapshot);
        }
        _suspend(ANCHOR);
        _as(OPERATOR);
        limits.stop(ANCHOR, CAUSE, DOCUMENT);
    }

    function testLiftWhatIsNotStopped() public {
        _governedRefused(
            abi.encodeCall(Limits.lift, (ANCHOR, DOCUMENT)),
            abi.encodeWithSelector(Limits.NotStopped.selector, ANCHOR)
        );
    }

    function testLiftWithoutDocument() public {
        _as(OPERATOR);
        limits.stop(ANCHOR, CAUSE, DOCUMENT);
        _governedRefused(
            abi.encodeCall(Limits.lift, (ANCHOR, 0)),
            abi.encodeWithSelector(Limits.DocumentEmpty.selector)
        );
    }

    function testLift() public {
        _as(OPERATOR);
        limits.stop(ANCHOR, CAUSE, DOCUMENT);
        Participants.Call[] memory calls =
            _call(address(limits), abi.encodeCall(Limits.lift, (ANCHOR, DOCUMENT)));
        uint32 id = _approved(calls);
        vm.expectEmit(address(limits));
        emit Limits.StopLifted(ANCHOR, DOCUMENT);
        _execute(id, calls);
        _proposed(FACE);
    }

    /* OVERDUE */

    function _overdue() internal returns (uint32 id) {
        id = _receivableOf(_confirmed(FACE));
        vm.warp(DUE_AT + OVERDUE_GRACE + 1);
    }

    function testStopOverdueUnknown() public {
        _stopRefused(
            UNKNOWN,
            abi.encodeCall(Limits.stopOverdue, (1)),
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, 1)
        );
        _stopRefused(
            UNKNOWN,
            abi.encodeCall(Limits.liftOverdue, (1)),
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, 1)
        );
    }

    /// @dev Neither before the days of grace are over, nor what is paid or void.
    function testStopOverdueWhatIsNotOverdue() public {
        uint32 id = _receivableOf(_confirmed(FACE));
        uint32 nothing = _receivableOf(_confirmed(FACE));
        _as(SUPPLIER);
        issuance.voidIssue(nothing, REASON);
        _as(ANCHOR);
        issuance.voidIssue(nothing, REASON);
        vm.warp(DUE_AT + OVERDUE_GRACE);
        _stopRefused(
            UNKNOWN,
            abi.encodeCall(Limits.stopOverdue, (id)),
            abi.encodeWithSelector(
                Limits.NotOverdue.selector, id, DUE_AT + OVERDUE_GRACE, PolicyNames.OVERDUE_GRACE
            )
        );
        vm.warp(DUE_AT + 1000 days);
        _pay(id, FACE);
        uint32[2] memory ids = [id, nothing];
        for (uint256 n; n < ids.length; ++n) {
            _stopRefused(
                UNKNOWN,
                abi.encodeCall(Limits.stopOverdue, (ids[n])),
                abi.encodeWithSelector(
                    Limits.NotOverdue.selector,
                    ids[n],
                    DUE_AT + OVERDUE_GRACE,
                    PolicyNames.OVERDUE_GRACE
                )
            );
        }
    }

    function testStopOverdueTwice() public {
        uint32 id = _overdue();
        limits.stopOverdue(id);
        _stopRefused(
            UNKNOWN,
            abi.encodeCall(Limits.stopOverdue, (id)),
            abi.encodeWithSelector(Limits.AlreadyCounted.selector, id)
        );
    }

    function testLiftOverdueWhatIsNotCounted() public {
        uint32 id = _overdue();
        _stopRefused(
            UNKNOWN,
            abi.encodeCall(Limits.liftOverdue, (id)),
            abi.encodeWithSelector(Limits.NotCounted.selector, id)
        );
    }

    function testLiftOverdueWhatIsStillOwed() public {
        uint32 id = _overdue();
        limits.stopOverdue(id);
        _pay(id, FACE - 1);
        _stopRefused(
            UNKNOWN,
            abi.encodeCall(Limits.liftOverdue, (id)),
            abi.encodeWithSelector(Limits.StillOwed.selector, id)
        );
    }

    /// @dev Anyone may stop it and anyone lift it: the ledger itself tells. Each overdue receivable counts.
    function testStopAndLiftOverdue() public {
        uint32 first = _receivableOf(_confirmed(FACE));
        uint32 second = _overdue();
        vm.expectEmit(address(limits));
        emit Limits.OverdueStopped(ANCHOR, first, STRANGER);
        vm.prank(STRANGER);
        limits.stopOverdue(first);
        limits.stopOverdue(second);
        Issuance.Terms memory terms = _terms(FACE);
        terms.dueAt = uint40(block.timestamp) + 1 days;
        _proposeRefused(terms, _stopped(0, 2));
        _pay(first, FACE);
        vm.expectEmit(address(limits));
        emit Limits.OverdueLifted(ANCHOR, first, STRANGER);
        vm.prank(STRANGER);
        limits.liftOverdue(first);
        _proposeRefused(terms, _stopped(0, 1));
        _pay(second, FACE);
        limits.liftOverdue(second);
        _propose(SUPPLIER, terms);
        _stopRefused(
            UNKNOWN,
            abi.encodeCall(Limits.liftOverdue, (second)),
            abi.encodeWithSelector(Limits.NotCounted.selector, second)
        );
    }

    /// @dev Which days of grace there are is said by the parameter in force.
    function testStopOverdueByTheGraceInForce() public {
        uint32 id = _receivableOf(_confirmed(FACE));
        _setPolicy(PolicyNames.OVERDUE_GRACE, 0);
        vm.warp(DUE_AT + 1);
        limits.stopOverdue(id);
        assertEq(limits.overdueCount(ANCHOR), 1, "overdue");
    }
}
