// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "../utils/Consortium.sol";

contract AdmissionTest is Consortium {
    bytes32 internal constant LEGAL_ID = "someone new";

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
        vm.assume(roles & Roles.ALL == 0 || roles & ~(Roles.ALL | Roles.ATTRIBUTES) != 0);
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
        roles = roles & (Roles.ALL | Roles.ATTRIBUTES) | Roles.DEBTOR;
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
        emit Participants.AccountAdded(number, STRANGER, FULL, 0, address(participants));
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
        assertEq(participants.accountAt(number, 0), STRANGER, "first account");
        Participants.Account memory account = _accountOf(STRANGER);
        assertEq(account.scope, FULL, "scope");
        assertEq(account.roles, roles | Roles.ADMIN | Roles.SIGNER, "effective roles");
        assertTrue(account.status == Participants.Status.Active, "active");
        assertEq(account.validUntil, validUntil, "account valid until");
        assertEq(account.ownUntil, 0, "no end of its own");
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
            abi.encodeCall(
                Participants.setRoles, (SUPPLIER, Roles.SUPPLIER | Roles.ADMIN, VALID_UNTIL)
            ),
            abi.encodeWithSelector(Participants.BadRoles.selector, Roles.SUPPLIER | Roles.ADMIN)
        );
        _refused(
            abi.encodeCall(Participants.setRoles, (SUPPLIER, Roles.SMALL_FIRM, VALID_UNTIL)),
            abi.encodeWithSelector(Participants.BadRoles.selector, Roles.SMALL_FIRM)
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
        Participants.Account memory account = _accountOf(_account(SUPPLIER));
        assertEq(account.roles, roles | Roles.ADMIN | Roles.SIGNER, "what its account may do");
        assertEq(account.validUntil, START + 1, "its account's end");
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
                Participants.RoleMissing.selector,
                SUPPLIER,
                Roles.SUPPLIER | Roles.ADMIN | Roles.SIGNER,
                Roles.DEBTOR
            )
        );
        participants.actorAndPeer(_account(SUPPLIER), Roles.DEBTOR, BANK, Roles.FINANCIER);
    }

    function testActorOfAndRequireActiveAgree(uint32 had, uint32 needed, uint40 moment) public {
        had = had & Roles.ALL | Roles.AUDITOR;
        _setRoles(OPERATOR, had);
        vm.warp(bound(moment, START, VALID_UNTIL + 10));
        (bool one, bytes memory first) = address(participants)
            .staticcall(abi.encodeCall(Participants.requireActive, (OPERATOR, needed & Roles.ALL)));
        (bool other, bytes memory second) = address(participants)
            .staticcall(
                abi.encodeCall(Participants.actorOf, (_account(OPERATOR), needed & Roles.ALL))
            );
        assertTrue(one == other, "both or none");
        if (!one && needed & Roles.ALL != 0 && block.timestamp > VALID_UNTIL) {
            assertEq(first, second, "for the same reason");
        }
    }

    function testSignerOf() public {
        assertEq(
            participants.signerOf(_account(BANK), Roles.FINANCIER), BANK, "a first account signs"
        );
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, STRANGER));
        participants.signerOf(STRANGER, Roles.FINANCIER);
    }

    function testSignerOfWithoutTheCapability() public {
        uint32 scope = Roles.FINANCIER;
        _as(BANK);
        participants.addAccount(BANK, STRANGER, scope, 0);
        assertEq(participants.actorOf(STRANGER, Roles.FINANCIER), BANK, "it acts");
        vm.expectRevert(
            abi.encodeWithSelector(Participants.RoleMissing.selector, BANK, scope, Roles.SIGNER)
        );
        participants.signerOf(STRANGER, Roles.FINANCIER);
    }

    function testHasRoleWhateverTheStatus() public {
        _suspend(BANK);
        assertTrue(participants.hasRole(BANK, Roles.HOLDER), "any of them");
        assertFalse(participants.hasRole(BANK, Roles.DEBTOR), "none of them");
        assertFalse(participants.hasRole(UNKNOWN, Roles.ALL), "nobody");
    }

    function testNumberOfWhateverTheStatus() public {
        _suspend(BANK);
        assertEq(participants.numberOf(_account(BANK)), BANK, "suspended");
        assertEq(participants.numberOf(STRANGER), 0, "nobody");
    }

    /// @dev Whoever acts, the ledger reads one word about it.
    function testActorOfReadsOneWord() public {
        vm.record();
        participants.actorOf(_account(BANK), Roles.FINANCIER);
        (bytes32[] memory reads,) = vm.accesses(address(participants));
        assertEq(reads.length, 1, "reads");
    }
}
