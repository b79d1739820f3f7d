// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "../../src/Attestations.sol";
import {Computations} from "../../src/Computations.sol";
import {RoleTable} from "../utils/RoleTable.sol";
import {Roles} from "../../src/Roles.sol";

/// @dev Who may make statements and compute on them.
contract EvidenceRolesTest is RoleTable {
    function setUp() public override {
        super.setUp();
        _attesterVerbs();
        _computationVerbs();
    }

    function _fresh() internal returns (Attestations.Statement memory) {
        return _statement(_new(), REVOCABLE_SCHEMA, 1, 0);
    }

    function _attesterVerbs() internal {
        bytes32 statement = _attested();
        bytes32 batch = _new();
        _as(CARRIER);
        attestations.anchor(batch, REVOCABLE_SCHEMA, 1, 0, REASON);
        Attestations.Statement[] memory many = new Attestations.Statement[](1);
        many[0] = _fresh();
        bytes[6] memory calls = [
            abi.encodeCall(Attestations.attest, (_fresh())),
            abi.encodeCall(Attestations.attestMany, (many)),
            abi.encodeCall(Attestations.supersede, (statement, _fresh())),
            abi.encodeCall(Attestations.anchor, (_new(), REVOCABLE_SCHEMA, 1, 0, REASON)),
            abi.encodeCall(Attestations.revoke, (statement, REASON)),
            abi.encodeCall(Attestations.revokeLeaf, (batch, 0, REASON))
        ];
        string[6] memory names =
            ["attest", "attestMany", "supersede", "anchor", "revoke", "revokeLeaf"];
        for (uint256 i; i < calls.length; ++i) {
            _verb(names[i], CARRIER, Roles.ATTESTER, address(attestations), calls[i]);
        }
    }

    function _terms() internal returns (Computations.Terms memory) {
        bytes32[] memory inputs = new bytes32[](1);
        inputs[0] = _attested();
        return Computations.Terms(REASON, REASON, _attested(), inputs);
    }

    function _computationVerbs() internal {
        address c = address(computations);
        Computations.Terms memory terms = _terms();
        uint32[] memory banks = new uint32[](1);
        banks[0] = BANK;
        bytes memory grant = abi.encodeCall(Computations.grant, (banks, terms, 2, START + 1 days));
        _as(SUPPLIER);
        uint64 consent = computations.grant(banks, terms, 2, START + 1 days);
        _as(BANK);
        bytes32 job = computations.open(consent, terms);
        bytes memory open = abi.encodeCall(Computations.open, (consent, terms));
        _verb("grant", SUPPLIER, Roles.ALL, c, grant);
        _verb("withdraw", SUPPLIER, Roles.ALL, c, abi.encodeCall(Computations.withdraw, (consent)));
        _verb("open", BANK, Roles.FINANCIER, c, open);
        _verb(
            "complete",
            BANK,
            Roles.FINANCIER,
            c,
            abi.encodeCall(Computations.complete, (job, REASON, REASON, REASON))
        );
        _verb(
            "abandon", BANK, Roles.FINANCIER, c, abi.encodeCall(Computations.abandon, (job, REASON))
        );
        _peer("grant to", SUPPLIER, BANK, Roles.FINANCIER, c, grant);
        // Whatever the owner's role, it has to be able to act.
        _peer("open a job of", BANK, SUPPLIER, Roles.ALL, c, open);
    }
}
