// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Receivables} from "../../src/Receivables.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev What each step costs as a transaction of its own, all storage cold: the figures of `snapshots/`.
/// forge-config: default.isolate = true
contract GasTest is Fixture {
    uint80 internal voucherId;

    function setUp() public override {
        super.setUp();
        _setPolicy(PolicyNames.MAX_LEGS, 100);
        voucherId = _confirmed(FACE);
    }

    function _snapshot(string memory name) internal {
        vm.snapshotGasLastCall("Ledger", name);
    }

    function testIssue() public {
        bytes32 nullifier = _new();
        _as(TAX);
        invoices.register(nullifier, SUPPLIER, CNY, FACE);
        _snapshot("register an invoice");
        uint32 id = _propose(SUPPLIER, _terms(FACE));
        _snapshot("propose");
        _as(ANCHOR);
        issuance.confirm(id);
        _snapshot("confirm");
    }

    function testSplit() public {
        uint8[3] memory counts = [1, 10, 100];
        string[3] memory names = ["split into 2", "split into 11", "split into 101"];
        for (uint256 n; n < counts.length; ++n) {
            Receivables.Leg[] memory legs = new Receivables.Leg[](counts[n]);
            for (uint256 m; m < legs.length; ++m) {
                legs[m] = Receivables.Leg(SECOND, 100, EVIDENCE);
            }
            uint8 version = _versionOf(voucherId);
            _as(SUPPLIER);
            receivables.split(voucherId, version, legs);
            _snapshot(names[n]);
        }
    }

    function testTransfer() public {
        _as(SUPPLIER);
        receivables.offer(voucherId, 0, SECOND, EVIDENCE);
        _snapshot("offer");
        uint256 snapshot = vm.snapshotState();
        _as(SECOND);
        receivables.accept(voucherId, 1);
        _snapshot("accept");
        vm.revertToState(snapshot);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, 0);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        receivables.acceptBySignature(voucherId, 1, a.validUntil, r, vs);
        _snapshot("accept by signature");
        vm.revertToState(snapshot);
        _as(SECOND);
        receivables.refuse(voucherId, 1, REASON);
        _snapshot("refuse");
        a = _acceptance(voucherId, SECOND, EVIDENCE);
        (r, vs) = _sign(SECOND, a);
        _as(SUPPLIER);
        receivables.transfer(voucherId, 2, SECOND, EVIDENCE, a.validUntil, r, vs);
        _snapshot("transfer");
        _freeze(voucherId);
        _snapshot("freeze");
    }

    function testFinancing() public {
        Financing.Quote memory q = _quote(voucherId, BANK, Financing.Kind.RecoursePurchase);
        _finance(q);
        _snapshot("accept a quote");
        _as(BANK);
        financing.file(voucherId, 1, REASON, REASON, NOW);
        _snapshot("file");
        _as(SETTLER);
        financing.disburse(voucherId, 1, q.proceeds, "disbursement");
        _snapshot("disburse with recourse");
        vm.warp(DUE_AT);
        _as(BANK);
        financing.demandRecourse(voucherId, DOCUMENT);
        _snapshot("demand recourse");
        _as(SETTLER);
        financing.buyBack(voucherId, 2, _owed(q), "price");
        _snapshot("buy back");
    }

    function testPledge() public {
        Financing.Quote memory q = _locked(voucherId, BANK, Financing.Kind.Pledge);
        _as(SETTLER);
        financing.disburse(voucherId, 1, q.proceeds, "loan");
        _snapshot("disburse a loan");
        uint256 snapshot = vm.snapshotState();
        _as(SETTLER);
        financing.repay(voucherId, 2, _owed(q), "repayment");
        _snapshot("repay");
        vm.revertToState(snapshot);
        vm.warp(uint256(q.maturesAt) + 1);
        _as(BANK);
        financing.enforcePledge(voucherId, 2);
        _snapshot("enforce a pledge");
    }

    function testSettlement() public {
        uint32 id = _receivableOf(voucherId);
        uint48[] memory starts = new uint48[](100);
        for (uint256 n = 1; n < starts.length; ++n) {
            starts[n] = uint48(_split(voucherId, SUPPLIER, 100));
        }
        _as(SETTLER);
        receivables.recordPayment(id, FACE / 3, "part");
        _snapshot("record a part payment");
        _as(SETTLER);
        receivables.redeem(id, starts);
        _snapshot("redeem 100 in part");
        _as(SETTLER);
        receivables.recordPayment(id, FACE, "rest");
        _snapshot("record the last payment");
        uint256 snapshot = vm.snapshotState();
        _as(SETTLER);
        receivables.redeem(id, _starts(0));
        _snapshot("redeem 1");
        vm.revertToState(snapshot);
        _as(SETTLER);
        receivables.redeem(id, starts);
        _snapshot("redeem 100");
    }
}
