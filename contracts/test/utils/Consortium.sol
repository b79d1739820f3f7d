// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "../../src/Attestations.sol";
import {Computations} from "../../src/Computations.sol";
import {Desk} from "../../src/Desk.sol";
import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Test} from "./Test.sol";

/// @dev Three governors, of whom two decide, and one of each kind of participant; no receivables yet.
abstract contract Consortium is Test {
    /* PARTICIPANTS */

    uint32 internal constant ANCHOR = 1;
    uint32 internal constant SUPPLIER = 2;
    uint32 internal constant SECOND = 3;
    uint32 internal constant THIRD = 4;
    uint32 internal constant BANK = 5;
    uint32 internal constant FACTOR = 6;
    uint32 internal constant TAX = 7;
    uint32 internal constant CARRIER = 8;
    uint32 internal constant SETTLER = 9;
    uint32 internal constant AUDITOR = 10;
    uint32 internal constant OPERATOR = 11;
    uint32 internal constant REGULATOR = 12;
    uint32 internal constant PARTICIPANTS = 12;
    uint32 internal constant UNKNOWN = 404;

    address internal constant GOVERNOR_A = address(0xA0);
    address internal constant GOVERNOR_B = address(0xB0);
    address internal constant GOVERNOR_C = address(0xC0);
    address internal constant STRANGER = address(0x57A46E);

    /* VALUES */

    uint40 internal constant START = 1_767_225_600;
    uint40 internal constant VALID_UNTIL = START + 3650 days;
    uint32 internal constant REVOCABLE_SCHEMA = 1;
    uint32 internal constant FINAL_SCHEMA = 2;
    /// @dev Trade and invoice, found by subject.
    uint32 internal constant FLOW_SCHEMA = 3;
    uint32 internal constant SCHEMAS = 3;
    uint8 internal constant MIN_LEVEL = 2;
    uint32 internal constant FULL = Roles.ALL | Roles.ATTRIBUTES | Roles.ADMIN | Roles.SIGNER;
    bytes32 internal constant REASON = "reason";
    bytes32 internal constant SUBJECT = "subject";

    Participants internal participants;
    Attestations internal attestations;
    Desk internal desk;
    Computations internal computations;

    uint256 private _fresh;

    function setUp() public virtual {
        vm.warp(START);
        address[] memory governors = new address[](3);
        (governors[0], governors[1], governors[2]) = (GOVERNOR_A, GOVERNOR_B, GOVERNOR_C);
        participants = new Participants(governors, 2);
        desk = new Desk(participants);
        attestations = new Attestations(participants);
        computations = new Computations(participants, attestations);

        uint32[PARTICIPANTS] memory roles = [
            Roles.DEBTOR,
            Roles.SUPPLIER,
            Roles.SUPPLIER,
            Roles.SUPPLIER,
            Roles.FINANCIER,
            Roles.FINANCIER,
            Roles.ATTESTER,
            Roles.ATTESTER,
            Roles.SETTLEMENT_BANK,
            Roles.AUDITOR,
            Roles.OPERATOR,
            Roles.REGULATOR
        ];
        Participants.Call[] memory calls = new Participants.Call[](PARTICIPANTS + SCHEMAS);
        for (uint32 number = 1; number <= PARTICIPANTS; ++number) {
            calls[number - 1] = Participants.Call(
                address(participants),
                abi.encodeCall(
                    Participants.admit,
                    (_legalId(number), roles[number - 1], VALID_UNTIL, _account(number))
                )
            );
        }
        calls[PARTICIPANTS] = _schema(1, true, false, "may be taken back");
        calls[PARTICIPANTS + 1] = _schema(4, false, false, "stands for good");
        calls[PARTICIPANTS + 2] = _schema(5, true, true, "is found by its subject");
        _govern(calls);
    }

    function _schema(uint8 flows, bool revocable, bool bySubject, bytes32 definition)
        private
        view
        returns (Participants.Call memory)
    {
        return Participants.Call(
            address(attestations),
            abi.encodeCall(Attestations.registerSchema, (flows, revocable, bySubject, definition))
        );
    }

    /* ACTORS */

    function _key(uint32 number) internal pure returns (uint256) {
        return 0xC0FFEE00 + number;
    }

    function _account(uint32 number) internal pure returns (address) {
        return vm.addr(_key(number));
    }

    function _accountOf(address account) internal view returns (Participants.Account memory a) {
        (a.number, a.scope, a.roles, a.status, a.validUntil, a.ownUntil) =
            participants.accountOf(account);
    }

    function _legalId(uint32 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("legal identity", number));
    }

    function _as(uint32 number) internal {
        vm.prank(_account(number));
    }

    /// @dev A commitment, nullifier or reference nobody has used yet.
    function _new() internal returns (bytes32) {
        return keccak256(abi.encode("fresh", ++_fresh));
    }

    /* GOVERNANCE */

    function _call(address target, bytes memory data)
        internal
        pure
        returns (Participants.Call[] memory calls)
    {
        calls = new Participants.Call[](1);
        calls[0] = Participants.Call(target, data);
    }

    /// @dev Proposed by one governor and approved by a second.
    function _approved(Participants.Call[] memory calls) internal returns (uint32 id) {
        vm.prank(GOVERNOR_A);
        id = participants.propose(calls);
        vm.prank(GOVERNOR_B);
        participants.approve(id);
    }

    function _govern(Participants.Call[] memory calls) internal {
        uint32 id = _approved(calls);
        vm.prank(GOVERNOR_C);
        participants.execute(id, calls);
    }

    function _govern(address target, bytes memory data) internal {
        _govern(_call(target, data));
    }

    function _govern(bytes memory data) internal {
        _govern(address(participants), data);
    }

    /// @dev Two governors agree on a call, and it is refused all the same.
    function _governRefused(address target, bytes memory data, bytes memory refusal) internal {
        Participants.Call[] memory calls = _call(target, data);
        uint32 id = _approved(calls);
        vm.expectRevert(refusal);
        vm.prank(GOVERNOR_C);
        participants.execute(id, calls);
    }

    function _suspend(uint32 number) internal {
        _govern(abi.encodeCall(Participants.suspend, (number, REASON)));
    }

    function _setRoles(uint32 number, uint32 roles) internal {
        _govern(abi.encodeCall(Participants.setRoles, (number, roles, VALID_UNTIL)));
    }

    /* STATEMENTS */

    function _statement(bytes32 commitment, uint32 schemaId, uint8 level, uint40 expiresAt)
        internal
        pure
        returns (Attestations.Statement memory)
    {
        return Attestations.Statement(commitment, schemaId, SUBJECT, level, expiresAt);
    }

    function _attested() internal returns (bytes32 commitment) {
        return _attested(MIN_LEVEL);
    }

    function _attested(uint8 level) internal returns (bytes32 commitment) {
        commitment = _new();
        _as(CARRIER);
        attestations.attest(_statement(commitment, REVOCABLE_SCHEMA, level, 0));
    }
}
