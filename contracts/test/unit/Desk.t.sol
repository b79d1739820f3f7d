// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "../../src/Attestations.sol";
import {Desk} from "../../src/Desk.sol";
import {Hand} from "../../src/Hand.sol";
import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "../utils/Consortium.sol";

/// @dev Refuses without words.
contract Silent {
    fallback() external {
        // forge-lint: disable-next-line(custom-errors)
        revert();
    }
}

/// @dev The carrier attests with two people: a maker and a checker.
contract DeskTest is Consortium {
    address internal constant MAKER = address(0x3A4E);
    address internal constant CHECKER = address(0xC3EC);
    address internal constant BOTH = address(0xB074);
    bytes32 internal constant COMMITMENT = "commitment";
    uint40 internal constant EXPIRES_AT = START + 14 days;

    address internal hand;
    address internal target;
    bytes internal data;

    function setUp() public override {
        super.setUp();
        address admin = _account(CARRIER);
        vm.prank(admin);
        hand = desk.open();
        vm.prank(admin);
        participants.addAccount(CARRIER, hand, Roles.ATTESTER, 0);
        vm.prank(admin);
        participants.addAccount(CARRIER, MAKER, Roles.MAKER, 0);
        vm.prank(admin);
        participants.addAccount(CARRIER, CHECKER, Roles.CHECKER, 0);
        vm.prank(admin);
        participants.addAccount(CARRIER, BOTH, Roles.MAKER | Roles.CHECKER, 0);
        target = address(attestations);
        data = abi.encodeCall(Attestations.attest, (_statement(COMMITMENT, REVOCABLE_SCHEMA, 3, 0)));
    }

    function _make() internal returns (uint64 id) {
        vm.prank(MAKER);
        id = desk.make(target, data);
    }

    function _check(uint64 id) internal {
        vm.prank(CHECKER);
        desk.check(id, target, data);
    }

    function _draft(uint64 id) internal view returns (Desk.Draft memory d) {
        (d.number, d.expiresAt, d.state, d.maker, d.callHash) = desk.draft(id);
    }

    function _missing(uint32 roles, uint32 needed) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Participants.RoleMissing.selector, CARRIER, roles, needed);
    }

    /* HANDS */

    function testOpenTwice() public {
        vm.expectRevert(abi.encodeWithSelector(Desk.HandExists.selector, CARRIER));
        _as(CARRIER);
        desk.open();
    }

    function testOpenWithoutAdministering() public {
        vm.expectRevert(_missing(Roles.MAKER, Roles.ADMIN));
        vm.prank(MAKER);
        desk.open();
    }

    function testOpen() public {
        address expected = desk.handOf(TAX);
        assertEq(expected.code.length, 0, "not made yet");
        vm.expectEmit(address(desk));
        emit Desk.HandOpened(TAX, expected, _account(TAX));
        _as(TAX);
        assertEq(desk.open(), expected, "where it was to be");
        assertEq(Hand(expected).desk(), address(desk), "its desk");
        assertTrue(expected != hand, "one each");
    }

    function testHandMovesOnlyForItsDesk() public {
        address[3] memory callers = [STRANGER, MAKER, _account(CARRIER)];
        for (uint256 i; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Hand.NotDesk.selector, callers[i]));
            vm.prank(callers[i]);
            Hand(hand).act(target, data);
        }
    }

    /// @dev Narrowed to one side of the desk an account can do nothing directly.
    function testMakerAndCheckerActOnlyAtTheDesk() public {
        Attestations.Statement memory s = _statement(COMMITMENT, REVOCABLE_SCHEMA, 3, 0);
        vm.expectRevert(_missing(Roles.MAKER, Roles.ATTESTER));
        vm.prank(MAKER);
        attestations.attest(s);
        vm.expectRevert(_missing(Roles.CHECKER, Roles.ATTESTER));
        vm.prank(CHECKER);
        attestations.attest(s);
    }

    /* MAKE */

    function testMakeNotMaker() public {
        vm.expectRevert(_missing(Roles.CHECKER, Roles.MAKER));
        vm.prank(CHECKER);
        desk.make(target, data);
    }

    function testMakeWithoutAHand() public {
        _as(TAX);
        participants.addAccount(TAX, STRANGER, Roles.MAKER, 0);
        vm.expectRevert(abi.encodeWithSelector(Desk.HandMissing.selector, TAX));
        vm.prank(STRANGER);
        desk.make(target, data);
    }

    function testMakeACallOfTheDesk() public {
        vm.expectRevert(abi.encodeWithSelector(Desk.DeskItself.selector));
        vm.prank(MAKER);
        desk.make(address(desk), data);
    }

    function testMakeACallOfNoContract() public {
        vm.expectRevert(abi.encodeWithSelector(Desk.NoContract.selector, STRANGER));
        vm.prank(MAKER);
        desk.make(STRANGER, data);
    }

    function testMake() public {
        bytes32 hash = keccak256(abi.encode(target, data));
        vm.expectEmit(address(desk));
        emit Desk.DraftMade(1, CARRIER, target, hash, EXPIRES_AT, MAKER);
        assertEq(_make(), 1, "id");
        Desk.Draft memory d = _draft(1);
        assertEq(d.number, CARRIER, "number");
        assertEq(d.expiresAt, EXPIRES_AT, "expires at");
        assertTrue(d.state == Desk.DraftState.Open, "open");
        assertEq(d.maker, MAKER, "maker");
        assertEq(d.callHash, hash, "call");
        assertEq(desk.draftCount(), 1, "count");
        assertFalse(attestations.statusOf(COMMITMENT).exists, "nothing is done yet");
    }

    /* CHECK */

    function testCheckUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Desk.DraftUnknown.selector, 9));
        _check(9);
    }

    function testCheckNotChecker() public {
        uint64 id = _make();
        vm.expectRevert(_missing(Roles.MAKER, Roles.CHECKER));
        vm.prank(MAKER);
        desk.check(id, target, data);
    }

    function testCheckByItsMaker() public {
        vm.prank(BOTH);
        uint64 id = desk.make(target, data);
        vm.expectRevert(abi.encodeWithSelector(Desk.SameAccount.selector, id, BOTH));
        vm.prank(BOTH);
        desk.check(id, target, data);
        _check(id);
    }

    function testCheckByAnotherParticipant() public {
        uint64 id = _make();
        _as(TAX);
        participants.addAccount(TAX, STRANGER, Roles.CHECKER, 0);
        vm.expectRevert(abi.encodeWithSelector(Desk.NotDraftOwner.selector, id, TAX, CARRIER));
        vm.prank(STRANGER);
        desk.check(id, target, data);
    }

    function testCheckAnotherCall(address otherTarget, bytes memory otherData) public {
        uint64 id = _make();
        bytes32 given = keccak256(abi.encode(otherTarget, otherData));
        bytes32 expected = keccak256(abi.encode(target, data));
        vm.assume(given != expected);
        vm.expectRevert(abi.encodeWithSelector(Desk.DraftChanged.selector, id, expected, given));
        vm.prank(CHECKER);
        desk.check(id, otherTarget, otherData);
    }

    function testCheckExpired() public {
        uint64 id = _make();
        vm.warp(EXPIRES_AT + 1);
        vm.expectRevert(abi.encodeWithSelector(Desk.DraftExpired.selector, id, EXPIRES_AT));
        _check(id);
    }

    function testCheckTwice() public {
        uint64 id = _make();
        _check(id);
        vm.expectRevert(abi.encodeWithSelector(Desk.DraftDone.selector, id));
        _check(id);
    }

    /// @dev A draft does not outlive its maker's right to make it.
    function testCheckWhatADismissedMakerMade() public {
        uint64 id = _make();
        _as(CARRIER);
        participants.removeAccount(MAKER);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, MAKER));
        _check(id);

        // Not even for another participant.
        _as(TAX);
        participants.addAccount(TAX, MAKER, Roles.MAKER, 0);
        vm.expectRevert(abi.encodeWithSelector(Desk.NotDraftOwner.selector, id, TAX, CARRIER));
        _check(id);
    }

    function testCheckForASuspendedParticipant() public {
        uint64 id = _make();
        _suspend(CARRIER);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantSuspended.selector, CARRIER));
        _check(id);
    }

    /// @dev What the ledger refuses the hand is refused as it is, and the draft waits.
    function testCheckWhatIsRefused() public {
        uint64 id = _make();
        _as(CARRIER);
        participants.removeAccount(hand);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, hand));
        _check(id);
        assertTrue(_draft(id).state == Desk.DraftState.Open, "open");

        _as(CARRIER);
        participants.addAccount(CARRIER, hand, Roles.ATTESTER, 0);
        _check(id);
    }

    function testCheckWhatFailsWithoutAReason() public {
        target = address(new Silent());
        uint64 id = _make();
        vm.expectRevert(abi.encodeWithSelector(Hand.TargetFailed.selector, target));
        _check(id);
    }

    function testCheckHandsBackWhatTheCallReturns() public {
        data = abi.encodeCall(Attestations.statusOf, (COMMITMENT));
        uint64 id = _make();
        vm.prank(CHECKER);
        bytes memory returned = desk.check(id, target, data);
        Attestations.AttestationStatus memory status =
            abi.decode(returned, (Attestations.AttestationStatus));
        assertFalse(status.exists, "decoded");
    }

    function testCheck() public {
        uint64 id = _make();
        vm.warp(EXPIRES_AT);
        vm.expectEmit(address(desk));
        emit Desk.DraftChecked(id, CARRIER, CHECKER);
        vm.expectEmit(address(attestations));
        emit Attestations.Attested(COMMITMENT, CARRIER, SUBJECT, REVOCABLE_SCHEMA, 3, 0, hand);
        _check(id);
        assertTrue(_draft(id).state == Desk.DraftState.Checked, "checked");
        assertEq(attestations.statusOf(COMMITMENT).attester, CARRIER, "its own statement");
    }

    /// @dev Four eyes on accounts as well: the hand alone administers.
    function testAccountsUnderFourEyes() public {
        address admin = _account(CARRIER);
        vm.prank(admin);
        participants.setScope(hand, FULL, 0);
        vm.prank(admin);
        participants.setScope(admin, Roles.MAKER, 0);

        target = address(participants);
        data = abi.encodeCall(Participants.addAccount, (CARRIER, STRANGER, Roles.CHECKER, 0));
        vm.prank(admin);
        uint64 id = desk.make(target, data);
        _check(id);
        assertEq(participants.actorOf(STRANGER, Roles.CHECKER), CARRIER, "added by two");
        vm.expectRevert(_missing(Roles.MAKER, Roles.ADMIN));
        vm.prank(admin);
        participants.removeAccount(STRANGER);
    }

    /* REJECT, CANCEL */

    function testRejectNotChecker() public {
        uint64 id = _make();
        vm.expectRevert(_missing(Roles.MAKER, Roles.CHECKER));
        vm.prank(MAKER);
        desk.reject(id, REASON);
    }

    function testRejectByItsMaker() public {
        vm.prank(BOTH);
        uint64 id = desk.make(target, data);
        vm.expectRevert(abi.encodeWithSelector(Desk.SameAccount.selector, id, BOTH));
        vm.prank(BOTH);
        desk.reject(id, REASON);
    }

    function testReject() public {
        uint64 id = _make();
        vm.expectEmit(address(desk));
        emit Desk.DraftRejected(id, CARRIER, REASON, CHECKER);
        vm.prank(CHECKER);
        desk.reject(id, REASON);
        assertTrue(_draft(id).state == Desk.DraftState.Rejected, "rejected");
        vm.expectRevert(abi.encodeWithSelector(Desk.DraftDone.selector, id));
        _check(id);
    }

    function testCancelByAnotherMaker() public {
        uint64 id = _make();
        vm.expectRevert(abi.encodeWithSelector(Desk.NotMaker.selector, id, BOTH));
        vm.prank(BOTH);
        desk.cancel(id);
    }

    function testCancelNotMaker() public {
        uint64 id = _make();
        vm.expectRevert(_missing(Roles.CHECKER, Roles.MAKER));
        vm.prank(CHECKER);
        desk.cancel(id);
    }

    function testCancelExpired() public {
        uint64 id = _make();
        vm.warp(EXPIRES_AT + 1);
        vm.expectRevert(abi.encodeWithSelector(Desk.DraftExpired.selector, id, EXPIRES_AT));
        vm.prank(MAKER);
        desk.cancel(id);
    }

    function testCancel() public {
        uint64 id = _make();
        vm.expectEmit(address(desk));
        emit Desk.DraftCancelled(id, CARRIER, MAKER);
        vm.prank(MAKER);
        desk.cancel(id);
        assertTrue(_draft(id).state == Desk.DraftState.Cancelled, "cancelled");
        vm.expectRevert(abi.encodeWithSelector(Desk.DraftDone.selector, id));
        _check(id);
    }
}
