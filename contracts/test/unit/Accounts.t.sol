// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "../utils/Consortium.sol";

contract AccountsTest is Consortium {
    address internal constant OTHER = address(0x07E4);
    address internal constant DELEGATE = address(0xDE1E);
    uint40 internal constant UNTIL = START + 30 days;

    function _refused(bytes memory data, bytes memory refusal) internal {
        _governRefused(address(participants), data, refusal);
    }

    /// @dev Somebody of the supplier's with a scope and an end of its own.
    function _added(address account, uint32 scope, uint40 validUntil) internal {
        _as(SUPPLIER);
        participants.addAccount(SUPPLIER, account, scope, validUntil);
    }

    function _add(address actor, uint32 scope, uint40 validUntil) internal {
        vm.prank(actor);
        participants.addAccount(SUPPLIER, OTHER, scope, validUntil);
    }

    function _accounts(uint32 number) internal view returns (uint32 count) {
        (,,, count) = participants.participant(number);
    }

    /* ADD */

    function testAddAccountToUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN));
        _as(SUPPLIER);
        participants.addAccount(UNKNOWN, OTHER, FULL, 0);
    }

    function testAddAccountToAnother() public {
        address caller = _account(SUPPLIER);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, caller));
        vm.prank(caller);
        participants.addAccount(SECOND, OTHER, FULL, 0);
    }

    function testAddAccountByStrangersAndGovernorsAlone() public {
        address[2] memory callers = [STRANGER, GOVERNOR_A];
        for (uint256 i; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(Participants.NotParticipant.selector, callers[i])
            );
            vm.prank(callers[i]);
            participants.addAccount(SECOND, OTHER, FULL, 0);
        }
    }

    function testAddAccountWithoutAdministering() public {
        uint32 scope = Roles.ALL | Roles.SIGNER;
        _added(DELEGATE, scope, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector,
                SUPPLIER,
                Roles.SUPPLIER | Roles.SIGNER,
                Roles.ADMIN
            )
        );
        _add(DELEGATE, Roles.SUPPLIER, 0);
    }

    function testAddAccountSuspended() public {
        _suspend(SUPPLIER);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
        _add(_account(SUPPLIER), FULL, 0);
    }

    function testAddAccountExpired() public {
        vm.warp(VALID_UNTIL + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantExpired.selector, SUPPLIER, VALID_UNTIL)
        );
        _add(_account(SUPPLIER), FULL, 0);
    }

    function testAddAccountZero() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.AccountEmpty.selector));
        _added(address(0), FULL, 0);
    }

    function testAddAccountTaken() public {
        address taken = _account(SECOND);
        vm.expectRevert(abi.encodeWithSelector(Participants.AccountTaken.selector, taken, SECOND));
        _added(taken, FULL, 0);
    }

    function testAddAccountBadScope(uint32 scope) public {
        uint32 known = Roles.ALL | Roles.ATTRIBUTES | Roles.CAPABILITIES;
        vm.assume(scope == 0 || scope & ~known != 0);
        vm.expectRevert(abi.encodeWithSelector(Participants.BadScope.selector, scope));
        _added(OTHER, scope, 0);
    }

    function testAddAccountThatHasEnded(uint40 validUntil) public {
        validUntil = uint40(bound(validUntil, 1, START));
        vm.expectRevert(abi.encodeWithSelector(Participants.BadValidity.selector, validUntil));
        _added(OTHER, FULL, validUntil);
    }

    function testAddAccountBeyondTheMost() public {
        for (uint160 i = 1; i < 16; ++i) {
            _added(address(0xACC00 + i), Roles.SUPPLIER, 0);
        }
        assertEq(_accounts(SUPPLIER), participants.MAX_ACCOUNTS(), "all there can be");
        bytes memory refusal =
            abi.encodeWithSelector(Participants.TooManyAccounts.selector, SUPPLIER);
        vm.expectRevert(refusal);
        _added(OTHER, Roles.SUPPLIER, 0);
        _refused(
            abi.encodeCall(Participants.addAccount, (SUPPLIER, OTHER, Roles.SUPPLIER, 0)), refusal
        );
    }

    /// @dev An administrator gives exactly what lies within its own scope.
    function testAddAccountWithinTheGiversScope(uint32 own, uint32 scope) public {
        own = own & (Roles.ALL | Roles.CAPABILITIES) | Roles.ADMIN;
        scope = scope & (Roles.ALL | Roles.ATTRIBUTES | Roles.CAPABILITIES) | Roles.SUPPLIER;
        _govern(abi.encodeCall(Participants.addAccount, (SUPPLIER, DELEGATE, own, 0)));
        uint32 most = own;
        if (own & Roles.ALL == Roles.ALL) most |= Roles.MAKER | Roles.CHECKER;
        if (scope & ~most != 0) {
            vm.expectRevert(
                abi.encodeWithSelector(Participants.ScopeExceeded.selector, DELEGATE, own, scope)
            );
        }
        _add(DELEGATE, scope, 0);
    }

    /// @dev An administrator with an end gives nothing beyond it.
    function testAddAccountWithinTheGiversTime(uint40 validUntil) public {
        vm.assume(validUntil == 0 || validUntil > START);
        _added(DELEGATE, Roles.ADMIN | Roles.SUPPLIER, UNTIL);
        if (validUntil == 0 || validUntil > UNTIL) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    Participants.ValidityExceeded.selector, DELEGATE, UNTIL, validUntil
                )
            );
        }
        _add(DELEGATE, Roles.SUPPLIER, validUntil);
    }

    function testAddAccount() public {
        address actor = _account(SUPPLIER);
        uint32 scope = Roles.SUPPLIER | Roles.DEBTOR | Roles.SIGNER;
        vm.expectEmit(address(participants));
        emit Participants.AccountAdded(SUPPLIER, OTHER, scope, UNTIL, actor);
        _add(actor, scope, UNTIL);

        Participants.Account memory a = _accountOf(OTHER);
        assertEq(a.number, SUPPLIER, "number");
        assertEq(a.scope, scope, "scope");
        assertEq(a.roles, Roles.SUPPLIER | Roles.SIGNER, "what it may do");
        assertEq(a.validUntil, UNTIL, "valid until");
        assertEq(a.ownUntil, UNTIL, "own end");
        assertEq(participants.accountAt(SUPPLIER, 1), OTHER, "second account");
        assertEq(_accounts(SUPPLIER), 2, "accounts");
        assertEq(participants.actorOf(OTHER, Roles.SUPPLIER), SUPPLIER, "acts");
        assertEq(participants.actorOf(actor, Roles.SUPPLIER), SUPPLIER, "still acts");
    }

    /* DELEGATES */

    function testDelegateEndsAfterItsLastSecond() public {
        _added(DELEGATE, Roles.SUPPLIER, UNTIL);
        vm.warp(UNTIL);
        assertEq(participants.actorOf(DELEGATE, Roles.SUPPLIER), SUPPLIER, "in its last second");
        vm.warp(UNTIL + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.AccountExpired.selector, DELEGATE, UNTIL)
        );
        participants.actorOf(DELEGATE, Roles.SUPPLIER);
        participants.actorOf(_account(SUPPLIER), Roles.SUPPLIER);
    }

    function testDelegateEndsWithItsParticipant() public {
        _added(DELEGATE, Roles.SUPPLIER, UNTIL);
        uint40 sooner = START + 5;
        _govern(abi.encodeCall(Participants.setRoles, (SUPPLIER, Roles.SUPPLIER, sooner)));
        vm.warp(sooner + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantExpired.selector, SUPPLIER, sooner)
        );
        participants.actorOf(DELEGATE, Roles.SUPPLIER);
        // What governors extend comes back to it, up to its own end.
        _govern(abi.encodeCall(Participants.setRoles, (SUPPLIER, Roles.SUPPLIER, VALID_UNTIL)));
        assertEq(_accountOf(DELEGATE).validUntil, UNTIL, "its own end again");
        assertEq(_accountOf(_account(SUPPLIER)).validUntil, VALID_UNTIL, "the other's");
    }

    function testDelegateActsOnlyInItsScope() public {
        _setRoles(SUPPLIER, Roles.SUPPLIER | Roles.DEBTOR);
        _added(DELEGATE, Roles.SUPPLIER, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, SUPPLIER, Roles.SUPPLIER, Roles.DEBTOR
            )
        );
        participants.actorOf(DELEGATE, Roles.DEBTOR);
        // The participant itself may stand on that side of somebody else's act.
        participants.requireActive(SUPPLIER, Roles.DEBTOR);
    }

    /// @dev Whatever governors decide about a participant holds for every account in the same block.
    function testWhatChangesForAParticipantChangesForAllItsAccounts(uint32 roles, uint8 many)
        public
    {
        roles = roles & (Roles.ALL | Roles.ATTRIBUTES) | Roles.AUDITOR;
        many = uint8(bound(many, 0, 15));
        for (uint160 i; i < many; ++i) {
            uint32 scope = uint32(uint256(keccak256(abi.encode(i, roles))))
                & (Roles.ALL | Roles.SIGNER) | Roles.SUPPLIER;
            _added(address(0xACC00 + i), scope, i % 3 == 0 ? UNTIL : 0);
        }
        _setRoles(SUPPLIER, roles);
        _suspend(SUPPLIER);
        for (uint32 i; i <= many; ++i) {
            Participants.Account memory a = _accountOf(participants.accountAt(SUPPLIER, i));
            assertEq(a.roles, roles & a.scope | a.scope & Roles.CAPABILITIES, "roles");
            assertTrue(a.status == Participants.Status.Suspended, "status");
            assertEq(a.validUntil, a.ownUntil == 0 ? VALID_UNTIL : a.ownUntil, "end");
        }
    }

    /* SCOPE */

    function testSetScopeOfNobody() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, STRANGER));
        _as(SUPPLIER);
        participants.setScope(STRANGER, FULL, 0);
    }

    function testSetScopeOfAnothersAccount() public {
        address caller = _account(SUPPLIER);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, caller));
        vm.prank(caller);
        participants.setScope(_account(SECOND), Roles.SUPPLIER, 0);
    }

    function testSetScopeBadScope() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.BadScope.selector, 0));
        _as(SUPPLIER);
        participants.setScope(_account(SUPPLIER), 0, 0);
    }

    function testSetScopeBadValidity() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.BadValidity.selector, START));
        _as(SUPPLIER);
        participants.setScope(_account(SUPPLIER), FULL, START);
    }

    /// @dev Who may do less cannot take anything from who may do more.
    function testSetScopeOfAGreaterAccount() public {
        uint32 scope = Roles.ADMIN | Roles.SUPPLIER;
        _added(DELEGATE, scope, 0);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ScopeExceeded.selector, DELEGATE, scope, FULL)
        );
        vm.prank(DELEGATE);
        participants.setScope(_account(SUPPLIER), Roles.SUPPLIER, 0);
    }

    function testSetScopeBeyondOnesOwn() public {
        uint32 scope = Roles.ADMIN | Roles.SUPPLIER;
        _added(DELEGATE, scope, 0);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ScopeExceeded.selector, DELEGATE, scope, FULL)
        );
        vm.prank(DELEGATE);
        participants.setScope(DELEGATE, FULL, 0);
    }

    function testSetScopeBeyondOnesTime() public {
        _added(DELEGATE, FULL, UNTIL);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ValidityExceeded.selector, DELEGATE, UNTIL, 0)
        );
        vm.prank(DELEGATE);
        participants.setScope(DELEGATE, FULL, 0);
    }

    function testSetScopeOfALongerAccount() public {
        _added(DELEGATE, FULL, UNTIL);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ValidityExceeded.selector, DELEGATE, UNTIL, 0)
        );
        vm.prank(DELEGATE);
        participants.setScope(_account(SUPPLIER), FULL, UNTIL);
    }

    function testSetScopeOfTheLastAdmin() public {
        bytes memory refusal = abi.encodeWithSelector(Participants.LastAdmin.selector, SUPPLIER);
        address last = _account(SUPPLIER);
        _added(DELEGATE, FULL, UNTIL);
        vm.expectRevert(refusal);
        vm.prank(last);
        participants.setScope(last, Roles.MAKER, 0);
        // One that ends cannot be the last.
        vm.expectRevert(refusal);
        vm.prank(last);
        participants.setScope(last, FULL, UNTIL);
        _refused(abi.encodeCall(Participants.setScope, (last, Roles.MAKER, 0)), refusal);
    }

    function testSetScope() public {
        _added(OTHER, FULL, 0);
        vm.expectEmit(address(participants));
        emit Participants.ScopeSet(SUPPLIER, OTHER, Roles.CHECKER, UNTIL, _account(SUPPLIER));
        _as(SUPPLIER);
        participants.setScope(OTHER, Roles.CHECKER, UNTIL);
        Participants.Account memory a = _accountOf(OTHER);
        assertEq(a.scope, Roles.CHECKER, "scope");
        assertEq(a.roles, Roles.CHECKER, "roles");
        assertEq(a.validUntil, UNTIL, "end");
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, SUPPLIER, Roles.CHECKER, Roles.ALL
            )
        );
        participants.actorOf(OTHER, Roles.ALL);
    }

    /* ROTATE */

    function testRotateAccountOfNobody() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, STRANGER));
        _as(SUPPLIER);
        participants.rotateAccount(STRANGER, OTHER);
    }

    function testRotateAccountOfAnother() public {
        address caller = _account(SUPPLIER);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, caller));
        vm.prank(caller);
        participants.rotateAccount(_account(SECOND), OTHER);
    }

    function testRotateAccountToTaken() public {
        address taken = _account(SECOND);
        vm.expectRevert(abi.encodeWithSelector(Participants.AccountTaken.selector, taken, SECOND));
        _as(SUPPLIER);
        participants.rotateAccount(_account(SUPPLIER), taken);
    }

    function testRotateAccountToZero() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.AccountEmpty.selector));
        _as(SUPPLIER);
        participants.rotateAccount(_account(SUPPLIER), address(0));
    }

    /// @dev Else whoever administers a little could put itself in the place of who may do all.
    function testRotateAGreaterAccount() public {
        uint32 scope = Roles.ADMIN | Roles.SUPPLIER;
        _added(DELEGATE, scope, 0);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ScopeExceeded.selector, DELEGATE, scope, FULL)
        );
        vm.prank(DELEGATE);
        participants.rotateAccount(_account(SUPPLIER), OTHER);
    }

    function testRotateAccount() public {
        address old = _account(SUPPLIER);
        _added(DELEGATE, Roles.SUPPLIER, UNTIL);
        Participants.Account memory before = _accountOf(old);
        vm.expectEmit(address(participants));
        emit Participants.AccountRotated(SUPPLIER, old, OTHER, old);
        vm.prank(old);
        participants.rotateAccount(old, OTHER);
        assertEq(
            keccak256(abi.encode(_accountOf(OTHER))), keccak256(abi.encode(before)), "all it had"
        );
        assertEq(participants.accountAt(SUPPLIER, 0), OTHER, "in its place");
        assertEq(_accounts(SUPPLIER), 2, "no more accounts");
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, old));
        participants.actorOf(old, Roles.SUPPLIER);
    }

    /* REMOVE */

    function testRemoveAccountUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, STRANGER));
        _as(SUPPLIER);
        participants.removeAccount(STRANGER);
    }

    function testRemoveAccountOfAnother() public {
        address caller = _account(SECOND);
        _added(OTHER, FULL, 0);
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, caller));
        vm.prank(caller);
        participants.removeAccount(OTHER);
    }

    function testRemoveAGreaterAccount() public {
        uint32 scope = Roles.ADMIN | Roles.SUPPLIER;
        _added(DELEGATE, scope, 0);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ScopeExceeded.selector, DELEGATE, scope, FULL)
        );
        vm.prank(DELEGATE);
        participants.removeAccount(_account(SUPPLIER));
    }

    function testRemoveLastAdmin() public {
        address last = _account(SUPPLIER);
        _added(OTHER, Roles.SUPPLIER, 0);
        _added(DELEGATE, FULL, UNTIL);
        bytes memory refusal = abi.encodeWithSelector(Participants.LastAdmin.selector, SUPPLIER);
        vm.expectRevert(refusal);
        vm.prank(last);
        participants.removeAccount(last);
        _refused(abi.encodeCall(Participants.removeAccount, (last)), refusal);
    }

    function testRemoveAccount() public {
        address first = _account(SUPPLIER);
        _added(OTHER, FULL, 0);
        _added(DELEGATE, Roles.SUPPLIER, 0);
        vm.expectEmit(address(participants));
        emit Participants.AccountRemoved(SUPPLIER, first, OTHER);
        vm.prank(OTHER);
        participants.removeAccount(first);
        assertEq(participants.numberOf(first), 0, "number");
        assertEq(_accountOf(first).scope, 0, "nothing is left");
        assertEq(_accounts(SUPPLIER), 2, "accounts");
        assertEq(participants.accountAt(SUPPLIER, 0), DELEGATE, "the last fills the gap");
        assertEq(participants.accountAt(SUPPLIER, 1), OTHER, "the others stay");
        assertEq(participants.accountAt(SUPPLIER, 2), address(0), "no third");

        // An account that was let go may act for another.
        _as(SECOND);
        participants.addAccount(SECOND, first, FULL, 0);
        assertEq(participants.actorOf(first, Roles.SUPPLIER), SECOND, "its new participant");
    }

    /* RECOVERY */

    function testRecoverASuspendedParticipantsAccount() public {
        address lost = _account(SUPPLIER);
        _suspend(SUPPLIER);
        _govern(abi.encodeCall(Participants.rotateAccount, (lost, OTHER)));
        _govern(abi.encodeCall(Participants.reinstate, (SUPPLIER, REASON)));
        assertEq(participants.actorOf(OTHER, Roles.ADMIN), SUPPLIER, "the new account");
        vm.expectRevert(abi.encodeWithSelector(Participants.NotParticipant.selector, lost));
        participants.actorOf(lost, Roles.SUPPLIER);
    }

    function testGovernanceGivesAnything() public {
        uint32 all = Roles.ALL | Roles.ATTRIBUTES | Roles.CAPABILITIES;
        _govern(abi.encodeCall(Participants.addAccount, (SUPPLIER, OTHER, all, 0)));
        _govern(abi.encodeCall(Participants.setScope, (_account(SUPPLIER), Roles.MAKER, 0)));
        _govern(abi.encodeCall(Participants.removeAccount, (_account(SUPPLIER))));
        assertEq(_accountOf(OTHER).scope, all, "scope");
        assertEq(_accounts(SUPPLIER), 1, "accounts");
    }

    function testNewAccountSpeaksForTheSameParticipant() public {
        bytes32 statement = _attested();
        _as(CARRIER);
        participants.rotateAccount(_account(CARRIER), OTHER);
        vm.prank(OTHER);
        attestations.revoke(statement, REASON);
        assertTrue(attestations.statusOf(statement).revoked, "by the new account");
    }
}
