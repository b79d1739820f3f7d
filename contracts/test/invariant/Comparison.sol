// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Receivables} from "../../src/Receivables.sol";
import {Vm} from "../utils/Test.sol";
import {FinancingReplay} from "./FinancingReplay.sol";
import {IssueReplay} from "./IssueReplay.sol";

/// @dev All that the ledger stores is what its logs say, to the last bit.
abstract contract Comparison is IssueReplay, FinancingReplay {
    function _replay(Vm.Log[] memory logs) internal {
        for (uint256 n; n < logs.length; ++n) {
            address emitter = logs[n].emitter;
            if (emitter == address(receivables)) _replayReceivables(logs[n]);
            else if (emitter == address(financing)) _replayFinancing(logs[n]);
            else if (emitter == address(issuance)) _replayIssuance(logs[n]);
            else if (emitter == address(limits)) _replayLimits(logs[n]);
            else if (emitter == address(invoices)) _replayInvoices(logs[n]);
            else if (emitter == address(participants)) _replayParticipants(logs[n]);
            else if (emitter == address(policies)) _replayPolicies(logs[n]);
        }
    }

    /// @dev The word of the model's own voucher, which the compiler alone has laid out, field by field.
    function _word(Receivables.Voucher storage v) private view returns (bytes32 word) {
        assembly ("memory-safe") {
            word := sload(v.slot)
        }
    }

    /// @dev Slot 3 is the mapping of vouchers; one slot is all that a voucher has.
    function _compareWord(uint80 id) internal view {
        bytes32 slot = keccak256(abi.encode(uint256(id), uint256(3)));
        assertEq(vm.load(address(receivables), slot), _word(modelVoucher[id]), "voucher");
    }

    function _compareVoucher(uint80 id) internal view {
        _compareWord(id);
        assertEq(abi.encode(_voucher(id)), abi.encode(modelVoucher[id]), "voucher as it is told");
        assertEq(abi.encode(_dealOf(id)), abi.encode(modelDeal[id]), "deal");
        assertEq(abi.encode(_filingOf(id)), abi.encode(modelFiling[id]), "filing");
        uint8 hops = modelHops[id];
        assertEq(financing.hops(id), hops, "hops");
        for (uint8 number = 1; number <= hops + 1; ++number) {
            assertEq(abi.encode(_hopOf(id, number)), abi.encode(modelHop[id][number]), "hop");
        }
    }

    function _compareReceivable(uint32 id) internal view {
        assertEq(abi.encode(issuance.issue(id)), abi.encode(modelIssue[id]), "issue");
        Receivables.Receivable memory r = modelReceivable[id];
        assertEq(abi.encode(receivables.receivable(id)), abi.encode(r), "receivable");
        uint80[] storage all = vouchersOf[id];
        for (uint256 n; n < all.length; ++n) {
            _compareVoucher(all[n]);
        }
        // Of small faces every place a voucher could begin at: there are those that the logs tell, and no others.
        for (uint48 start; start <= r.face && r.face <= 32; ++start) {
            _compareWord(_voucherOf(id, start));
        }
        for (uint256 payment; payment <= uint256(r.payments) + 1 && payment < 256; ++payment) {
            assertEq(
                receivables.paidAfter(id, uint8(payment)),
                modelPaidAfter[id][uint8(payment)],
                "paid after"
            );
        }
        assertTrue(limits.overdueStop(id) == modelOverdueStop[id], "overdue stop");
    }

    function _compareDebtor(uint32 debtor) internal view {
        uint16[2] memory currencies = [CNY, EUR];
        for (uint256 n; n < currencies.length; ++n) {
            uint16 currency = currencies[n];
            assertEq(
                abi.encode(_limitOf(debtor, currency)),
                abi.encode(modelLimit[debtor][currency]),
                "limit"
            );
            assertEq(
                abi.encode(_groupLimitOf(debtor, currency)),
                abi.encode(modelGroupLimit[debtor][currency]),
                "limit of a group"
            );
        }
        assertEq(limits.groupOf(debtor), modelGroupOf[debtor], "group");
        assertEq(limits.stopCause(debtor), modelStopCause[debtor], "stop");
        assertEq(limits.overdueCount(debtor), modelOverdueCount[debtor], "overdue");
    }

    function _compareRest() internal view {
        assertEq(issuance.issueCount(), modelIssues, "issues");
        assertEq(financing.claimCount(), modelClaims, "claims");
        for (uint256 n; n < foundInvoices.length; ++n) {
            bytes32 nullifier = foundInvoices[n];
            assertEq(
                abi.encode(_invoiceBy(nullifier)), abi.encode(modelInvoice[nullifier]), "invoice"
            );
        }
        for (uint256 n; n < foundReferences.length; ++n) {
            bytes32 reference_ = foundReferences[n];
            assertEq(receivables.referenceUsed(reference_), modelReference[reference_], "reference");
        }
        for (uint256 n; n < foundQuotes.length; ++n) {
            assertTrue(financing.quoteOver(foundQuotes[n]), "quote");
        }
        for (uint32 id = 1; id <= modelClaims + 1; ++id) {
            (uint32 claimant,, uint48 amount,,, bool withdrawn,) = financing.claim(id);
            assertEq(
                abi.encode(claimant, amount, withdrawn),
                abi.encode(
                    modelClaim[id].claimant, modelClaim[id].amount, modelClaim[id].withdrawn
                ),
                "claim"
            );
        }
    }
}
