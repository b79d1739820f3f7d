// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev What may come after a confirmation: void by both parties; a red-letter note, and the debtor's word.
contract VoidTest is Fixture {
    uint32[] internal none;
    uint80 internal voucherId;
    uint32 internal id;
    bytes32 internal nullifier;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
        nullifier = issuance.issue(id).invoice;
    }

    function _issuanceRefused(uint32 actor, bytes memory data, bytes memory refusal) internal {
        _refused(actor, address(issuance), data, refusal);
    }

    /* VOID */

    function testVoidUnknown() public {
        _issuanceRefused(
            ANCHOR,
            abi.encodeCall(Issuance.voidIssue, (404, REASON)),
            abi.encodeWithSelector(Issuance.IssueUnknown.selector, 404)
        );
    }

    function testVoidWhatIsNotConfirmed() public {
        uint32 proposed = _proposed(FACE);
        _issuanceRefused(
            ANCHOR,
            abi.encodeCall(Issuance.voidIssue, (proposed, REASON)),
            abi.encodeWithSelector(
                Issuance.WrongIssueState.selector, proposed, Issuance.IssueState.Proposed
            )
        );
    }

    function testVoidByNoParty() public {
        uint32[2] memory others = [SECOND, HEAD];
        for (uint256 n; n < others.length; ++n) {
            _issuanceRefused(
                others[n],
                abi.encodeCall(Issuance.voidIssue, (id, REASON)),
                abi.encodeWithSelector(Issuance.NotParty.selector, others[n], ANCHOR, SUPPLIER)
            );
        }
    }

    /// @dev One party alone, however often it asks, voids nothing.
    function testVoidAskedTwice() public {
        _as(SUPPLIER);
        issuance.voidIssue(id, REASON);
        _issuanceRefused(
            SUPPLIER,
            abi.encodeCall(Issuance.voidIssue, (id, REASON)),
            abi.encodeWithSelector(Issuance.AlreadyAsked.selector, id, SUPPLIER)
        );
    }

    /// @dev Whatever happened to the first voucher, there may be somebody who relies on it.
    function testVoidWhatIsTouched() public {
        bytes[8] memory touches = [
            abi.encode(SUPPLIER, receivables, _splitCall()),
            abi.encode(SUPPLIER, receivables, _offerCall()),
            abi.encode(REGULATOR, receivables, _freezeCall()),
            abi.encode(ANCHOR, receivables, _disputeCall()),
            abi.encode(SETTLER, receivables, _payCall(1)),
            abi.encode(SETTLER, receivables, _payCall(FACE)),
            abi.encode(SUPPLIER, financing, _lockCall()),
            bytes("")
        ];
        uint256 snapshot = vm.snapshotState();
        for (uint256 n; n < touches.length; ++n) {
            if (touches[n].length == 0) {
                _passed(voucherId, SECOND);
                _passed(voucherId, SUPPLIER);
            } else {
                (uint32 actor, address target, bytes memory data) =
                    abi.decode(touches[n], (uint32, address, bytes));
                _lawful(actor, target, data);
            }
            bytes memory refusal = abi.encodeWithSelector(Receivables.Touched.selector, id);
            _issuanceRefused(ANCHOR, abi.encodeCall(Issuance.voidIssue, (id, REASON)), refusal);
            vm.revertToState(snapshot);
        }
    }

    function _splitCall() internal view returns (bytes memory) {
        return abi.encodeCall(Receivables.split, (voucherId, 0, _leg(SUPPLIER, 1)));
    }

    function _offerCall() internal view returns (bytes memory) {
        return abi.encodeCall(Receivables.offer, (voucherId, 0, SECOND, EVIDENCE));
    }

    function _freezeCall() internal view returns (bytes memory) {
        return abi.encodeCall(Receivables.freeze, (voucherId, REASON, DOCUMENT));
    }

    function _disputeCall() internal view returns (bytes memory) {
        return abi.encodeCall(Receivables.dispute, (voucherId, REASON, DOCUMENT));
    }

    function _payCall(uint48 amount) internal view returns (bytes memory) {
        return abi.encodeCall(Receivables.recordPayment, (id, amount, "reference"));
    }

    function _lockCall() internal view returns (bytes memory) {
        return _acceptQuoteCall(BANK, _quote(voucherId, BANK, Financing.Kind.Purchase));
    }

    /// @dev Asked for while untouched, and touched before the other side agrees.
    function testVoidWhatWasTouchedSince() public {
        _as(ANCHOR);
        issuance.voidIssue(id, REASON);
        _offered(voucherId, SECOND);
        bytes memory data = abi.encodeCall(Issuance.voidIssue, (id, REASON));
        _issuanceRefused(SUPPLIER, data, abi.encodeWithSelector(Receivables.Touched.selector, id));
        _as(SUPPLIER);
        receivables.withdraw(voucherId, 1);
        _lawful(SUPPLIER, address(issuance), data);
    }

    function testVoid(bool debtorFirst) public {
        (uint32 first, uint32 second) = debtorFirst ? (ANCHOR, SUPPLIER) : (SUPPLIER, ANCHOR);
        vm.expectEmit(address(issuance));
        emit Issuance.VoidAsked(id, first, REASON, _account(first));
        _as(first);
        issuance.voidIssue(id, REASON);
        assertEq(issuance.issue(id).voidAsked, first, "asked by");
        assertTrue(
            receivables.receivable(id).state == Receivables.ReceivableState.Open, "still owed"
        );

        vm.expectEmit(address(issuance));
        emit Issuance.Voided(id, voucherId, REASON, _account(second));
        _as(second);
        issuance.voidIssue(id, REASON);
        assertTrue(issuance.issue(id).state == Issuance.IssueState.Void, "issue");
        assertTrue(
            receivables.receivable(id).state == Receivables.ReceivableState.Void, "receivable"
        );
        Receivables.Voucher memory v;
        (v.holder, v.length, v.life, v.version) = (SUPPLIER, FACE, Receivables.Life.Void, 1);
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
        _voidIsForGood();
    }

    /// @dev Nothing of it is moved, paid or redeemed any more.
    function _voidIsForGood() internal {
        bytes memory refusal =
            abi.encodeWithSelector(Receivables.NotLive.selector, voucherId, Receivables.Life.Void);
        address r = address(receivables);
        _refused(
            SUPPLIER,
            r,
            abi.encodeCall(Receivables.offer, (voucherId, 1, SECOND, EVIDENCE)),
            refusal
        );
        _refused(SETTLER, r, abi.encodeCall(Receivables.redeem, (id, _starts(0))), refusal);
        _refused(REGULATOR, r, _freezeCall(), refusal);
        _refused(
            SETTLER,
            r,
            _payCall(1),
            abi.encodeWithSelector(
                Receivables.WrongReceivableState.selector, id, Receivables.ReceivableState.Void
            )
        );
    }

    function testIssuanceOfReceivablesByNobodyElse(address caller) public {
        vm.assume(caller != address(issuance));
        Receivables.Opening memory opening;
        bytes memory refusal = abi.encodeWithSelector(Receivables.NotIssuance.selector, caller);
        bytes[3] memory calls = [
            abi.encodeCall(Receivables.open, (2, opening)),
            abi.encodeCall(Receivables.voidUntouched, (id)),
            abi.encodeCall(Receivables.setRedLetter, (id, true))
        ];
        for (uint256 n; n < calls.length; ++n) {
            _refusedFrom(caller, address(receivables), calls[n], refusal);
        }
    }

    /* RED-LETTER NOTES */

    function testFlagUnknown() public {
        _issuanceRefused(
            UNKNOWN,
            abi.encodeCall(Issuance.flagRedLetter, (404)),
            abi.encodeWithSelector(Issuance.IssueUnknown.selector, 404)
        );
    }

    function testFlagWithoutANote() public {
        _issuanceRefused(
            UNKNOWN,
            abi.encodeCall(Issuance.flagRedLetter, (id)),
            abi.encodeWithSelector(Issuance.NotRedLettered.selector, id)
        );
    }

    function testFlagWhatIsNoDebtYet() public {
        uint32 proposed = _proposed(FACE);
        _issuanceRefused(
            UNKNOWN,
            abi.encodeCall(Issuance.flagRedLetter, (proposed)),
            abi.encodeWithSelector(
                Issuance.WrongIssueState.selector, proposed, Issuance.IssueState.Proposed
            )
        );
    }

    /// @dev Who confirmed knew of the notes before.
    function testFlagForANoteBeforeConfirmation() public {
        Issuance.Terms memory terms = _terms(10);
        terms.invoice = _invoiced(20);
        uint32 other = _propose(SUPPLIER, terms);
        _credit(terms.invoice, 10, none);
        _confirm(other);
        assertEq(issuance.issue(other).notesSeen, 1, "notes seen");
        _issuanceRefused(
            UNKNOWN,
            abi.encodeCall(Issuance.flagRedLetter, (other)),
            abi.encodeWithSelector(Issuance.NotRedLettered.selector, other)
        );
        _credit(terms.invoice, 1, none);
        _lawful(UNKNOWN, address(issuance), abi.encodeCall(Issuance.flagRedLetter, (other)));
    }

    function testFlag() public {
        _credit(nullifier, 1, none);
        assertEq(receivables.receivable(id).flags, 0, "the note alone does not reach it");
        vm.expectEmit(address(issuance));
        emit Issuance.RedLettered(id, nullifier, STRANGER);
        vm.prank(STRANGER);
        issuance.flagRedLetter(id);
        _checkRedLettered();
    }

    function testFlagByItsAttester() public {
        vm.expectEmit(address(issuance));
        emit Issuance.RedLettered(id, nullifier, address(invoices));
        _credit(nullifier, 1, _ids(id));
        _checkRedLettered();
    }

    /// @dev Nothing of it is passed on by any way, and all of it is still paid.
    function _checkRedLettered() internal {
        uint8 flag = receivables.RED_LETTERED();
        assertEq(receivables.receivable(id).flags, flag, "flags");
        bytes memory refusal = abi.encodeWithSelector(Receivables.RedLettered.selector, id);
        address r = address(receivables);
        _refused(SUPPLIER, r, _offerCall(), refusal);
        _refused(SUPPLIER, r, _splitCall(), refusal);
        _refused(SUPPLIER, address(financing), _lockCall(), refusal);
        _pay(id, FACE);
        _redeem(voucherId);
    }

    /// @dev What was offered before the note is not accepted after it.
    function testAcceptAfterANote() public {
        _offered(voucherId, SECOND);
        _credit(nullifier, 1, _ids(id));
        _refused(
            SECOND,
            address(receivables),
            abi.encodeCall(Receivables.accept, (voucherId, 1)),
            abi.encodeWithSelector(Receivables.RedLettered.selector, id)
        );
    }

    /* REAFFIRM */

    function testReaffirmUnknown() public {
        _issuanceRefused(
            ANCHOR,
            abi.encodeCall(Issuance.reaffirm, (404, DOCUMENT)),
            abi.encodeWithSelector(Issuance.IssueUnknown.selector, 404)
        );
    }

    function testReaffirmByAnotherDebtor() public {
        _issuanceRefused(
            HEAD,
            abi.encodeCall(Issuance.reaffirm, (id, DOCUMENT)),
            abi.encodeWithSelector(Issuance.NotParty.selector, HEAD, ANCHOR, SUPPLIER)
        );
    }

    function testReaffirmWithoutDocument() public {
        _issuanceRefused(
            ANCHOR,
            abi.encodeCall(Issuance.reaffirm, (id, 0)),
            abi.encodeWithSelector(Issuance.DocumentEmpty.selector)
        );
    }

    /// @dev The debtor's word is not enough for more than what the invoice still says.
    function testReaffirmWhatIsNotCovered(uint48 credited) public {
        credited = uint48(bound(credited, 1, FACE));
        _credit(nullifier, credited, _ids(id));
        _issuanceRefused(
            ANCHOR,
            abi.encodeCall(Issuance.reaffirm, (id, DOCUMENT)),
            abi.encodeWithSelector(
                Invoices.InvoiceUsedUp.selector, nullifier, FACE, FACE - credited
            )
        );
    }

    function testReaffirm() public {
        Issuance.Terms memory terms = _terms(100);
        terms.invoice = _invoiced(150);
        terms.waivesDefences = true;
        uint80 other = _issued(terms);
        uint32 which = _receivableOf(other);
        _credit(terms.invoice, 50, _ids(which));
        vm.expectEmit(address(issuance));
        emit Issuance.Reaffirmed(which, DOCUMENT, _account(ANCHOR));
        _as(ANCHOR);
        issuance.reaffirm(which, DOCUMENT);
        assertEq(receivables.receivable(which).flags, receivables.WAIVED(), "its other flags stay");

        // The notes that are known do not flag it again; a later one does.
        _issuanceRefused(
            UNKNOWN,
            abi.encodeCall(Issuance.flagRedLetter, (which)),
            abi.encodeWithSelector(Issuance.NotRedLettered.selector, which)
        );
        _passed(other, SECOND);
        // Even one of the same second.
        _credit(terms.invoice, 1, _ids(which));
        assertEq(
            receivables.receivable(which).flags,
            receivables.WAIVED() | receivables.RED_LETTERED(),
            "flagged again"
        );
    }
}
