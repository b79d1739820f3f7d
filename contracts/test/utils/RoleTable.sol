// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "./Consortium.sol";

/// @dev Who may do what: every call of a table by every role, and nobody else. A contract of tests fills the
/// tables when it is set up.
abstract contract RoleTable is Consortium {
    /// @dev A call that `actor` may make, in any of `roles`; `needed` is what the contract asks for first.
    struct Verb {
        string name;
        uint32 actor;
        uint32 roles;
        uint32 needed;
        address target;
        bytes data;
    }

    /// @dev A call that names `peer` as its other side.
    struct Peer {
        string name;
        uint32 actor;
        uint32 peer;
        uint32 roles;
        address target;
        bytes data;
    }

    Verb[] internal verbs;
    Peer[] internal peers;

    function _verb(
        string memory name,
        uint32 actor,
        uint32 roles,
        address target,
        bytes memory data
    ) internal {
        verbs.push(Verb(name, actor, roles, roles, target, data));
    }

    function _peer(
        string memory name,
        uint32 actor,
        uint32 peer,
        uint32 roles,
        address target,
        bytes memory data
    ) internal {
        peers.push(Peer(name, actor, peer, roles, target, data));
    }

    /* THE TABLES */

    function _check(
        address caller,
        address target,
        bytes memory data,
        bytes memory refusal,
        string memory name
    ) internal {
        vm.prank(caller);
        (bool success, bytes memory returned) = target.call(data);
        if (refusal.length == 0) {
            assertTrue(success, string.concat(name, " is lawful"));
        } else {
            assertFalse(success, string.concat(name, " is refused"));
            assertEq(returned, refusal, string.concat(name, " is refused for this"));
        }
    }

    function _missing(uint32 number, uint32 roles, uint32 needed)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(Participants.RoleMissing.selector, number, roles, needed);
    }

    /// @dev What the account that a participant was admitted with may do in a role.
    function _full(uint32 role) internal pure returns (uint32) {
        return role | Roles.ADMIN | Roles.SIGNER;
    }

    /// @dev Each verb is lawful in each of its roles and refused in every other.
    function testVerbsByRole() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            for (uint32 role = 1; role < Roles.ALL; role <<= 1) {
                _setRoles(v.actor, role);
                bytes memory refusal;
                if (role & v.needed == 0) {
                    refusal = _missing(v.actor, _full(role), v.needed);
                } else if (role & v.roles == 0) {
                    refusal = _missing(v.actor, role, v.roles);
                }
                _check(_account(v.actor), v.target, v.data, refusal, v.name);
                vm.revertToState(snapshot);
            }
        }
    }

    /// @dev An account that may do none of it, whatever its participant may: a checker at the desk.
    function testVerbsOutsideTheScopeOfAnAccount() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            _as(v.actor);
            participants.addAccount(v.actor, STRANGER, Roles.CHECKER, 0);
            _check(STRANGER, v.target, v.data, _missing(v.actor, Roles.CHECKER, v.needed), v.name);
            vm.revertToState(snapshot);
        }
    }

    function testVerbsOfASuspendedParticipant() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            _suspend(v.actor);
            _check(
                _account(v.actor),
                v.target,
                v.data,
                abi.encodeWithSelector(Participants.ParticipantSuspended.selector, v.actor),
                v.name
            );
            vm.revertToState(snapshot);
        }
    }

    function testVerbsOfAnExpiredParticipant() public {
        uint256 snapshot = vm.snapshotState();
        uint40 end = uint40(block.timestamp) + 1;
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            _govern(abi.encodeCall(Participants.setRoles, (v.actor, Roles.ALL, end)));
            vm.warp(end + 1);
            _check(
                _account(v.actor),
                v.target,
                v.data,
                abi.encodeWithSelector(Participants.ParticipantExpired.selector, v.actor, end),
                v.name
            );
            vm.revertToState(snapshot);
        }
    }

    function testVerbsOfStrangersGovernorsAndContracts() public {
        address[4] memory others =
            [STRANGER, GOVERNOR_A, address(participants), address(attestations)];
        for (uint256 i; i < verbs.length; ++i) {
            Verb memory v = verbs[i];
            for (uint256 j; j < others.length; ++j) {
                _check(
                    others[j],
                    v.target,
                    v.data,
                    abi.encodeWithSelector(Participants.NotParticipant.selector, others[j]),
                    v.name
                );
            }
        }
    }

    /// @dev The other side needs its role too.
    function testPeersByRole() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < peers.length; ++i) {
            Peer memory p = peers[i];
            for (uint32 role = 1; role < Roles.ALL; role <<= 1) {
                _setRoles(p.peer, role);
                bytes memory refusal;
                if (role & p.roles == 0) refusal = _missing(p.peer, role, p.roles);
                _check(_account(p.actor), p.target, p.data, refusal, p.name);
                vm.revertToState(snapshot);
            }
        }
    }

    function testSuspendedPeers() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < peers.length; ++i) {
            Peer memory p = peers[i];
            _suspend(p.peer);
            _check(
                _account(p.actor),
                p.target,
                p.data,
                abi.encodeWithSelector(Participants.ParticipantSuspended.selector, p.peer),
                p.name
            );
            vm.revertToState(snapshot);
        }
    }

    function testExpiredPeers() public {
        uint256 snapshot = vm.snapshotState();
        uint40 end = uint40(block.timestamp) + 1;
        for (uint256 i; i < peers.length; ++i) {
            Peer memory p = peers[i];
            _govern(abi.encodeCall(Participants.setRoles, (p.peer, Roles.ALL, end)));
            vm.warp(end + 1);
            _check(
                _account(p.actor),
                p.target,
                p.data,
                abi.encodeWithSelector(Participants.ParticipantExpired.selector, p.peer, end),
                p.name
            );
            vm.revertToState(snapshot);
        }
    }
}
