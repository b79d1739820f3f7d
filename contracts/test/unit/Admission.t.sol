// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

contract AdmissionTest is Fixture {
    bytes32 internal constant LEGAL_ID = "someone new";
    address internal constant OTHER = address(0x07E4);

    function _refused(bytes memory data, bytes memory refusal) internal {
        _governRefused(address(participants), data, refusal);
    }

    /* ADMIT */

    function testAdmitWithoutLegalId() public {
        _refused(
            abi.encodeCall(Participants.admit, (0, Roles.SUPPLIER, VALID_UNTIL, STRANGER)),
            abi.encodeWithSelector(Participants.LegalIdEmpty.selector)
        );
    }

    function testAdmitTwice() public {
        bytes32 taken = _legalId(SECOND);
        _refused(
            abi.encodeCall(Participants.admit, (taken, Roles.SUPPLIER, VALID_UNTIL, STRANGER)),
            abi.encodeWithSelector(Participants.LegalIdTaken.selector, taken, SECOND)
        );
    }

    function testAdmitWithoutRoles() public {
        _refused(
            abi.encodeCall(Participants.admit, (LEGAL_ID, 0, VALID_UNTIL, STRANGER)),
            abi.encodeWithSelector(Participants.BadRoles.selector, 0)
        );
    }

    function testAdmitWithUnknownRoles(uint32 roles) public {
        roles = uint32(bound(roles, Roles.ALL + 1, type(uint32).max));
        _refused(
            abi.encodeCall(Participants.admit, (LEGAL_ID, roles, VALID_UNTIL, STRANGER)),
            abi.encodeWithSelector(Participants.BadRoles.selector, roles)
        );
    }

    function testAdmitExpired(uint40 validUntil) public {
        validUntil = uint40(bound(validUntil, 0, START));
        _refused(
            abi.encodeCall(Participants.admit, (LEGAL_ID, Roles.SUPPLIER, validUntil, STRANGER)),
            abi.encodeWithSelector(Participants.BadValidity.selector, validUntil)
        );
    }

    function testAdmitWithoutAccount() public {
        _refused(
            abi.encodeCall(Participants.admit, (LEGAL_ID, Roles.SUPPLIER, VALID_UNTIL, address(0))),
            abi.encodeWithSelector(Participants.AccountEmpty.selector)
        );
    }

    function testAdmitWithAccountOfAnother() public {
        address taken = _account(BANK);
        _refused(
            abi.encodeCall(Participants.admit, (LEGAL_ID, Roles.SUPPLIER, VALID_UNTIL, taken)),
            abi.encodeWithSelector(Participants.AccountTaken.selector, taken, BANK)
        );
        assertEq(participants.participantCount(), PARTICIPANTS, "nothing half done");
        assertEq(participants.numberOfLegalId(LEGAL_ID), 0, "nothing half done");
    }

    function testAdmit(uint32 roles, uint40 validUntil) public {
        roles = uint32(bound(roles, 1, Roles.ALL));
        validUntil = uint40(bound(validUntil, START + 1, type(uint40).max));
        Participants.Call[] memory calls = _call(
            address(participants),
            abi.encodeCall(Participants.admit, (LEGAL_ID, roles, validUntil, STRANGER))
        );
        uint32 id = _approved(calls);
        uint32 number = PARTICIPANTS + 1;
        vm.expectEmit(address(participants));
        emit Participants.Admitted(number, LEGAL_ID, roles, validUntil);
        vm.expectEmit(address(participants));
        emit Participants.AccountAdded(number, STRANGER, address(participants));
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);

        (uint32 had, Participants.Status status, uint40 until, uint32 accounts) =
            participants.participant(number);
        assertEq(had, roles, "roles");
        assertTrue(status == Participants.Status.Active, "active");
        assertEq(until, validUntil, "valid until");
        assertEq(accounts, 1, "accounts");
        assertEq(participants.legalId(number), LEGAL_ID, "legal id");
        assertEq(participants.numberOfLegalId(LEGAL_ID), number, "number of legal id");
        assertEq(participants.numberOf(STRANGER), number, "number of account");
        assertEq(participants.participantCount(), number, "count");
    }

    /* ROLES */

    function testSetRolesUnknown() public {
        _refused(
            abi.encodeCall(Participants.setRoles, (UNKNOWN, Roles.SUPPLIER, VALID_UNTIL)),
            abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN)
        );
    }

    function testSetRolesOutOfRange() public {
        _refused(
            abi.encodeCall(Participants.setRoles, (SUPPLIER, Roles.ALL + 1, VALID_UNTIL)),
            abi.encodeWithSelector(Participants.BadRoles.selector, Roles.ALL + 1)
        );
        _refused(
            abi.encodeCall(Participants.setRoles, (SUPPLIER, 0, VALID_UNTIL)),
            abi.encodeWithSelector(Participants.BadRoles.selector, 0)
        );
    }

    function testSetRolesExpired() public {
        _refused(
            abi.encodeCall(Participants.setRoles, (SUPPLIER, Roles.SUPPLIER, START)),
            abi.encodeWithSelector(Participants.BadValidity.selector, START)
        );
    }

    function testSetRoles() public {
        uint32 roles = Roles.SUPPLIER | Roles.DEBTOR;
        Participants.Call[] memory calls = _call(
            address(participants),
            abi.encodeCall(Participants.setRoles, (SUPPLIER, roles, START + 1))
        );
        uint32 id = _approved(calls);
        vm.expectEmit(address(participants));
        emit Participants.RolesSet(SUPPLIER, roles, START + 1);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        (uint32 had,, uint40 until, uint32 accounts) = participants.participant(SUPPLIER);
        assertEq(had, roles, "roles");
        assertEq(until, START + 1, "valid until");
        assertEq(accounts, 1, "accounts stay");
    }

    function testSetRolesDoesNotReinstate() public {
        _suspend(SUPPLIER);
        _setRoles(SUPPLIER, Roles.ALL);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
        participants.requireActive(SUPPLIER, Roles.ALL);
    }

    /* SUSPENSION */

    function testSuspendUnknown() public {
        _refused(
            abi.encodeCall(Participants.suspend, (UNKNOWN, REASON)),
            abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN)
        );
    }

    function testSuspendTwice() public {
        _suspend(SUPPLIER);
        _refused(
            abi.encodeCall(Participants.suspend, (SUPPLIER, REASON)),
            abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
    }

    function testReinstateUnknown() public {
        _refused(
            abi.encodeCall(Participants.reinstate, (UNKNOWN, REASON)),
            abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN)
        );
    }

    function testReinstateNotSuspended() public {
        _refused(
            abi.encodeCall(Participants.reinstate, (SUPPLIER, REASON)),
            abi.encodeWithSelector(Participants.NotSuspended.selector, SUPPLIER)
        );
    }

    function testSuspendAndReinstate() public {
        _suspend(SUPPLIER);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
        participants.actorOf(_account(SUPPLIER), Roles.SUPPLIER);

        Participants.Call[] memory calls = _call(
            address(participants), abi.encodeCall(Participants.reinstate, (SUPPLIER, REASON))
        );
        uint32 id = _approved(calls);
        vm.expectEmit(address(participants));
        emit Participants.Reinstated(SUPPLIER, REASON);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        assertEq(
            participants.actorOf(_account(SUPPLIER), Roles.SUPPLIER), SUPPLIER, "may act again"
        );
    }

    /* ACCOUNTS */

    function testAddAccountToUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN));
        _as(SUPPLIER);
        participants.addAccount(UNKNOWN, OTHER);
    }

    function testAddAccountToAnother() public {
        address caller = _account(SUPPLIER);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, caller));
        vm.prank(caller);
        participants.addAccount(SECOND, OTHER);
    }

    function testAddAccountByStranger() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, STRANGER));
        vm.prank(STRANGER);
        participants.addAccount(SECOND, STRANGER);
    }

    function testAddAccountByGovernorAlone() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, GOVERNOR_A));
        vm.prank(GOVERNOR_A);
        participants.addAccount(SECOND, OTHER);
    }

    function testAddAccountSuspended() public {
        _suspend(SUPPLIER);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
        _as(SUPPLIER);
        participants.addAccount(SUPPLIER, OTHER);
    }

    function testAddAccountExpired() public {
        vm.warp(VALID_UNTIL + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantExpired.selector, SUPPLIER, VALID_UNTIL)
        );
        _as(SUPPLIER);
        participants.addAccount(SUPPLIER, OTHER);
    }

    function testAddAccountZero() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.AccountEmpty.selector));
        _as(SUPPLIER);
        participants.addAccount(SUPPLIER, address(0));
    }

    function testAddAccountTaken() public {
        address taken = _account(SECOND);
        vm.expectRevert(abi.encodeWithSelector(Participants.AccountTaken.selector, taken, SECOND));
        _as(SUPPLIER);
        participants.addAccount(SUPPLIER, taken);
    }

    function testAddAccount() public {
        address actor = _account(SUPPLIER);
        vm.expectEmit(address(participants));
        emit Participants.AccountAdded(SUPPLIER, OTHER, actor);
        vm.prank(actor);
        participants.addAccount(SUPPLIER, OTHER);
        assertEq(participants.actorOf(OTHER, Roles.SUPPLIER), SUPPLIER, "acts");
        assertEq(participants.actorOf(actor, Roles.SUPPLIER), SUPPLIER, "still acts");
        (,,, uint32 accounts) = participants.participant(SUPPLIER);
        assertEq(accounts, 2, "accounts");
    }

    function testRecoverASuspendedParticipantsAccount() public {
        _suspend(SUPPLIER);
        _govern(abi.encodeCall(Participants.addAccount, (SUPPLIER, OTHER)));
        _govern(abi.encodeCall(Participants.removeAccount, (_account(SUPPLIER))));
        _govern(abi.encodeCall(Participants.reinstate, (SUPPLIER, REASON)));
        assertEq(participants.actorOf(OTHER, Roles.SUPPLIER), SUPPLIER, "the new account");
        vm.expectRevert(
            abi.encodeWithSelector(Participants.NotParticipant.selector, _account(SUPPLIER))
        );
        participants.actorOf(_account(SUPPLIER), Roles.SUPPLIER);
    }

    function testRemoveAccountUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, STRANGER));
        _as(SUPPLIER);
        participants.removeAccount(STRANGER);
    }

    function testRemoveAccountOfAnother() public {
        _as(SECOND);
        participants.addAccount(SECOND, OTHER);
        address caller = _account(SUPPLIER);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, caller));
        vm.prank(caller);
        participants.removeAccount(OTHER);
    }

    function testRemoveLastAccount() public {
        address last = _account(SUPPLIER);
        vm.expectRevert(abi.encodeWithSelector(Participants.LastAccount.selector, SUPPLIER));
        vm.prank(last);
        participants.removeAccount(last);
        _refused(
            abi.encodeCall(Participants.removeAccount, (last)),
            abi.encodeWithSelector(Participants.LastAccount.selector, SUPPLIER)
        );
    }

    function testRemoveAccount() public {
        address first = _account(SUPPLIER);
        vm.prank(first);
        participants.addAccount(SUPPLIER, OTHER);
        vm.expectEmit(address(participants));
        emit Participants.AccountRemoved(SUPPLIER, first, OTHER);
        vm.prank(OTHER);
        participants.removeAccount(first);
        assertEq(participants.numberOf(first), 0, "number");
        (,,, uint32 accounts) = participants.participant(SUPPLIER);
        assertEq(accounts, 1, "accounts");

        // An account that was let go may act for another.
        _as(SECOND);
        participants.addAccount(SECOND, first);
        assertEq(participants.actorOf(first, Roles.SUPPLIER), SECOND, "its new participant");
    }

    function testNewAccountMovesTheVouchersOfItsParticipant() public {
        uint64 voucherId = _confirmed(FACE);
        _as(SUPPLIER);
        participants.addAccount(SUPPLIER, OTHER);
        bytes32 before = keccak256(abi.encode(receivables.voucher(voucherId)));
        vm.prank(OTHER);
        participants.removeAccount(_account(SUPPLIER));
        assertEq(
            keccak256(abi.encode(receivables.voucher(voucherId))), before, "no voucher changes"
        );
        vm.prank(OTHER);
        receivables.split(voucherId, 0, _leg(SECOND, 1));
        vm.expectRevert(
            abi.encodeWithSelector(Participants.NotParticipant.selector, _account(SUPPLIER))
        );
        _as(SUPPLIER);
        receivables.split(voucherId, 1, _leg(SECOND, 1));
    }

    /* AUTHORISATION */

    function testActorOfStranger() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, STRANGER));
        participants.actorOf(STRANGER, Roles.ALL);
    }

    function testRequireActiveUnknown(uint32 number) public {
        vm.assume(number == 0 || number > PARTICIPANTS);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantUnknown.selector, number));
        participants.requireActive(number, Roles.ALL);
    }

    function testRequireActiveSuspended() public {
        _suspend(BANK);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantSuspended.selector, BANK));
        participants.requireActive(BANK, Roles.FINANCIER);
    }

    function testRequireActiveUntilItsLastSecond() public {
        vm.warp(VALID_UNTIL);
        participants.requireActive(BANK, Roles.FINANCIER);
        vm.warp(VALID_UNTIL + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantExpired.selector, BANK, VALID_UNTIL)
        );
        participants.requireActive(BANK, Roles.FINANCIER);
    }

    /// @dev Any of the roles asked for is enough, and none but them.
    function testRequireActiveRoles(uint32 had, uint32 needed) public {
        had = uint32(bound(had, 1, Roles.ALL));
        _setRoles(OPERATOR, had);
        if (had & needed == 0) {
            vm.expectRevert(
                abi.encodeWithSelector(Participants.RoleMissing.selector, OPERATOR, had, needed)
            );
        }
        participants.requireActive(OPERATOR, needed);
    }

    function testActorAndPeer() public {
        assertEq(
            participants.actorAndPeer(_account(SUPPLIER), Roles.SUPPLIER, BANK, Roles.FINANCIER),
            SUPPLIER,
            "the actor"
        );
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, BANK, Roles.FINANCIER, Roles.DEBTOR
            )
        );
        participants.actorAndPeer(_account(SUPPLIER), Roles.SUPPLIER, BANK, Roles.DEBTOR);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, SUPPLIER, Roles.SUPPLIER, Roles.DEBTOR
            )
        );
        participants.actorAndPeer(_account(SUPPLIER), Roles.DEBTOR, BANK, Roles.FINANCIER);
    }
}
