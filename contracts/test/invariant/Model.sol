// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Limits} from "../../src/Limits.sol";
import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Fixture} from "../utils/Fixture.sol";
import {Vm} from "../utils/Test.sol";

/// @dev The ledger's state as its logs and their times alone tell it. `modelFound` lists what there is of each kind.
abstract contract Model is Fixture {
    mapping(address account => uint32 number) internal modelNumberOf;
    mapping(uint32 number => Participants.Status) internal modelStatus;
    mapping(bytes32 name => uint64 value) internal modelPolicy;

    mapping(bytes32 nullifier => Invoices.Invoice) internal modelInvoice;
    mapping(uint32 debtor => mapping(uint16 currency => Limits.Limit)) internal modelLimit;
    mapping(uint32 group => mapping(uint16 currency => Limits.Limit)) internal modelGroupLimit;
    mapping(uint32 debtor => uint32 group) internal modelGroupOf;
    mapping(uint32 debtor => bytes32 cause) internal modelStopCause;
    mapping(uint32 debtor => uint32 count) internal modelOverdueCount;
    mapping(uint32 id => bool) internal modelOverdueStop;

    mapping(uint32 id => Issuance.Issue) internal modelIssue;
    mapping(uint32 id => Receivables.Receivable) internal modelReceivable;
    mapping(uint80 id => Receivables.Voucher) internal modelVoucher;
    mapping(uint32 id => mapping(uint8 payment => uint48)) internal modelPaidAfter;
    mapping(bytes32 reference_ => uint80) internal modelReference;

    mapping(uint80 id => Financing.Deal) internal modelDeal;
    mapping(uint80 id => Financing.Filing) internal modelFiling;
    mapping(uint80 id => uint8) internal modelHops;
    mapping(uint80 id => mapping(uint8 number => Financing.Hop)) internal modelHop;
    mapping(bytes32 digest => bool) internal modelQuoteOver;
    mapping(uint32 id => Financing.Claim) internal modelClaim;

    uint32 internal modelIssues;
    uint32 internal modelClaims;
    bytes32[] internal foundInvoices;
    bytes32[] internal foundReferences;
    bytes32[] internal foundQuotes;
    /// @dev All vouchers, and those of each receivable, the first one first.
    uint80[] internal foundVouchers;
    mapping(uint32 id => uint80[]) internal vouchersOf;

    /* TOPICS */

    function _number(bytes32 topic) internal pure returns (uint32) {
        return uint32(uint256(topic));
    }

    function _voucherIn(bytes32 topic) internal pure returns (uint80) {
        return uint80(uint256(topic));
    }

    /// @dev Who sent: the last word of every event's data.
    function _actorOf(Vm.Log memory log) internal view returns (uint32) {
        bytes memory data = log.data;
        address actor;
        assembly ("memory-safe") {
            actor := mload(add(data, mload(data)))
        }
        return modelNumberOf[actor];
    }

    function _unknownEvent() internal pure {
        // forge-lint: disable-next-line(custom-errors)
        revert("an event nobody told the model about");
    }

    /* PARTICIPANTS AND PARAMETERS */

    function _replayParticipants(Vm.Log memory log) internal {
        bytes32 kind = log.topics[0];
        uint32 number = log.topics.length > 1 ? _number(log.topics[1]) : 0;
        if (kind == Participants.Admitted.selector || kind == Participants.Reinstated.selector) {
            modelStatus[number] = Participants.Status.Active;
        } else if (kind == Participants.Suspended.selector) {
            modelStatus[number] = Participants.Status.Suspended;
        } else if (kind == Participants.AccountAdded.selector) {
            modelNumberOf[address(uint160(uint256(log.topics[2])))] = number;
        } else if (kind == Participants.AccountRotated.selector) {
            modelNumberOf[address(uint160(uint256(log.topics[2])))] = 0;
            modelNumberOf[address(uint160(uint256(log.topics[3])))] = number;
        }
    }

    function _replayPolicies(Vm.Log memory log) internal {
        (uint64 value,,,,) = abi.decode(log.data, (uint64, uint40, string, string, string));
        modelPolicy[log.topics[1]] = value;
    }

    /* VOUCHERS */

    function _raise(Receivables.Voucher storage v, uint256 writes) internal {
        unchecked {
            v.version += uint8(writes);
        }
    }

    function _encumber(uint80 id, Receivables.Encumbrance by, uint32 counterparty, uint256 until)
        internal
    {
        Receivables.Voucher storage v = modelVoucher[id];
        (v.encumbrance, v.counterparty, v.until) = (by, counterparty, uint32(until));
        _raise(v, 1);
    }

    function _free(uint80 id) internal {
        _encumber(id, Receivables.Encumbrance.Free, 0, 0);
    }

    /// @dev One hop further, free in the new holder's hands.
    function _move(uint80 id, uint32 to) internal {
        Receivables.Voucher storage v = modelVoucher[id];
        v.holder = to;
        if (v.tier < type(uint8).max) v.tier += 1;
        _free(id);
    }

    /// @dev A live voucher with this encumbrance is what the event can be of.
    function _expect(uint80 id, Receivables.Encumbrance by) internal view {
        Receivables.Voucher storage v = modelVoucher[id];
        assertTrue(v.life == Receivables.Life.Live, "only what is live changes");
        assertTrue(v.encumbrance == by, "only what is so encumbered changes so");
    }

    function _useReference(bytes32 reference_, uint80 usedFor) internal {
        assertEq(modelReference[reference_], 0, "a reference counts once");
        modelReference[reference_] = usedFor;
        foundReferences.push(reference_);
    }

    function _surplusesOf(uint80 id) internal view returns (uint48 sum) {
        for (uint8 number = modelHops[id]; number != 0; --number) {
            sum += modelHop[id][number].surplus;
        }
    }

    /* LIMITS */

    function _reserve(uint32 debtor, uint32 group, uint16 currency, uint48 face) internal {
        Limits.Limit storage own = modelLimit[debtor][currency];
        own.reserved += face;
        if (own.set) assertLe(own.reserved + own.committed, own.amount, "within the limit");
        if (group == 0) return;
        Limits.Limit storage shared = modelGroupLimit[group][currency];
        shared.reserved += face;
        if (!shared.set) return;
        assertLe(shared.reserved + shared.committed, shared.amount, "within the group's");
    }

    function _unreserve(Issuance.Issue storage i) internal {
        modelLimit[i.debtor][i.currency].reserved -= i.face;
        if (i.group != 0) modelGroupLimit[i.group][i.currency].reserved -= i.face;
    }

    function _commit(Issuance.Issue storage i) internal {
        modelLimit[i.debtor][i.currency].committed += i.face;
        if (i.group != 0) modelGroupLimit[i.group][i.currency].committed += i.face;
    }

    function _release(Receivables.Receivable storage r, uint48 amount) internal {
        modelLimit[r.debtor][r.currency].committed -= amount;
        if (r.group != 0) modelGroupLimit[r.group][r.currency].committed -= amount;
    }
}
