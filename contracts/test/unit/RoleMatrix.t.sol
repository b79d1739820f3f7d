// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Limits} from "../../src/Limits.sol";
import {Policies} from "../../src/Policies.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "../utils/Consortium.sol";
import {Fixture} from "../utils/Fixture.sol";
import {RoleTable} from "../utils/RoleTable.sol";

/// @dev Every verb of the ledger's receivables against every role and standing, on a ledger where each could be
/// said. Statements and computations have a table of their own.
contract RoleMatrixTest is RoleTable, Fixture {
    /// @dev A call that one contract alone may make.
    struct Inner {
        string name;
        address caller;
        bytes4 refusal;
        address target;
        bytes data;
    }

    /// @dev Late enough for the loans to be due, early enough for the rest to move.
    uint40 internal constant LATER = NOW + 11 days;
    uint32 internal constant EITHER = Roles.DEBTOR | Roles.SUPPLIER;

    Inner[] internal inner;
    /// @dev Made before the time passes.
    uint80 internal overdue;
    uint80 internal pledged;

    function setUp() public override(Consortium, Fixture) {
        Fixture.setUp();
        Issuance.Terms memory terms = _terms(FACE);
        terms.dueAt = LATER;
        overdue = _issued(terms);
        pledged = _confirmed(FACE);
        _financed(pledged, BANK, Financing.Kind.Pledge);
        vm.warp(LATER);
        _issueVerbs();
        _invoiceVerbs();
        _voucherVerbs();
        _holdVerbs();
        _settlementVerbs();
        _quoteVerbs();
        _loanVerbs();
        _recourseVerbs();
        _issuePeers();
        _voucherPeers();
        _governedCalls();
        _innerCalls();
    }

    /* VERBS */

    function _issueVerbs() internal {
        address i = address(issuance);
        Issuance.Terms memory terms = _terms(5);
        Issuance.Terms[] memory batch = new Issuance.Terms[](1);
        batch[0] = terms;
        bytes memory one = abi.encodeCall(Issuance.propose, (terms));
        bytes memory many = abi.encodeCall(Issuance.proposeMany, (batch));
        // Who proposes must also be what it says it is.
        verbs.push(Verb("propose by debtor", ANCHOR, Roles.DEBTOR, EITHER, i, one));
        verbs.push(Verb("propose by creditor", SUPPLIER, Roles.SUPPLIER, EITHER, i, one));
        verbs.push(Verb("propose many", SUPPLIER, Roles.SUPPLIER, EITHER, i, many));

        // Who confirms must still be what the proposal says it is.
        uint32 id = _proposed(FACE);
        one = abi.encodeCall(Issuance.confirm, (id));
        verbs.push(Verb("confirm by debtor", ANCHOR, Roles.DEBTOR, EITHER, i, one));
        many = abi.encodeCall(Issuance.confirmMany, (_ids(id)));
        verbs.push(Verb("confirm many", ANCHOR, Roles.DEBTOR, EITHER, i, many));
        one = abi.encodeCall(Issuance.confirm, (_propose(ANCHOR, _terms(FACE))));
        verbs.push(Verb("confirm by creditor", SUPPLIER, Roles.SUPPLIER, EITHER, i, one));

        _verb("reject", ANCHOR, EITHER, i, abi.encodeCall(Issuance.reject, (id, REASON)));
        _verb("cancel", SUPPLIER, Roles.ALL, i, abi.encodeCall(Issuance.cancel, (id, REASON)));
        id = _receivableOf(_confirmed(FACE));
        _verb("void", SUPPLIER, EITHER, i, abi.encodeCall(Issuance.voidIssue, (id, REASON)));
        _verb("void", ANCHOR, EITHER, i, abi.encodeCall(Issuance.voidIssue, (id, REASON)));
        bytes memory reaffirm = abi.encodeCall(Issuance.reaffirm, (id, DOCUMENT));
        _verb("reaffirm", ANCHOR, Roles.DEBTOR, i, reaffirm);
    }

    function _invoiceVerbs() internal {
        address i = address(invoices);
        bytes32 nullifier = _invoiced(FACE);
        bytes[3] memory calls = [
            abi.encodeCall(Invoices.register, (_new(), SUPPLIER, CNY, 1)),
            abi.encodeCall(Invoices.credit, (nullifier, 1, DOCUMENT, new uint32[](0))),
            abi.encodeCall(Invoices.correct, (nullifier, 7, DOCUMENT))
        ];
        string[3] memory names = ["register an invoice", "credit", "correct"];
        for (uint256 n; n < calls.length; ++n) {
            _verb(names[n], TAX, Roles.ATTESTER, i, calls[n]);
        }
        _verb(
            "stop",
            OPERATOR,
            Roles.ATTESTER | Roles.SETTLEMENT_BANK | Roles.OPERATOR | Roles.REGULATOR,
            address(limits),
            abi.encodeCall(Limits.stop, (ANCHOR, REASON, DOCUMENT))
        );
    }

    function _holderVerb(string memory name, uint32 actor, bytes memory data) internal {
        _verb(name, actor, Roles.HOLDER, address(receivables), data);
    }

    function _voucherVerbs() internal {
        uint80 free = _confirmed(FACE);
        _holderVerb(
            "split", SUPPLIER, abi.encodeCall(Receivables.split, (free, 0, _leg(SECOND, 1)))
        );
        _holderVerb(
            "offer", SUPPLIER, abi.encodeCall(Receivables.offer, (free, 0, SECOND, EVIDENCE))
        );
        Receivables.Acceptance memory a = _acceptance(free, SECOND, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        _holderVerb(
            "transfer",
            SUPPLIER,
            abi.encodeCall(Receivables.transfer, (free, 0, SECOND, EVIDENCE, a.validUntil, r, vs))
        );
        uint80 offered = _confirmed(FACE);
        _offered(offered, SECOND);
        _holderVerb("accept", SECOND, abi.encodeCall(Receivables.accept, (offered, 1)));
        _holderVerb("refuse", SECOND, abi.encodeCall(Receivables.refuse, (offered, 1, REASON)));
        _holderVerb("withdraw", SUPPLIER, abi.encodeCall(Receivables.withdraw, (offered, 1)));
        _holderVerb(
            "write off", SUPPLIER, abi.encodeCall(Receivables.writeOff, (overdue, 0, DOCUMENT))
        );
    }

    function _holdVerbs() internal {
        address r = address(receivables);
        uint80 which = _confirmed(FACE);
        _verb(
            "freeze",
            REGULATOR,
            Roles.REGULATOR,
            r,
            abi.encodeCall(Receivables.freeze, (which, REASON, DOCUMENT))
        );
        _verb(
            "dispute",
            ANCHOR,
            Roles.DEBTOR,
            r,
            abi.encodeCall(Receivables.dispute, (which, REASON, DOCUMENT))
        );
        which = _confirmed(FACE);
        _freeze(which);
        _dispute(which);
        _verb(
            "unfreeze",
            REGULATOR,
            Roles.REGULATOR,
            r,
            abi.encodeCall(Receivables.unfreeze, (which, DOCUMENT))
        );
        _verb(
            "end a dispute",
            ANCHOR,
            Roles.DEBTOR | Roles.REGULATOR,
            r,
            abi.encodeCall(Receivables.endDispute, (which, DOCUMENT))
        );
    }

    function _settlementVerbs() internal {
        address r = address(receivables);
        uint32 id = _receivableOf(_confirmed(FACE));
        _pay(id, FACE + 1);
        _verb(
            "record a payment",
            SETTLER,
            Roles.SETTLEMENT_BANK,
            r,
            abi.encodeCall(Receivables.recordPayment, (id, 1, _new()))
        );
        _verb(
            "return credit",
            SETTLER,
            Roles.SETTLEMENT_BANK,
            r,
            abi.encodeCall(Receivables.returnCredit, (id, 1, _new()))
        );
        _verb(
            "redeem",
            SUPPLIER,
            Roles.HOLDER | Roles.SETTLEMENT_BANK,
            r,
            abi.encodeCall(Receivables.redeem, (id, _starts(0)))
        );
    }

    function _financierVerb(string memory name, bytes memory data) internal {
        _verb(name, BANK, Roles.FINANCIER, address(financing), data);
    }

    function _bankVerb(string memory name, bytes memory data) internal {
        _verb(name, SETTLER, Roles.SETTLEMENT_BANK, address(financing), data);
    }

    function _quoteVerbs() internal {
        uint80 free = _confirmed(FACE);
        Financing.Quote memory q = _quote(free, BANK, Financing.Kind.Purchase);
        _financierVerb("cancel a quote", abi.encodeCall(Financing.cancelQuote, (q)));
        _verb(
            "accept a quote", SUPPLIER, Roles.HOLDER, address(financing), _acceptQuoteCall(BANK, q)
        );
        _financierVerb(
            "assert a claim",
            abi.encodeCall(Financing.assertClaim, (_receivableOf(free), 1, 0, 0, DOCUMENT))
        );
        _as(BANK);
        uint32 claim = financing.assertClaim(_receivableOf(free), 1, 0, 0, DOCUMENT);
        _financierVerb("withdraw a claim", abi.encodeCall(Financing.withdrawClaim, (claim)));

        uint80 locked = _confirmed(FACE);
        q = _locked(locked, BANK, Financing.Kind.Purchase);
        _financierVerb("file", abi.encodeCall(Financing.file, (locked, 1, REASON, REASON, NOW)));
        _bankVerb("disburse", abi.encodeCall(Financing.disburse, (locked, 1, q.proceeds, _new())));
        _verb(
            "release a lock",
            BANK,
            Roles.HOLDER | Roles.SETTLEMENT_BANK,
            address(financing),
            abi.encodeCall(Financing.releaseLock, (locked, 1))
        );
    }

    function _loanVerbs() internal {
        uint48 owed = financing.owedOn(pledged);
        _bankVerb("repay", abi.encodeCall(Financing.repay, (pledged, 2, owed, _new())));
        _verb(
            "release a pledge",
            BANK,
            Roles.HOLDER,
            address(financing),
            abi.encodeCall(Financing.releasePledge, (pledged, 2))
        );
        _financierVerb("enforce a pledge", abi.encodeCall(Financing.enforcePledge, (pledged, 2)));
    }

    function _recourseVerbs() internal {
        address f = address(financing);
        uint80 bound = _confirmed(FACE);
        Financing.Quote memory q = _financed(bound, BANK, Financing.Kind.RecoursePurchase);
        _dispute(bound);
        bytes memory demand = abi.encodeCall(Financing.demandRecourse, (bound, DOCUMENT));
        _verb("demand recourse", BANK, Roles.HOLDER, f, demand);
        bytes memory waive = abi.encodeCall(Financing.waiveRecourse, (bound));
        _verb("waive recourse", BANK, Roles.HOLDER, f, waive);
        bound = _confirmed(FACE);
        _financed(bound, BANK, Financing.Kind.RecoursePurchase);
        _dispute(bound);
        _as(BANK);
        financing.demandRecourse(bound, DOCUMENT);
        _bankVerb("buy back", abi.encodeCall(Financing.buyBack, (bound, 3, _owed(q), _new())));
    }

    /* OTHER SIDES */

    /// @dev Participants of their own, so that the caller's standing is no matter.
    function _issuePeers() internal {
        address i = address(issuance);
        bytes memory propose = abi.encodeCall(Issuance.propose, (_terms(ANCHOR, SECOND, 5)));
        _peer("propose in favour of", ANCHOR, SECOND, Roles.SUPPLIER, i, propose);
        _peer("propose against", SECOND, ANCHOR, Roles.DEBTOR, i, propose);
        uint32 id = _propose(SECOND, _terms(ANCHOR, SECOND, 5));
        bytes memory confirm = abi.encodeCall(Issuance.confirm, (id));
        _peer("confirm in favour of", ANCHOR, SECOND, Roles.SUPPLIER, i, confirm);
        id = _propose(ANCHOR, _terms(ANCHOR, SECOND, 5));
        confirm = abi.encodeCall(Issuance.confirm, (id));
        _peer("confirm against", SECOND, ANCHOR, Roles.DEBTOR, i, confirm);
        bytes memory register = abi.encodeCall(Invoices.register, (_new(), SECOND, CNY, 1));
        _peer("register of", TAX, SECOND, Roles.SUPPLIER, address(invoices), register);
    }

    function _voucherPeers() internal {
        address r = address(receivables);
        uint80 offered = _confirmed(FACE);
        _offered(offered, SECOND);
        bytes memory accept = abi.encodeCall(Receivables.accept, (offered, 1));
        _peer("accept from", SECOND, SUPPLIER, Roles.HOLDER, r, accept);
        uint80 free = _confirmed(FACE);
        bytes memory split = abi.encodeCall(Receivables.split, (free, 0, _leg(SECOND, 1)));
        _peer("split for", SUPPLIER, SECOND, Roles.HOLDER, r, split);
        bytes memory offer = abi.encodeCall(Receivables.offer, (free, 0, SECOND, EVIDENCE));
        _peer("offer to", SUPPLIER, SECOND, Roles.HOLDER, r, offer);
    }

    /* OF THE CONTRACTS AMONG THEMSELVES */

    function _governedCalls() internal {
        address p = address(participants);
        bytes4 refusal = Policies.NotGovernance.selector;
        bytes memory set = _policyCall(PolicyNames.MIN_LENGTH, 2);
        inner.push(Inner("set a policy", p, refusal, address(policies), set));
        set = abi.encodeCall(
            Policies.set, (PolicyNames.MAX_LEGS, 2, LATER + 1, "issuer", "document", "article")
        );
        _govern(address(policies), set);
        bytes memory withdraw = abi.encodeCall(Policies.withdraw, (PolicyNames.MAX_LEGS));
        inner.push(Inner("withdraw a policy", p, refusal, address(policies), withdraw));
        _as(OPERATOR);
        limits.stop(HEAD, REASON, DOCUMENT);
        bytes[4] memory calls = [
            abi.encodeCall(Limits.setLimit, (ANCHOR, CNY, LIMIT)),
            abi.encodeCall(Limits.setGroupLimit, (HEAD, CNY, GROUP_LIMIT)),
            abi.encodeCall(Limits.setGroup, (ANCHOR, 0)),
            abi.encodeCall(Limits.lift, (HEAD, DOCUMENT))
        ];
        string[4] memory names = ["set a limit", "set a group's", "set a group", "lift a stop"];
        for (uint256 n; n < calls.length; ++n) {
            inner.push(Inner(names[n], p, refusal, address(limits), calls[n]));
        }
    }

    function _innerCalls() internal {
        address i = address(issuance);
        bytes32 nullifier = _invoiced(5);
        bytes4 refusal = Invoices.NotIssuance.selector;
        bytes memory use = abi.encodeCall(Invoices.use, (nullifier, SUPPLIER, CNY, 5));
        inner.push(Inner("use an invoice", i, refusal, address(invoices), use));
        bytes memory none = abi.encodeCall(Invoices.release, (nullifier, 0));
        inner.push(Inner("release an invoice", i, refusal, address(invoices), none));
        _limitCalls();
        _receivableCalls();
    }

    function _limitCalls() internal {
        bytes4 refusal = Limits.NotLedger.selector;
        bytes[4] memory calls = [
            abi.encodeCall(Limits.reserve, (ANCHOR, CNY, 0)),
            abi.encodeCall(Limits.commit, (ANCHOR, HEAD, CNY, 0)),
            abi.encodeCall(Limits.unreserve, (ANCHOR, HEAD, CNY, 0)),
            abi.encodeCall(Limits.release, (ANCHOR, HEAD, CNY, 0))
        ];
        string[4] memory names = ["reserve", "commit", "unreserve", "release"];
        for (uint256 n; n < calls.length; ++n) {
            address caller = n == 3 ? address(receivables) : address(issuance);
            inner.push(Inner(names[n], caller, refusal, address(limits), calls[n]));
        }
    }

    function _receivableCalls() internal {
        address r = address(receivables);
        uint80 free = _confirmed(FACE);
        uint80 locked = _confirmed(FACE);
        _locked(locked, BANK, Financing.Kind.Purchase);
        Receivables.Opening memory opening;
        Receivables.Encumbrance was = Receivables.Encumbrance.Locked;
        bytes[9] memory calls = [
            abi.encodeCall(Receivables.open, (404, opening)),
            abi.encodeCall(Receivables.voidUntouched, (_receivableOf(free))),
            abi.encodeCall(Receivables.setRedLetter, (_receivableOf(free), true)),
            abi.encodeCall(Receivables.lock, (free, 0, SUPPLIER, BANK, uint32(DUE_AT))),
            abi.encodeCall(Receivables.free, (locked, 1, was)),
            abi.encodeCall(Receivables.pledge, (locked, 1, uint32(DUE_AT))),
            abi.encodeCall(Receivables.assign, (locked, 1, was, BANK, false)),
            abi.encodeCall(Receivables.setBound, (free, true)),
            abi.encodeCall(Receivables.useReference, ("reference", free))
        ];
        string[9] memory names = [
            "open",
            "void untouched",
            "set red letter",
            "lock",
            "free",
            "pledge",
            "assign",
            "set bound",
            "use a reference"
        ];
        for (uint256 n; n < calls.length; ++n) {
            (address caller, bytes4 refusal) = n < 3
                ? (address(issuance), Receivables.NotIssuance.selector)
                : (address(financing), Receivables.NotFinancing.selector);
            inner.push(Inner(names[n], caller, refusal, r, calls[n]));
        }
    }

    /// @dev No participant, governor or other contract takes the place of the one that may.
    function testCallsOfTheContractsAmongThemselves() public {
        address[] memory callers = new address[](uint256(EVERYBODY) + 13);
        for (uint32 number = 1; number <= EVERYBODY; ++number) {
            callers[number - 1] = _account(number);
        }
        address[13] memory others = [
            STRANGER,
            GOVERNOR_A,
            address(participants),
            address(desk),
            address(policies),
            address(attestations),
            address(computations),
            address(receivables),
            address(limits),
            address(invoices),
            address(issuance),
            address(financing),
            address(this)
        ];
        for (uint256 n; n < others.length; ++n) {
            callers[EVERYBODY + n] = others[n];
        }
        uint256 snapshot = vm.snapshotState();
        for (uint256 n; n < inner.length; ++n) {
            Inner memory c = inner[n];
            for (uint256 m; m < callers.length; ++m) {
                if (callers[m] == c.caller) continue;
                _check(
                    callers[m],
                    c.target,
                    c.data,
                    abi.encodeWithSelector(c.refusal, callers[m]),
                    c.name
                );
            }
            _check(c.caller, c.target, c.data, "", c.name);
            vm.revertToState(snapshot);
        }
    }

    /* ANYONE */

    /// @dev Where the ledger itself tells, nobody has to be asked who says so.
    function testCallsOfAnyone() public {
        uint80 offered = _confirmed(FACE);
        _offered(offered, SECOND);
        Receivables.Acceptance memory a = _acceptance(offered, SECOND, 0);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        bytes memory accept =
            abi.encodeCall(Receivables.acceptBySignature, (offered, 1, a.validUntil, r, vs));
        _check(STRANGER, address(receivables), accept, "", "accept by signature");

        uint32 id = _receivableOf(offered);
        _credit(issuance.issue(id).invoice, 1, new uint32[](0));
        bytes memory flag = abi.encodeCall(Issuance.flagRedLetter, (id));
        _check(STRANGER, address(issuance), flag, "", "flag a red letter");

        _pay(_receivableOf(pledged), FACE);
        _redeem(pledged);
        bytes memory close = abi.encodeCall(Financing.closeLoan, (pledged));
        _check(STRANGER, address(financing), close, "", "close a loan");

        id = _receivableOf(overdue);
        vm.warp(LATER + OVERDUE_GRACE + 1);
        bytes memory stop = abi.encodeCall(Limits.stopOverdue, (id));
        _check(STRANGER, address(limits), stop, "", "stop the overdue");
        _pay(id, FACE);
        bytes memory lift = abi.encodeCall(Limits.liftOverdue, (id));
        _check(STRANGER, address(limits), lift, "", "lift the overdue");
    }
}
