// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Attestations} from "../../src/Attestations.sol";
import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "../utils/Consortium.sol";

/// @dev Statements that are many, signed, superseded, or found by their subject.
contract StatementsTest is Consortium {
    bytes32 internal constant COMMITMENT = "commitment";
    bytes32 internal constant LATER = "later";
    uint40 internal constant DEADLINE = START + 1 hours;
    uint8 internal constant TRADE = 1;
    uint8 internal constant INVOICE = 4;

    function _one() internal pure returns (Attestations.Statement memory) {
        return _statement(COMMITMENT, REVOCABLE_SCHEMA, 3, 0);
    }

    /// @dev A statement of trade and invoice about the subject.
    function _flow(bytes32 commitment, uint40 expiresAt) internal {
        _as(CARRIER);
        attestations.attest(_statement(commitment, FLOW_SCHEMA, 2, expiresAt));
    }

    function _signed(uint32 number, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key(number), digest);
        return abi.encodePacked(r, s, v);
    }

    function _status(bytes32 commitment)
        internal
        view
        returns (Attestations.AttestationStatus memory)
    {
        return attestations.statusOf(commitment);
    }

    /* MANY */

    function testAttestManyOfNothing() public {
        vm.expectRevert(abi.encodeWithSelector(Attestations.BatchEmpty.selector));
        _as(CARRIER);
        attestations.attestMany(new Attestations.Statement[](0));
    }

    function testAttestManyAllOrNothing() public {
        Attestations.Statement[] memory statements = new Attestations.Statement[](3);
        (statements[0], statements[1], statements[2]) = (_one(), _one(), _one());
        (statements[1].commitment, statements[2].commitment) = (LATER, COMMITMENT);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyAttested.selector, COMMITMENT));
        _as(CARRIER);
        attestations.attestMany(statements);
        assertFalse(_status(LATER).exists, "nothing is made");
    }

    /// @dev Many at once are what they are one by one.
    function testAttestMany(uint8 count, uint256 seed) public {
        count = uint8(bound(count, 1, 30));
        Attestations.Statement[] memory statements = new Attestations.Statement[](count);
        for (uint256 i; i < count; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            statements[i] = Attestations.Statement(
                bytes32(draw),
                uint32(draw % SCHEMAS) + 1,
                bytes32(draw >> 250),
                uint8(draw >> 8 & 3),
                draw & 1 == 0 ? 0 : START + 1 + uint32(draw >> 40)
            );
        }
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < count; ++i) {
            _as(CARRIER);
            attestations.attest(statements[i]);
        }
        bytes32 oneByOne = _fingerprint(statements);
        vm.revertToState(snapshot);

        for (uint256 i; i < count; ++i) {
            Attestations.Statement memory s = statements[i];
            vm.expectEmit(address(attestations));
            emit Attestations.Attested(
                s.commitment, CARRIER, s.subject, s.schema, s.level, s.expiresAt, _account(CARRIER)
            );
        }
        _as(CARRIER);
        attestations.attestMany(statements);
        assertEq(_fingerprint(statements), oneByOne, "the same state");
    }

    function _fingerprint(Attestations.Statement[] memory statements)
        internal
        view
        returns (bytes32 hash)
    {
        for (uint256 i; i < statements.length; ++i) {
            hash = keccak256(
                abi.encode(
                    hash,
                    _status(statements[i].commitment),
                    attestations.flowsOf(statements[i].subject),
                    attestations.newest(statements[i].subject, 0)
                )
            );
        }
    }

    /* SIGNED */

    function testAttestBySignature() public {
        bytes memory signature = _signed(CARRIER, attestations.attestDigest(_one(), DEADLINE));
        vm.warp(DEADLINE);
        vm.expectEmit(address(attestations));
        emit Attestations.Attested(
            COMMITMENT, CARRIER, SUBJECT, REVOCABLE_SCHEMA, 3, 0, _account(CARRIER)
        );
        vm.prank(STRANGER);
        attestations.attestBySignature(_one(), DEADLINE, signature);
        assertEq(_status(COMMITMENT).attester, CARRIER, "the signer's statement");
    }

    function testAttestBySignatureTwice() public {
        bytes memory signature = _signed(CARRIER, attestations.attestDigest(_one(), DEADLINE));
        attestations.attestBySignature(_one(), DEADLINE, signature);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyAttested.selector, COMMITMENT));
        attestations.attestBySignature(_one(), DEADLINE, signature);
        // Not after it was taken back either.
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyAttested.selector, COMMITMENT));
        attestations.attestBySignature(_one(), DEADLINE, signature);
    }

    function testAttestBySignatureTooLate() public {
        bytes memory signature = _signed(CARRIER, attestations.attestDigest(_one(), DEADLINE));
        vm.warp(DEADLINE + 1);
        vm.expectRevert(abi.encodeWithSelector(Attestations.SignatureExpired.selector, DEADLINE));
        attestations.attestBySignature(_one(), DEADLINE, signature);
    }

    function testAttestBySignatureOfNoAttester() public {
        bytes memory signature = _signed(SUPPLIER, attestations.attestDigest(_one(), DEADLINE));
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector,
                SUPPLIER,
                Roles.SUPPLIER | Roles.ADMIN | Roles.SIGNER,
                Roles.ATTESTER
            )
        );
        attestations.attestBySignature(_one(), DEADLINE, signature);
    }

    function testAttestBySignatureOfAnAccountThatMayNotSign() public {
        _as(TAX);
        participants.addAccount(TAX, _account(UNKNOWN), Roles.ATTESTER, 0);
        bytes memory signature = _signed(UNKNOWN, attestations.attestDigest(_one(), DEADLINE));
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, TAX, Roles.ATTESTER, Roles.SIGNER
            )
        );
        attestations.attestBySignature(_one(), DEADLINE, signature);
    }

    function testAttestBySignatureOfTheSuspended() public {
        bytes memory signature = _signed(CARRIER, attestations.attestDigest(_one(), DEADLINE));
        _suspend(CARRIER);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantSuspended.selector, CARRIER));
        attestations.attestBySignature(_one(), DEADLINE, signature);
    }

    function testAttestBySignatureThatIsNone() public {
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 64));
        attestations.attestBySignature(_one(), DEADLINE, new bytes(64));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignature.selector));
        attestations.attestBySignature(_one(), DEADLINE, new bytes(65));
    }

    /// @dev A signature holds for its own words alone, on its own contract and chain.
    function testAttestBySignatureOfOtherWords() public {
        bytes memory signature = _signed(CARRIER, attestations.attestDigest(_one(), DEADLINE));
        for (uint256 i; i < 6; ++i) {
            Attestations.Statement memory s = _one();
            if (i == 0) s.commitment = LATER;
            if (i == 1) s.schema = FINAL_SCHEMA;
            if (i == 2) s.subject = REASON;
            if (i == 3) s.level = 4;
            if (i == 4) s.expiresAt = START + 1;
            uint40 deadline = i == 5 ? DEADLINE + 1 : DEADLINE;
            assertTrue(_refused(attestations, s, deadline, signature), "another word");
        }
        Attestations other = new Attestations(participants);
        assertTrue(_refused(other, _one(), DEADLINE, signature), "another contract");
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        assertTrue(_refused(attestations, _one(), DEADLINE, signature), "another chain");
        vm.chainId(chain);
        assertFalse(_refused(attestations, _one(), DEADLINE, signature), "its own words");
    }

    /// @dev Whether the signature recovers to nobody known.
    function _refused(
        Attestations asked,
        Attestations.Statement memory s,
        uint40 deadline,
        bytes memory signature
    ) internal returns (bool) {
        (bool success, bytes memory returned) = address(asked)
            .call(abi.encodeCall(Attestations.attestBySignature, (s, deadline, signature)));
        if (success) return false;
        assertEq(
            bytes32(bytes4(returned)),
            bytes32(Participants.NotParticipant.selector),
            "by whom it is not known"
        );
        return true;
    }

    function testDigestsAreThoseOfTheStandard() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Counterfoil Attestations"),
                keccak256("1"),
                block.chainid,
                address(attestations)
            )
        );
        bytes32 attest = keccak256(
            abi.encode(
                keccak256(
                    "Attest(bytes32 commitment,uint32 schema,bytes32 subject,uint8 level,uint40 expiresAt,uint40 deadline)"
                ),
                COMMITMENT,
                uint256(REVOCABLE_SCHEMA),
                SUBJECT,
                uint256(3),
                uint256(0),
                uint256(DEADLINE)
            )
        );
        bytes32 revoke = keccak256(
            abi.encode(
                keccak256("Revoke(bytes32 commitment,bytes32 reason,uint40 deadline)"),
                COMMITMENT,
                REASON,
                uint256(DEADLINE)
            )
        );
        assertEq(
            attestations.attestDigest(_one(), DEADLINE),
            keccak256(abi.encodePacked(hex"1901", domain, attest)),
            "attest"
        );
        assertEq(
            attestations.revokeDigest(COMMITMENT, REASON, DEADLINE),
            keccak256(abi.encodePacked(hex"1901", domain, revoke)),
            "revoke"
        );
    }

    function testRevokeBySignature() public {
        _as(CARRIER);
        attestations.attest(_one());
        bytes memory signature =
            _signed(CARRIER, attestations.revokeDigest(COMMITMENT, REASON, DEADLINE));
        vm.expectEmit(address(attestations));
        emit Attestations.AttestationRevoked(COMMITMENT, CARRIER, REASON, _account(CARRIER));
        vm.prank(STRANGER);
        attestations.revokeBySignature(COMMITMENT, REASON, DEADLINE, signature);
        assertTrue(_status(COMMITMENT).revoked, "revoked");
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyRevoked.selector, COMMITMENT));
        attestations.revokeBySignature(COMMITMENT, REASON, DEADLINE, signature);
    }

    function testRevokeBySignatureOfAnother() public {
        _as(CARRIER);
        attestations.attest(_one());
        bytes memory signature =
            _signed(TAX, attestations.revokeDigest(COMMITMENT, REASON, DEADLINE));
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.NotAttester.selector, COMMITMENT, TAX, CARRIER)
        );
        attestations.revokeBySignature(COMMITMENT, REASON, DEADLINE, signature);
    }

    function testRevokeBySignatureTooLate() public {
        vm.expectRevert(abi.encodeWithSelector(Attestations.SignatureExpired.selector, START - 1));
        attestations.revokeBySignature(COMMITMENT, REASON, START - 1, new bytes(65));
    }

    /* SUPERSEDED */

    function testSupersedeUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Attestations.AttestationUnknown.selector, LATER));
        _as(CARRIER);
        attestations.supersede(LATER, _one());
    }

    function testSupersedeABatch() public {
        _as(CARRIER);
        attestations.anchor(LATER, REVOCABLE_SCHEMA, 7, 0, REASON);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AttestationUnknown.selector, LATER));
        _as(CARRIER);
        attestations.supersede(LATER, _one());
    }

    function testSupersedeOfAnother() public {
        _as(CARRIER);
        attestations.attest(_one());
        Attestations.Statement memory s = _one();
        s.commitment = LATER;
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.NotAttester.selector, COMMITMENT, TAX, CARRIER)
        );
        _as(TAX);
        attestations.supersede(COMMITMENT, s);
    }

    function testSupersedeWhatStandsForGood() public {
        _as(CARRIER);
        attestations.attest(_statement(LATER, FINAL_SCHEMA, 1, 0));
        vm.expectRevert(abi.encodeWithSelector(Attestations.NotRevocable.selector, FINAL_SCHEMA));
        _as(CARRIER);
        attestations.supersede(LATER, _one());
    }

    function testSupersedeByItself() public {
        _as(CARRIER);
        attestations.attest(_one());
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyAttested.selector, COMMITMENT));
        _as(CARRIER);
        attestations.supersede(COMMITMENT, _one());
        assertFalse(_status(COMMITMENT).revoked, "it stands");
    }

    function testSupersedeTwice() public {
        _as(CARRIER);
        attestations.attest(_one());
        _as(CARRIER);
        attestations.supersede(COMMITMENT, _statement(LATER, REVOCABLE_SCHEMA, 1, 0));
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyRevoked.selector, COMMITMENT));
        _as(CARRIER);
        attestations.supersede(COMMITMENT, _statement(REASON, REVOCABLE_SCHEMA, 1, 0));
    }

    function testSupersede() public {
        _as(CARRIER);
        attestations.attest(_one());
        vm.expectEmit(address(attestations));
        emit Attestations.AttestationSuperseded(COMMITMENT, CARRIER, LATER, _account(CARRIER));
        vm.expectEmit(address(attestations));
        emit Attestations.Attested(LATER, CARRIER, SUBJECT, FINAL_SCHEMA, 4, 0, _account(CARRIER));
        _as(CARRIER);
        attestations.supersede(COMMITMENT, _statement(LATER, FINAL_SCHEMA, 4, 0));
        assertTrue(_status(COMMITMENT).revoked, "counts no more");
        assertEq(_status(COMMITMENT).successor, LATER, "names its successor");
        assertFalse(_status(LATER).revoked, "the successor counts");
        assertEq(_status(LATER).successor, 0, "and has none");
    }

    function testRevokedIsNotSuperseded() public {
        _as(CARRIER);
        attestations.attest(_one());
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
        assertEq(_status(COMMITMENT).successor, 0, "no successor");
    }

    /* FLOWS OF A SUBJECT */

    function testFlowsOfNothing() public view {
        assertEq(attestations.flowsOf(SUBJECT), 0, "flows");
    }

    function testFlowsOfASchemaThatIsNotFoundBySubject() public {
        _as(CARRIER);
        attestations.attest(_one());
        assertEq(attestations.flowsOf(SUBJECT), 0, "flows");
        assertEq(attestations.newest(SUBJECT, 0), 0, "nothing is kept");
    }

    function testFlowsOf() public {
        _flow(COMMITMENT, 0);
        assertEq(attestations.flowsOf(SUBJECT), TRADE | INVOICE, "trade and invoice");
        assertEq(attestations.flowsOf(REASON), 0, "of no other subject");
        assertEq(attestations.newest(SUBJECT, 0), COMMITMENT, "trade");
        assertEq(attestations.newest(SUBJECT, 2), COMMITMENT, "invoice");
    }

    function testFlowsOfWhatHasExpired() public {
        _flow(COMMITMENT, START + 5);
        vm.warp(START + 5);
        assertEq(attestations.flowsOf(SUBJECT), TRADE | INVOICE, "in its last second");
        vm.warp(START + 6);
        assertEq(attestations.flowsOf(SUBJECT), 0, "after it");
        _flow(LATER, 0);
        assertEq(attestations.flowsOf(SUBJECT), TRADE | INVOICE, "stated again");
    }

    /// @dev The newest word counts, not an older one that nobody took back.
    function testFlowsOfWhatWasRevoked() public {
        _flow(COMMITMENT, 0);
        _flow(LATER, 0);
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
        assertEq(attestations.flowsOf(SUBJECT), TRADE | INVOICE, "the newer stands");
        _as(CARRIER);
        attestations.revoke(LATER, REASON);
        assertEq(attestations.flowsOf(SUBJECT), 0, "the newest is gone");
    }

    function testFlowsOfWhatWasSuperseded() public {
        _flow(COMMITMENT, 0);
        _as(CARRIER);
        attestations.supersede(COMMITMENT, _statement(LATER, FLOW_SCHEMA, 2, 0));
        assertEq(attestations.flowsOf(SUBJECT), TRADE | INVOICE, "by its successor");
    }

    /// @dev The flows covered are those whose newest statement is valid, whatever happened in between.
    function testFlowsOfAHistory(uint256 seed) public {
        Participants.Call[] memory calls = new Participants.Call[](15);
        for (uint8 flows = 1; flows < 16; ++flows) {
            calls[flows - 1] = Participants.Call(
                address(attestations),
                abi.encodeCall(Attestations.registerSchema, (flows, true, true, REASON))
            );
        }
        _govern(calls);
        bytes32[4] memory newest;
        bool[4] memory valid;
        for (uint256 i; i < 12; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            if (draw & 3 == 0 && newest[draw >> 2 & 3] != 0 && valid[draw >> 2 & 3]) {
                bytes32 gone = newest[draw >> 2 & 3];
                _as(CARRIER);
                attestations.revoke(gone, REASON);
                for (uint256 f; f < 4; ++f) {
                    if (newest[f] == gone) valid[f] = false;
                }
            } else {
                uint8 flows = uint8(draw >> 8 & 15);
                if (flows == 0) continue;
                bytes32 commitment = _new();
                _as(CARRIER);
                attestations.attest(_statement(commitment, SCHEMAS + flows, 1, 0));
                for (uint256 f; f < 4; ++f) {
                    if (flows >> f & 1 != 0) (newest[f], valid[f]) = (commitment, true);
                }
            }
            uint256 expected;
            for (uint256 f; f < 4; ++f) {
                if (valid[f]) expected |= 1 << f;
            }
            assertEq(attestations.flowsOf(SUBJECT), expected, "flows");
        }
    }
}
