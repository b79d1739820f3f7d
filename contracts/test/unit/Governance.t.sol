// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "../utils/Consortium.sol";

/// @dev Refuses with and without words.
contract Refusing {
    error Refused(uint256 why);

    function withReason() external pure {
        revert Refused(42);
    }

    function withoutReason() external pure {
        // forge-lint: disable-next-line(custom-errors)
        revert();
    }
}

contract GovernanceTest is Consortium {
    uint40 internal constant PROPOSAL_EXPIRES = START + 14 days;

    /// @dev A harmless call that leaves a trace.
    function _calls() internal view returns (Participants.Call[] memory) {
        return
            _call(address(participants), abi.encodeCall(Participants.suspend, (OPERATOR, REASON)));
    }

    function _isSuspended(uint32 number) internal view returns (bool) {
        (, Participants.Status status,,) = participants.participant(number);
        return status == Participants.Status.Suspended;
    }

    function _propose(Participants.Call[] memory calls) internal returns (uint32) {
        vm.prank(GOVERNOR_A);
        return participants.propose(calls);
    }

    /* CONSTRUCTOR */

    function _deployRefused(address[] memory governors, uint8 threshold, bytes memory refusal)
        internal
    {
        vm.expectRevert(refusal);
        new Participants(governors, threshold);
    }

    function testFoundedByZeroAddress() public {
        address[] memory governors = new address[](2);
        governors[0] = GOVERNOR_A;
        _deployRefused(governors, 2, abi.encodeWithSelector(Participants.AccountEmpty.selector));
    }

    function testFoundedByOneGovernorTwice() public {
        address[] memory governors = new address[](2);
        (governors[0], governors[1]) = (GOVERNOR_A, GOVERNOR_A);
        _deployRefused(
            governors, 2, abi.encodeWithSelector(Participants.GovernorExists.selector, GOVERNOR_A)
        );
    }

    function testFoundedWithThresholdOutOfRange(uint8 threshold) public {
        vm.assume(threshold < 2 || threshold > 3);
        address[] memory governors = new address[](3);
        (governors[0], governors[1], governors[2]) = (GOVERNOR_A, GOVERNOR_B, GOVERNOR_C);
        _deployRefused(
            governors,
            threshold,
            abi.encodeWithSelector(Participants.BadThreshold.selector, threshold, 3)
        );
    }

    function testFoundedByTooMany() public {
        address[] memory governors = new address[](129);
        for (uint160 i; i < 129; ++i) {
            governors[i] = address(i + 1);
        }
        _deployRefused(governors, 2, abi.encodeWithSelector(Participants.TooManyGovernors.selector));
    }

    function testFounded() public {
        address[] memory governors = new address[](2);
        (governors[0], governors[1]) = (GOVERNOR_A, GOVERNOR_B);
        Participants expected = Participants(_nextDeployment());
        vm.expectEmit(address(expected));
        emit Participants.GovernorAdded(GOVERNOR_A);
        vm.expectEmit(address(expected));
        emit Participants.GovernorAdded(GOVERNOR_B);
        vm.expectEmit(address(expected));
        emit Participants.ThresholdSet(2);
        Participants founded = new Participants(governors, 2);

        assertEq(founded.threshold(), 2, "threshold");
        assertEq(founded.governors(), 3, "governors");
        assertEq(founded.governorsEver(), 2, "ever");
        assertEq(founded.governor(GOVERNOR_B), 2, "bit of the second");
    }

    /// @dev Where a deployment from here lands; the snapshot takes it back.
    function _nextDeployment() internal returns (address next) {
        address[] memory governors = new address[](2);
        (governors[0], governors[1]) = (GOVERNOR_A, GOVERNOR_B);
        uint256 snapshot = vm.snapshotState();
        next = address(new Participants(governors, 2));
        vm.revertToState(snapshot);
    }

    /* PROPOSE, APPROVE */

    function testProposeNotGovernor() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotGovernor.selector, STRANGER));
        vm.prank(STRANGER);
        participants.propose(_calls());
    }

    function testPropose() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = participants.proposalCount() + 1;
        bytes32 hash = keccak256(abi.encode(calls));
        vm.expectEmit(address(participants));
        emit Participants.ProposalMade(id, GOVERNOR_A, hash, PROPOSAL_EXPIRES);
        assertEq(_propose(calls), id, "id");

        (uint40 expiresAt, Participants.ProposalState state, uint8 proposer, uint128 approvals) =
            participants.proposal(id);
        assertEq(expiresAt, PROPOSAL_EXPIRES, "expires at");
        assertTrue(state == Participants.ProposalState.Open, "open");
        assertEq(proposer, 1, "the first governor's bit plus one");
        assertEq(approvals, 1, "the proposer approves");
        assertEq(participants.callsHash(id), hash, "calls");
    }

    function testApproveNotGovernor() public {
        uint32 id = _propose(_calls());
        vm.expectRevert(abi.encodeWithSelector(Participants.NotGovernor.selector, STRANGER));
        vm.prank(STRANGER);
        participants.approve(id);
    }

    function testApproveUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.ProposalUnknown.selector, UNKNOWN));
        vm.prank(GOVERNOR_A);
        participants.approve(UNKNOWN);
    }

    function testApproveOwnProposal() public {
        uint32 id = _propose(_calls());
        vm.expectRevert(
            abi.encodeWithSelector(Participants.AlreadyApproved.selector, id, GOVERNOR_A)
        );
        vm.prank(GOVERNOR_A);
        participants.approve(id);
    }

    function testApproveTwice() public {
        uint32 id = _approved(_calls());
        vm.expectRevert(
            abi.encodeWithSelector(Participants.AlreadyApproved.selector, id, GOVERNOR_B)
        );
        vm.prank(GOVERNOR_B);
        participants.approve(id);
    }

    function testApproveExpired() public {
        uint32 id = _propose(_calls());
        vm.warp(PROPOSAL_EXPIRES + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ProposalExpired.selector, id, PROPOSAL_EXPIRES)
        );
        vm.prank(GOVERNOR_B);
        participants.approve(id);
    }

    function testApproveExecuted() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        vm.expectRevert(abi.encodeWithSelector(Participants.ProposalDone.selector, id));
        vm.prank(GOVERNOR_C);
        participants.approve(id);
    }

    function testApprove() public {
        uint32 id = _propose(_calls());
        vm.warp(PROPOSAL_EXPIRES);
        vm.expectEmit(address(participants));
        emit Participants.ProposalApproved(id, GOVERNOR_C);
        vm.prank(GOVERNOR_C);
        participants.approve(id);
        assertEq(_approvals(id), 5, "first and third");
    }

    function _approvals(uint32 id) internal view returns (uint128 approvals) {
        (,,, approvals) = participants.proposal(id);
    }

    function _stateOf(uint32 id) internal view returns (Participants.ProposalState state) {
        (, state,,) = participants.proposal(id);
    }

    /* REVOKE AN APPROVAL, CANCEL */

    function testRevokeApprovalNotGovernor() public {
        uint32 id = _propose(_calls());
        vm.expectRevert(abi.encodeWithSelector(Participants.NotGovernor.selector, STRANGER));
        vm.prank(STRANGER);
        participants.revokeApproval(id);
    }

    function testRevokeApprovalNeverGiven() public {
        uint32 id = _propose(_calls());
        vm.expectRevert(abi.encodeWithSelector(Participants.NotApproved.selector, id, GOVERNOR_B));
        vm.prank(GOVERNOR_B);
        participants.revokeApproval(id);
    }

    function testRevokeApprovalOfWhatIsDone() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        vm.expectRevert(abi.encodeWithSelector(Participants.ProposalDone.selector, id));
        vm.prank(GOVERNOR_B);
        participants.revokeApproval(id);
    }

    function testRevokeApproval() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        vm.expectEmit(address(participants));
        emit Participants.ApprovalRevoked(id, GOVERNOR_A);
        vm.prank(GOVERNOR_A);
        participants.revokeApproval(id);
        assertEq(_approvals(id), 2, "the second's alone");
        vm.expectRevert(abi.encodeWithSelector(Participants.ApprovalsMissing.selector, id, 1, 2));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);

        vm.prank(GOVERNOR_A);
        participants.approve(id);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertTrue(_isSuspended(OPERATOR), "done");
    }

    function testCancelByAnother() public {
        uint32 id = _approved(_calls());
        vm.expectRevert(
            abi.encodeWithSelector(Participants.NotOwnProposal.selector, id, GOVERNOR_B)
        );
        vm.prank(GOVERNOR_B);
        participants.cancel(id);
    }

    function testCancelUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.ProposalUnknown.selector, UNKNOWN));
        vm.prank(GOVERNOR_A);
        participants.cancel(UNKNOWN);
    }

    function testCancelExpired() public {
        uint32 id = _propose(_calls());
        vm.warp(PROPOSAL_EXPIRES + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ProposalExpired.selector, id, PROPOSAL_EXPIRES)
        );
        vm.prank(GOVERNOR_A);
        participants.cancel(id);
    }

    function testCancelByNoGovernor() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotGovernor.selector, STRANGER));
        vm.prank(STRANGER);
        participants.cancel(1);
    }

    function testCancel() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        vm.expectEmit(address(participants));
        emit Participants.ProposalCancelled(id, GOVERNOR_A);
        vm.prank(GOVERNOR_A);
        participants.cancel(id);
        assertTrue(_stateOf(id) == Participants.ProposalState.Cancelled, "cancelled");
        vm.expectRevert(abi.encodeWithSelector(Participants.ProposalDone.selector, id));
        vm.prank(GOVERNOR_B);
        participants.execute(id, calls);
    }

    /* EXECUTE */

    function testExecuteNotGovernor() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotGovernor.selector, STRANGER));
        vm.prank(STRANGER);
        participants.execute(id, calls);
    }

    function testExecuteUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.ProposalUnknown.selector, UNKNOWN));
        vm.prank(GOVERNOR_A);
        participants.execute(UNKNOWN, _calls());
    }

    function testExecuteChangedCalls(uint32 other) public {
        vm.assume(other != OPERATOR);
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        bytes32 approved = keccak256(abi.encode(calls));
        calls[0].data = abi.encodeCall(Participants.suspend, (other, REASON));
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.ProposalChanged.selector, id, approved, keccak256(abi.encode(calls))
            )
        );
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    function testExecuteWithoutItsCalls() public {
        uint32 id = _approved(_calls());
        bytes32 approved = participants.callsHash(id);
        Participants.Call[] memory none = new Participants.Call[](0);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.ProposalChanged.selector, id, approved, keccak256(abi.encode(none))
            )
        );
        vm.prank(GOVERNOR_A);
        participants.execute(id, none);
    }

    function testExecuteApprovalsMissing() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _propose(calls);
        vm.expectRevert(abi.encodeWithSelector(Participants.ApprovalsMissing.selector, id, 1, 2));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    function testExecuteWithApprovalsOfGovernorsOfTheDay() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        _govern(abi.encodeCall(Participants.removeGovernor, (GOVERNOR_B)));
        vm.expectRevert(abi.encodeWithSelector(Participants.ApprovalsMissing.selector, id, 1, 2));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);

        // Whoever governs again approves again.
        _govern2(abi.encodeCall(Participants.addGovernor, (GOVERNOR_B)));
        vm.expectRevert(abi.encodeWithSelector(Participants.ApprovalsMissing.selector, id, 1, 2));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        vm.prank(GOVERNOR_B);
        participants.approve(id);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertTrue(_isSuspended(OPERATOR), "done");
    }

    /// @dev By the first and the third governor.
    function _govern2(bytes memory data) internal {
        Participants.Call[] memory calls = _call(address(participants), data);
        uint32 id = _propose(calls);
        vm.prank(GOVERNOR_C);
        participants.approve(id);
        vm.prank(GOVERNOR_C);
        participants.execute(id, calls);
    }

    function testExecuteAfterThresholdRose() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        _govern(abi.encodeCall(Participants.setThreshold, (3)));
        vm.expectRevert(abi.encodeWithSelector(Participants.ApprovalsMissing.selector, id, 2, 3));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    function testExecuteExpired() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        vm.warp(PROPOSAL_EXPIRES + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ProposalExpired.selector, id, PROPOSAL_EXPIRES)
        );
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    function testExecuteTwice() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        vm.expectRevert(abi.encodeWithSelector(Participants.ProposalDone.selector, id));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    function testExecuteWithinItself() public {
        uint32 id = participants.proposalCount() + 1;
        Participants.Call[] memory none = new Participants.Call[](0);
        Participants.Call[] memory calls =
            _call(address(participants), abi.encodeCall(Participants.execute, (id, none)));
        assertEq(_approved(calls), id, "id");
        vm.expectRevert(
            abi.encodeWithSelector(Participants.NotGovernor.selector, address(participants))
        );
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    function testExecuteWithinItselfByAGovernor() public {
        _govern(abi.encodeCall(Participants.addGovernor, (address(participants))));
        uint32 id = participants.proposalCount() + 1;
        Participants.Call[] memory none = new Participants.Call[](0);
        Participants.Call[] memory calls =
            _call(address(participants), abi.encodeCall(Participants.execute, (id, none)));
        _approved(calls);
        vm.expectRevert(abi.encodeWithSelector(Participants.ProposalDone.selector, id));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    function testExecuteFailsWithTheCallsOwnError() public {
        Refusing refusing = new Refusing();
        _governRefused(
            address(refusing),
            abi.encodeCall(Refusing.withReason, ()),
            abi.encodeWithSelector(Refusing.Refused.selector, 42)
        );
    }

    function testExecuteFailsWithoutAnError() public {
        Participants.Call[] memory calls = new Participants.Call[](2);
        calls[0] = _calls()[0];
        calls[1] =
            Participants.Call(address(new Refusing()), abi.encodeCall(Refusing.withoutReason, ()));
        uint32 id = _approved(calls);
        vm.expectRevert(abi.encodeWithSelector(Participants.CallFailed.selector, 1));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    /// @dev A call to no contract would do nothing and look done.
    function testExecuteOnNoContract() public {
        address[3] memory targets = [STRANGER, address(0), _account(SUPPLIER)];
        for (uint256 i; i < targets.length; ++i) {
            Participants.Call[] memory calls = new Participants.Call[](2);
            calls[0] = _calls()[0];
            calls[1] = Participants.Call(targets[i], abi.encodeCall(Participants.setThreshold, (2)));
            uint32 id = _approved(calls);
            vm.expectRevert(abi.encodeWithSelector(Participants.NoContract.selector, targets[i]));
            vm.prank(GOVERNOR_A);
            participants.execute(id, calls);
            assertFalse(_isSuspended(OPERATOR), "the first call");
            assertTrue(_stateOf(id) == Participants.ProposalState.Open, "the proposal");
        }
        _governRefused(
            STRANGER, "", abi.encodeWithSelector(Participants.NoContract.selector, STRANGER)
        );
    }

    function testExecuteDoesNothingByHalf() public {
        Participants.Call[] memory calls = new Participants.Call[](2);
        calls[0] = _calls()[0];
        calls[1] = Participants.Call(
            address(participants), abi.encodeCall(Participants.reinstate, (ANCHOR, REASON))
        );
        uint32 id = _approved(calls);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotSuspended.selector, ANCHOR));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertFalse(_isSuspended(OPERATOR), "the first call");
        assertTrue(_stateOf(id) == Participants.ProposalState.Open, "the proposal");

        // What stood in its way may go: the proposal is still there.
        _suspend(ANCHOR);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertTrue(_isSuspended(OPERATOR), "the first call");
        assertFalse(_isSuspended(ANCHOR), "the second call");
    }

    function testExecute() public {
        Participants.Call[] memory calls = _calls();
        uint32 id = _approved(calls);
        vm.warp(PROPOSAL_EXPIRES);
        vm.expectEmit(address(participants));
        emit Participants.ProposalExecuted(id, GOVERNOR_C);
        vm.expectEmit(address(participants));
        emit Participants.Suspended(OPERATOR, REASON);
        vm.prank(GOVERNOR_C);
        participants.execute(id, calls);
        assertTrue(_stateOf(id) == Participants.ProposalState.Executed, "executed");
        assertTrue(_isSuspended(OPERATOR), "done");
    }

    /// @dev Executes exactly when at least `threshold` of those who govern have approved.
    function testExecuteByMOfN(uint8 governors, uint8 threshold, uint8 approvals) public {
        governors = uint8(bound(governors, 2, 12));
        threshold = uint8(bound(threshold, 2, governors));
        approvals = uint8(bound(approvals, 1, governors));
        address[] memory accounts = new address[](governors);
        for (uint160 i; i < governors; ++i) {
            accounts[i] = address(i + 1);
        }
        Participants council = new Participants(accounts, threshold);
        Participants.Call[] memory none = new Participants.Call[](0);
        vm.prank(accounts[0]);
        uint32 id = council.propose(none);
        for (uint256 i = 1; i < approvals; ++i) {
            vm.prank(accounts[i]);
            council.approve(id);
        }
        if (approvals < threshold) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    Participants.ApprovalsMissing.selector, id, approvals, threshold
                )
            );
        }
        vm.prank(accounts[governors - 1]);
        council.execute(id, none);
    }

    /* GOVERNORS */

    function testAddGovernorTwice() public {
        _governRefused(
            address(participants),
            abi.encodeCall(Participants.addGovernor, (GOVERNOR_B)),
            abi.encodeWithSelector(Participants.GovernorExists.selector, GOVERNOR_B)
        );
    }

    function testAddGovernorZero() public {
        _governRefused(
            address(participants),
            abi.encodeCall(Participants.addGovernor, (address(0))),
            abi.encodeWithSelector(Participants.AccountEmpty.selector)
        );
    }

    function testAddGovernorBeyondTheLastBit() public {
        Participants.Call[] memory calls = new Participants.Call[](125);
        for (uint160 i; i < 125; ++i) {
            calls[i] = Participants.Call(
                address(participants),
                abi.encodeCall(Participants.addGovernor, (address(0xADD000 + i)))
            );
        }
        _govern(calls);
        assertEq(participants.governors(), type(uint128).max, "all bits are given");
        _governRefused(
            address(participants),
            abi.encodeCall(Participants.addGovernor, (STRANGER)),
            abi.encodeWithSelector(Participants.TooManyGovernors.selector)
        );
        // A bit is never given twice, not even that of a governor who left.
        _govern(abi.encodeCall(Participants.removeGovernor, (GOVERNOR_C)));
        Participants.Call[] memory call =
            _call(address(participants), abi.encodeCall(Participants.addGovernor, (STRANGER)));
        uint32 id = _approved(call);
        vm.expectRevert(abi.encodeWithSelector(Participants.TooManyGovernors.selector));
        vm.prank(GOVERNOR_A);
        participants.execute(id, call);
    }

    function testAddGovernor() public {
        Participants.Call[] memory calls =
            _call(address(participants), abi.encodeCall(Participants.addGovernor, (STRANGER)));
        uint32 id = _approved(calls);
        vm.expectEmit(address(participants));
        emit Participants.GovernorAdded(STRANGER);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertEq(participants.governor(STRANGER), 4, "bit plus one");
        assertEq(participants.governors(), 15, "governors");
        assertEq(participants.governorsEver(), 4, "ever");
    }

    function testRemoveGovernorUnknown() public {
        _governRefused(
            address(participants),
            abi.encodeCall(Participants.removeGovernor, (STRANGER)),
            abi.encodeWithSelector(Participants.GovernorUnknown.selector, STRANGER)
        );
    }

    function testRemoveGovernorWithoutWhomNothingCouldBeDecided() public {
        _govern(abi.encodeCall(Participants.setThreshold, (3)));
        Participants.Call[] memory calls =
            _call(address(participants), abi.encodeCall(Participants.removeGovernor, (GOVERNOR_C)));
        uint32 id = _approved(calls);
        vm.prank(GOVERNOR_C);
        participants.approve(id);
        vm.expectRevert(abi.encodeWithSelector(Participants.BadThreshold.selector, 3, 2));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
    }

    function testRemoveGovernor() public {
        Participants.Call[] memory calls =
            _call(address(participants), abi.encodeCall(Participants.removeGovernor, (GOVERNOR_B)));
        uint32 id = _approved(calls);
        vm.expectEmit(address(participants));
        emit Participants.GovernorRemoved(GOVERNOR_B);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertEq(participants.governor(GOVERNOR_B), 0, "bit");
        assertEq(participants.governors(), 5, "governors");
        vm.expectRevert(abi.encodeWithSelector(Participants.NotGovernor.selector, GOVERNOR_B));
        vm.prank(GOVERNOR_B);
        participants.propose(calls);
    }

    function testRotateGovernorUnknown() public {
        _governRefused(
            address(participants),
            abi.encodeCall(Participants.rotateGovernor, (STRANGER, address(0xD0))),
            abi.encodeWithSelector(Participants.GovernorUnknown.selector, STRANGER)
        );
    }

    function testRotateGovernorToAnother() public {
        _governRefused(
            address(participants),
            abi.encodeCall(Participants.rotateGovernor, (GOVERNOR_B, GOVERNOR_C)),
            abi.encodeWithSelector(Participants.GovernorExists.selector, GOVERNOR_C)
        );
    }

    function testRotateGovernorToNobody() public {
        _governRefused(
            address(participants),
            abi.encodeCall(Participants.rotateGovernor, (GOVERNOR_B, address(0))),
            abi.encodeWithSelector(Participants.AccountEmpty.selector)
        );
    }

    /// @dev With all governors needed nobody could be removed first.
    function testRotateGovernor() public {
        _govern(abi.encodeCall(Participants.setThreshold, (3)));
        Participants.Call[] memory pending = _calls();
        uint32 waiting = _approved(pending);
        Participants.Call[] memory calls = _call(
            address(participants),
            abi.encodeCall(Participants.rotateGovernor, (GOVERNOR_B, STRANGER))
        );
        uint32 id = _approved(calls);
        vm.prank(GOVERNOR_C);
        participants.approve(id);
        vm.expectEmit(address(participants));
        emit Participants.GovernorRotated(GOVERNOR_B, STRANGER);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertEq(participants.governor(GOVERNOR_B), 0, "the old bit");
        assertEq(participants.governor(STRANGER), 4, "a new bit plus one");
        assertEq(participants.governors(), 13, "first, third and fourth");

        // What the old account approved counts no more.
        vm.prank(GOVERNOR_C);
        participants.approve(waiting);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ApprovalsMissing.selector, waiting, 2, 3)
        );
        vm.prank(GOVERNOR_A);
        participants.execute(waiting, pending);
    }

    function testSetThresholdOutOfRange(uint8 threshold) public {
        vm.assume(threshold < 2 || threshold > 3);
        _governRefused(
            address(participants),
            abi.encodeCall(Participants.setThreshold, (threshold)),
            abi.encodeWithSelector(Participants.BadThreshold.selector, threshold, 3)
        );
    }

    function testSetThreshold() public {
        Participants.Call[] memory calls =
            _call(address(participants), abi.encodeCall(Participants.setThreshold, (3)));
        uint32 id = _approved(calls);
        vm.expectEmit(address(participants));
        emit Participants.ThresholdSet(3);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertEq(participants.threshold(), 3, "threshold");
    }

    /* WHAT ONLY GOVERNANCE MAY DO */

    function testOnlyGovernance() public {
        address[3] memory callers = [STRANGER, GOVERNOR_A, _account(OPERATOR)];
        bytes[8] memory own = [
            abi.encodeCall(Participants.addGovernor, (STRANGER)),
            abi.encodeCall(Participants.removeGovernor, (GOVERNOR_B)),
            abi.encodeCall(Participants.rotateGovernor, (GOVERNOR_B, STRANGER)),
            abi.encodeCall(Participants.setThreshold, (3)),
            abi.encodeCall(
                Participants.admit, (_legalId(99), Roles.SUPPLIER, VALID_UNTIL, STRANGER)
            ),
            abi.encodeCall(Participants.setRoles, (OPERATOR, Roles.ALL, VALID_UNTIL)),
            abi.encodeCall(Participants.suspend, (OPERATOR, REASON)),
            abi.encodeCall(Participants.reinstate, (OPERATOR, REASON))
        ];
        for (uint256 i; i < callers.length; ++i) {
            // The contracts' errors of this name are one and the same.
            bytes memory refusal =
                abi.encodeWithSelector(Participants.NotGovernance.selector, callers[i]);
            for (uint256 j; j < own.length; ++j) {
                _refuses(callers[i], address(participants), own[j], refusal);
            }
            _refuses(
                callers[i],
                address(attestations),
                abi.encodeCall(attestations.registerSchema, (1, true, false, REASON)),
                refusal
            );
        }
    }

    function _refuses(address caller, address target, bytes memory data, bytes memory refusal)
        internal
    {
        vm.prank(caller);
        (bool success, bytes memory returned) = target.call(data);
        assertFalse(success, "refused");
        assertEq(returned, refusal, "why");
    }
}
