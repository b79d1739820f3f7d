// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "../../src/Attestations.sol";
import {Participants} from "../../src/Participants.sol";
import {Consortium} from "../utils/Consortium.sol";
import {Merkle} from "../utils/Merkle.sol";

contract AttestationsTest is Consortium {
    bytes32 internal constant COMMITMENT = "commitment";
    bytes32 internal constant MANIFEST = "manifest";
    bytes32 internal constant DEFINITION = "definition";

    function _attest(uint32 schemaId, uint8 level, uint40 expiresAt) internal {
        _as(CARRIER);
        attestations.attest(_statement(COMMITMENT, schemaId, level, expiresAt));
    }

    function _status(bytes32 commitment)
        internal
        view
        returns (Attestations.AttestationStatus memory)
    {
        return attestations.statusOf(commitment);
    }

    /* SCHEMAS */

    function testRegisterSchemaBadFlows(uint8 flows) public {
        flows = uint8(bound(flows, 16, type(uint8).max));
        _governRefused(
            address(attestations),
            abi.encodeCall(Attestations.registerSchema, (flows, true, false, DEFINITION)),
            abi.encodeWithSelector(Attestations.BadFlows.selector, flows)
        );
    }

    function testRegisterSchemaWithoutDefinition() public {
        _governRefused(
            address(attestations),
            abi.encodeCall(Attestations.registerSchema, (1, true, false, 0)),
            abi.encodeWithSelector(Attestations.DefinitionEmpty.selector)
        );
    }

    /// @dev Nothing could be found by subject of statements about no flow.
    function testRegisterSchemaBySubjectWithoutFlows() public {
        _governRefused(
            address(attestations),
            abi.encodeCall(Attestations.registerSchema, (0, true, true, DEFINITION)),
            abi.encodeWithSelector(Attestations.BadFlows.selector, 0)
        );
    }

    function testRegisterSchema(uint8 flows, bool revocable, bool bySubject) public {
        flows = uint8(bound(flows, bySubject ? 1 : 0, 15));
        Participants.Call[] memory calls = _call(
            address(attestations),
            abi.encodeCall(Attestations.registerSchema, (flows, revocable, bySubject, DEFINITION))
        );
        uint32 id = _approved(calls);
        uint32 expected = SCHEMAS + 1;
        vm.expectEmit(address(attestations));
        emit Attestations.SchemaRegistered(expected, flows, revocable, bySubject, DEFINITION);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        (uint8 registered, bool back, bool found, uint40 registeredAt, bytes32 definition) =
            attestations.schema(expected);
        assertEq(registered, flows, "flows");
        assertTrue(back == revocable, "revocable");
        assertTrue(found == bySubject, "by subject");
        assertEq(registeredAt, START, "registered at");
        assertEq(definition, DEFINITION, "definition");
        assertEq(attestations.schemaCount(), expected, "count");
    }

    /* ATTEST */

    function testAttestNothing() public {
        vm.expectRevert(abi.encodeWithSelector(Attestations.CommitmentEmpty.selector));
        _as(CARRIER);
        attestations.attest(_statement(0, REVOCABLE_SCHEMA, 1, 0));
    }

    function testAttestUnknownSchema(uint32 schemaId) public {
        vm.assume(schemaId == 0 || schemaId > SCHEMAS);
        vm.expectRevert(abi.encodeWithSelector(Attestations.SchemaUnknown.selector, schemaId));
        _attest(schemaId, 1, 0);
    }

    function testAttestTwice() public {
        _attest(REVOCABLE_SCHEMA, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyAttested.selector, COMMITMENT));
        _as(TAX);
        attestations.attest(_statement(COMMITMENT, FINAL_SCHEMA, 2, 0));
    }

    function testAttestRevokedAgain() public {
        _attest(REVOCABLE_SCHEMA, 1, 0);
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyAttested.selector, COMMITMENT));
        _attest(REVOCABLE_SCHEMA, 1, 0);
    }

    function testAttestBadLevel(uint8 level) public {
        level = uint8(bound(level, 5, type(uint8).max));
        vm.expectRevert(abi.encodeWithSelector(Attestations.BadLevel.selector, level));
        _attest(REVOCABLE_SCHEMA, level, 0);
    }

    function testAttestExpired(uint40 expiresAt) public {
        expiresAt = uint40(bound(expiresAt, 1, START));
        vm.expectRevert(abi.encodeWithSelector(Attestations.BadExpiry.selector, expiresAt));
        _attest(REVOCABLE_SCHEMA, 1, expiresAt);
    }

    function testAttest(uint8 level, uint40 expiresAt) public {
        level = uint8(bound(level, 0, 4));
        expiresAt = uint40(bound(expiresAt, START + 1, type(uint40).max));
        vm.expectEmit(address(attestations));
        emit Attestations.Attested(
            COMMITMENT, CARRIER, SUBJECT, REVOCABLE_SCHEMA, level, expiresAt, _account(CARRIER)
        );
        _attest(REVOCABLE_SCHEMA, level, expiresAt);

        (
            uint32 attester,
            uint32 schema,
            uint40 attestedAt,
            uint40 until,
            uint40 revokedAt,
            uint8 stored,
            uint32 count
        ) = attestations.attestation(COMMITMENT);
        assertEq(attester, CARRIER, "attester");
        assertEq(schema, REVOCABLE_SCHEMA, "schema");
        assertEq(attestedAt, START, "attested at");
        assertEq(until, expiresAt, "expires at");
        assertEq(revokedAt, 0, "revoked at");
        assertEq(stored, level, "level");
        assertEq(count, 0, "count");

        Attestations.AttestationStatus memory status = _status(COMMITMENT);
        assertTrue(status.exists, "exists");
        assertFalse(status.revoked, "revoked");
        assertFalse(status.expired, "expired");
        assertEq(status.attester, CARRIER, "attester");
        assertEq(status.schema, REVOCABLE_SCHEMA, "schema");
        assertEq(status.level, level, "level");
        assertEq(status.attestedAt, START, "attested at");
        assertEq(status.successor, 0, "successor");
    }

    function testAttestationExpiresAfterItsLastSecond() public {
        _attest(REVOCABLE_SCHEMA, 1, START + 10);
        vm.warp(START + 10);
        assertFalse(_status(COMMITMENT).expired, "in its last second");
        vm.warp(START + 11);
        assertTrue(_status(COMMITMENT).expired, "after it");
    }

    function testAttestationWithoutExpiryNeverExpires() public {
        _attest(REVOCABLE_SCHEMA, 1, 0);
        vm.warp(type(uint40).max);
        assertFalse(_status(COMMITMENT).expired, "expired");
    }

    function testStatusOfUnknown() public view {
        Attestations.AttestationStatus memory status = _status(COMMITMENT);
        assertFalse(status.exists, "exists");
        assertEq(status.attester, 0, "attester");
    }

    /* REVOKE */

    function testRevokeUnknown() public {
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.AttestationUnknown.selector, COMMITMENT)
        );
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
    }

    function testRevokeOfAnother() public {
        _attest(REVOCABLE_SCHEMA, 1, 0);
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.NotAttester.selector, COMMITMENT, TAX, CARRIER)
        );
        _as(TAX);
        attestations.revoke(COMMITMENT, REASON);
    }

    function testRevokeWhatStandsForGood() public {
        _attest(FINAL_SCHEMA, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(Attestations.NotRevocable.selector, FINAL_SCHEMA));
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
    }

    function testRevokeTwice() public {
        _attest(REVOCABLE_SCHEMA, 1, 0);
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyRevoked.selector, COMMITMENT));
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
    }

    function testRevoke(uint40 moment) public {
        moment = uint40(bound(moment, START, VALID_UNTIL));
        _attest(REVOCABLE_SCHEMA, 3, START + 1);
        vm.warp(moment);
        vm.expectEmit(address(attestations));
        emit Attestations.AttestationRevoked(COMMITMENT, CARRIER, REASON, _account(CARRIER));
        _as(CARRIER);
        attestations.revoke(COMMITMENT, REASON);
        (,,,, uint40 revokedAt,,) = attestations.attestation(COMMITMENT);
        assertEq(revokedAt, moment, "revoked at");
        assertTrue(_status(COMMITMENT).revoked, "revoked");
        assertTrue(_status(COMMITMENT).exists, "exists");
    }

    /* BATCHES */

    function _leaves(uint256 count) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint32 i; i < count; ++i) {
            leaves[i] = attestations.leafHash(REVOCABLE_SCHEMA, _commitment(i), SUBJECT, i);
        }
    }

    function _commitment(uint32 index) internal pure returns (bytes32) {
        return keccak256(abi.encode("leaf", index));
    }

    function _anchor(uint32 count) internal returns (bytes32 root, bytes32[] memory leaves) {
        leaves = _leaves(count);
        root = Merkle.root(leaves);
        _as(CARRIER);
        attestations.anchor(root, REVOCABLE_SCHEMA, count, 0, MANIFEST);
    }

    function _leafExists(
        bytes32 root,
        bytes32 commitment,
        bytes32 subject,
        uint32 index,
        bytes32[] memory proof
    ) internal view returns (bool) {
        return attestations.statusOfLeaf(root, commitment, subject, index, proof).exists;
    }

    function testAnchorEmptyBatch() public {
        vm.expectRevert(abi.encodeWithSelector(Attestations.BatchEmpty.selector));
        _as(CARRIER);
        attestations.anchor(COMMITMENT, REVOCABLE_SCHEMA, 0, 0, MANIFEST);
    }

    function testAnchorNothing() public {
        vm.expectRevert(abi.encodeWithSelector(Attestations.CommitmentEmpty.selector));
        _as(CARRIER);
        attestations.anchor(0, REVOCABLE_SCHEMA, 1, 0, MANIFEST);
    }

    function testAnchorWhatIsAttested() public {
        _attest(REVOCABLE_SCHEMA, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyAttested.selector, COMMITMENT));
        _as(CARRIER);
        attestations.anchor(COMMITMENT, REVOCABLE_SCHEMA, 1, 0, MANIFEST);
    }

    function testAnchorUnknownSchema() public {
        vm.expectRevert(abi.encodeWithSelector(Attestations.SchemaUnknown.selector, 9));
        _as(CARRIER);
        attestations.anchor(COMMITMENT, 9, 1, 0, MANIFEST);
    }

    function testAnchorExpired() public {
        vm.expectRevert(abi.encodeWithSelector(Attestations.BadExpiry.selector, START));
        _as(CARRIER);
        attestations.anchor(COMMITMENT, REVOCABLE_SCHEMA, 1, START, MANIFEST);
    }

    function testAnchor(uint32 count) public {
        count = uint32(bound(count, 1, type(uint32).max));
        vm.expectEmit(address(attestations));
        emit Attestations.Anchored(
            COMMITMENT, CARRIER, REVOCABLE_SCHEMA, count, START + 9, MANIFEST, _account(CARRIER)
        );
        _as(CARRIER);
        attestations.anchor(COMMITMENT, REVOCABLE_SCHEMA, count, START + 9, MANIFEST);
        (uint32 attester,, uint40 attestedAt, uint40 expiresAt,, uint8 level, uint32 stored) =
            attestations.attestation(COMMITMENT);
        assertEq(attester, CARRIER, "attester");
        assertEq(attestedAt, START, "attested at");
        assertEq(expiresAt, START + 9, "expires at");
        assertEq(level, 0, "level");
        assertEq(stored, count, "count");
    }

    function testRootOfABatchIsNoStatement() public {
        (bytes32 root,) = _anchor(4);
        Attestations.AttestationStatus memory status = _status(root);
        assertFalse(status.exists, "exists");
        assertEq(status.attester, 0, "attester");
    }

    function testLeafHashIsMadeOfItsFields() public view {
        bytes memory fields = abi.encode(uint256(7), COMMITMENT, SUBJECT, uint256(9));
        assertEq(
            attestations.leafHash(7, COMMITMENT, SUBJECT, 9),
            keccak256(abi.encodePacked(keccak256(fields))),
            "hashed twice"
        );
    }

    /// @dev A leaf is there with its own proof, fields and index, and with no other.
    function testStatusOfLeaf(uint32 count, uint32 index, uint32 other) public {
        count = uint32(bound(count, 2, 40));
        index = uint32(bound(index, 0, count - 1));
        other = uint32(bound(other, 0, count - 1));
        (bytes32 root, bytes32[] memory leaves) = _anchor(count);
        bytes32[] memory proof = Merkle.proof(leaves, index);

        Attestations.AttestationStatus memory status =
            attestations.statusOfLeaf(root, _commitment(index), SUBJECT, index, proof);
        assertTrue(status.exists, "exists");
        assertFalse(status.revoked, "revoked");
        assertFalse(status.expired, "expired");
        assertEq(status.attester, CARRIER, "attester");
        assertEq(status.schema, REVOCABLE_SCHEMA, "schema");
        assertEq(status.level, 0, "level");
        assertEq(status.attestedAt, START, "attested at");

        assertFalse(_leafExists(root, _commitment(index), REASON, index, proof), "other subject");
        assertFalse(_leafExists(root, COMMITMENT, SUBJECT, index, proof), "other commitment");
        if (other != index) {
            assertFalse(_leafExists(root, _commitment(index), SUBJECT, other, proof), "other index");
            assertFalse(
                _leafExists(root, _commitment(index), SUBJECT, index, Merkle.proof(leaves, other)),
                "other proof"
            );
        }
    }

    function testStatusOfLeafOfUnknownRoot() public view {
        bytes32 leaf = attestations.leafHash(0, COMMITMENT, SUBJECT, 0);
        assertFalse(
            _leafExists(leaf, COMMITMENT, SUBJECT, 0, new bytes32[](0)), "nobody anchored it"
        );
    }

    function testStatusOfLeafOfASingleStatement() public {
        bytes32 leaf = attestations.leafHash(REVOCABLE_SCHEMA, COMMITMENT, SUBJECT, 0);
        _as(CARRIER);
        attestations.attest(_statement(leaf, REVOCABLE_SCHEMA, 4, 0));
        assertFalse(_leafExists(leaf, COMMITMENT, SUBJECT, 0, new bytes32[](0)), "no batch");
    }

    function testRootIsNoLeafOfItself() public {
        (bytes32 root,) = _anchor(4);
        assertFalse(_leafExists(root, root, SUBJECT, 0, new bytes32[](0)), "with an empty proof");
    }

    function testInnerNodeIsNoLeaf() public {
        (bytes32 root, bytes32[] memory leaves) = _anchor(4);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = Merkle.pair(leaves[2], leaves[3]);
        bytes32 inner = Merkle.pair(leaves[0], leaves[1]);
        assertEq(Merkle.pair(inner, proof[0]), root, "the node proves the root");
        assertFalse(_leafExists(root, inner, SUBJECT, 0, proof), "as a commitment");
        assertFalse(_leafExists(root, leaves[0], leaves[1], 0, proof), "as a pair of fields");
    }

    function testLeafOfAnotherSchemaIsNoLeaf() public {
        bytes32 root = attestations.leafHash(FINAL_SCHEMA, COMMITMENT, SUBJECT, 0);
        _as(CARRIER);
        attestations.anchor(root, REVOCABLE_SCHEMA, 1, 0, MANIFEST);
        assertFalse(_leafExists(root, COMMITMENT, SUBJECT, 0, new bytes32[](0)), "other schema");
    }

    /// @dev The tree has five leaves, the batch says four: the fifth does not count.
    function testLeafBeyondTheCount() public {
        bytes32[] memory leaves = _leaves(5);
        bytes32 root = Merkle.root(leaves);
        _as(CARRIER);
        attestations.anchor(root, REVOCABLE_SCHEMA, 4, 0, MANIFEST);
        assertFalse(
            _leafExists(root, _commitment(4), SUBJECT, 4, Merkle.proof(leaves, 4)), "the fifth"
        );
        assertTrue(
            _leafExists(root, _commitment(3), SUBJECT, 3, Merkle.proof(leaves, 3)), "the fourth"
        );
    }

    function testLeafExpiresWithItsBatch() public {
        bytes32[] memory leaves = _leaves(1);
        _as(CARRIER);
        attestations.anchor(leaves[0], REVOCABLE_SCHEMA, 1, START + 5, MANIFEST);
        vm.warp(START + 6);
        assertTrue(
            attestations.statusOfLeaf(leaves[0], _commitment(0), SUBJECT, 0, new bytes32[](0))
            .expired,
            "expired"
        );
    }

    function testRevokeBatchRevokesItsLeaves() public {
        (bytes32 root, bytes32[] memory leaves) = _anchor(3);
        _as(CARRIER);
        attestations.revoke(root, REASON);
        for (uint32 i; i < 3; ++i) {
            assertTrue(
                attestations.statusOfLeaf(root, _commitment(i), SUBJECT, i, Merkle.proof(leaves, i))
                .revoked,
                "revoked"
            );
        }
    }

    function testRevokeLeafOfUnknown() public {
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.AttestationUnknown.selector, COMMITMENT)
        );
        _as(CARRIER);
        attestations.revokeLeaf(COMMITMENT, 0, REASON);
    }

    function testRevokeLeafOfAnother() public {
        (bytes32 root,) = _anchor(2);
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.NotAttester.selector, root, TAX, CARRIER)
        );
        _as(TAX);
        attestations.revokeLeaf(root, 0, REASON);
    }

    function testRevokeLeafWhatStandsForGood() public {
        _as(CARRIER);
        attestations.anchor(COMMITMENT, FINAL_SCHEMA, 2, 0, MANIFEST);
        vm.expectRevert(abi.encodeWithSelector(Attestations.NotRevocable.selector, FINAL_SCHEMA));
        _as(CARRIER);
        attestations.revokeLeaf(COMMITMENT, 0, REASON);
    }

    function testRevokeLeafOfRevokedBatch() public {
        (bytes32 root,) = _anchor(2);
        _as(CARRIER);
        attestations.revoke(root, REASON);
        vm.expectRevert(abi.encodeWithSelector(Attestations.AlreadyRevoked.selector, root));
        _as(CARRIER);
        attestations.revokeLeaf(root, 0, REASON);
    }

    function testRevokeLeafOutOfRange(uint32 count, uint32 index) public {
        count = uint32(bound(count, 1, type(uint32).max));
        index = uint32(bound(index, count, type(uint32).max));
        _as(CARRIER);
        attestations.anchor(COMMITMENT, REVOCABLE_SCHEMA, count, 0, MANIFEST);
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.LeafOutOfRange.selector, COMMITMENT, index, count)
        );
        _as(CARRIER);
        attestations.revokeLeaf(COMMITMENT, index, REASON);
    }

    function testRevokeLeafOfASingleStatement() public {
        _attest(REVOCABLE_SCHEMA, 1, 0);
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.LeafOutOfRange.selector, COMMITMENT, 0, 0)
        );
        _as(CARRIER);
        attestations.revokeLeaf(COMMITMENT, 0, REASON);
    }

    function testRevokeLeafTwice(uint32 index) public {
        index = uint32(bound(index, 0, type(uint32).max - 1));
        _as(CARRIER);
        attestations.anchor(COMMITMENT, REVOCABLE_SCHEMA, type(uint32).max, 0, MANIFEST);
        _as(CARRIER);
        attestations.revokeLeaf(COMMITMENT, index, REASON);
        vm.expectRevert(
            abi.encodeWithSelector(Attestations.LeafAlreadyRevoked.selector, COMMITMENT, index)
        );
        _as(CARRIER);
        attestations.revokeLeaf(COMMITMENT, index, REASON);
    }

    function testRevokeLeaf() public {
        // More leaves than one word of the bitmap has bits.
        (bytes32 root, bytes32[] memory leaves) = _anchor(300);
        vm.expectEmit(address(attestations));
        emit Attestations.LeafRevoked(root, CARRIER, 257, REASON, _account(CARRIER));
        _as(CARRIER);
        attestations.revokeLeaf(root, 257, REASON);
        assertEq(attestations.revokedLeaves(root, 0), 0, "first word");
        assertEq(attestations.revokedLeaves(root, 1), 2, "second word");
        uint32[4] memory indexes = [uint32(1), 256, 257, 258];
        for (uint256 i; i < indexes.length; ++i) {
            uint32 index = indexes[i];
            Attestations.AttestationStatus memory status = attestations.statusOfLeaf(
                root, _commitment(index), SUBJECT, index, Merkle.proof(leaves, index)
            );
            assertTrue(status.exists, "exists");
            assertTrue(status.revoked == (index == 257), "revoked");
        }
    }
}
