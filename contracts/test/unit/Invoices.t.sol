// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev What an invoice may back: registered, credited, corrected, used.
contract InvoicesTest is Fixture {
    uint48 internal constant TOTAL = 1000;
    uint32[] internal none;
    bytes32 internal nullifier;

    function setUp() public override {
        super.setUp();
        nullifier = _invoiced(TOTAL);
    }

    function _refusedBy(uint32 actor, bytes memory data, bytes memory refusal) internal {
        _refused(actor, address(invoices), data, refusal);
    }

    function _proposeOn(bytes32 which, uint48 face) internal returns (uint32 id) {
        Issuance.Terms memory terms = _terms(face);
        terms.invoice = which;
        id = _propose(SUPPLIER, terms);
    }

    function _proposeRefused(bytes32 which, uint48 face, bytes memory refusal) internal {
        Issuance.Terms memory terms = _terms(face);
        terms.invoice = which;
        _refused(SUPPLIER, address(issuance), abi.encodeCall(Issuance.propose, (terms)), refusal);
    }

    /* REGISTER */

    function testRegisterWithoutNullifier() public {
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.register, (0, SUPPLIER, CNY, 1)),
            abi.encodeWithSelector(Invoices.NullifierEmpty.selector)
        );
    }

    function testRegisterNothing() public {
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.register, ("new", SUPPLIER, CNY, 0)),
            abi.encodeWithSelector(Invoices.AmountZero.selector)
        );
    }

    /// @dev Whoever comes second, and whatever it says of the invoice.
    function testRegisterTwice() public {
        bytes memory refusal = abi.encodeWithSelector(Invoices.InvoiceExists.selector, nullifier);
        _refusedBy(
            TAX, abi.encodeCall(Invoices.register, (nullifier, SUPPLIER, CNY, TOTAL)), refusal
        );
        _refusedBy(CARRIER, abi.encodeCall(Invoices.register, (nullifier, SECOND, EUR, 1)), refusal);
    }

    function testRegister(bytes32 which, uint16 currency, uint48 total) public {
        vm.assume(which != 0 && which != nullifier);
        total = uint48(bound(total, 1, MAX_FACE));
        vm.expectEmit(address(invoices));
        emit Invoices.InvoiceRegistered(which, TAX, SECOND, currency, total, _account(TAX));
        _as(TAX);
        invoices.register(which, SECOND, currency, total);
        Invoices.Invoice memory expected = Invoices.Invoice(TAX, SECOND, currency, total, 0, 0, 0);
        assertEq(abi.encode(_invoiceBy(which)), abi.encode(expected), "invoice");
    }

    /* RED-LETTER NOTES */

    function testCreditUnknown() public {
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.credit, ("unknown", 1, DOCUMENT, none)),
            abi.encodeWithSelector(Invoices.InvoiceUnknown.selector, bytes32("unknown"))
        );
    }

    function testCreditOfAnotherAttester() public {
        _refusedBy(
            CARRIER,
            abi.encodeCall(Invoices.credit, (nullifier, 1, DOCUMENT, none)),
            abi.encodeWithSelector(Invoices.NotInvoiceAttester.selector, nullifier, CARRIER, TAX)
        );
    }

    function testCreditWithoutDocument() public {
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.credit, (nullifier, 1, 0, none)),
            abi.encodeWithSelector(Invoices.DocumentEmpty.selector)
        );
    }

    function testCreditNothing() public {
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.credit, (nullifier, 0, DOCUMENT, none)),
            abi.encodeWithSelector(Invoices.AmountZero.selector)
        );
    }

    function testCreditBeyondTheTotal(uint48 first, uint48 second) public {
        first = uint48(bound(first, 1, TOTAL));
        second = uint48(bound(second, TOTAL - first + 1, MAX_FACE));
        _credit(nullifier, first, none);
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.credit, (nullifier, second, DOCUMENT, none)),
            abi.encodeWithSelector(
                Invoices.CreditExceedsInvoice.selector, nullifier, uint256(first) + second, TOTAL
            )
        );
    }

    /// @dev A note that flags a receivable which rests on no credited invoice is refused whole.
    function testCreditForAReceivableOfAnotherInvoice() public {
        uint32 id = _receivableOf(_confirmed(FACE));
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.credit, (nullifier, 1, DOCUMENT, _ids(id))),
            abi.encodeWithSelector(Issuance.NotRedLettered.selector, id)
        );
        assertEq(_invoiceBy(nullifier).credited, 0, "nothing is half noted");
    }

    /// @dev Notes add up, whether anything is used of the invoice or not.
    function testCredit(uint48 first, uint48 second, uint48 used) public {
        first = uint48(bound(first, 1, TOTAL - 1));
        second = uint48(bound(second, 1, TOTAL - first));
        used = uint48(bound(used, 1, TOTAL));
        _proposeOn(nullifier, used);
        vm.expectEmit(address(invoices));
        emit Invoices.InvoiceCredited(nullifier, TAX, first, DOCUMENT, _account(TAX));
        _credit(nullifier, first, none);
        vm.expectEmit(address(invoices));
        emit Invoices.InvoiceCredited(nullifier, TAX, first + second, DOCUMENT, _account(TAX));
        _credit(nullifier, second, none);
        Invoices.Invoice memory expected =
            Invoices.Invoice(TAX, SUPPLIER, CNY, TOTAL, first + second, used, 2);
        assertEq(abi.encode(_invoiceBy(nullifier)), abi.encode(expected), "invoice");
    }

    /* CORRECT */

    function testCorrectUnknown() public {
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.correct, ("unknown", 1, DOCUMENT)),
            abi.encodeWithSelector(Invoices.InvoiceUnknown.selector, bytes32("unknown"))
        );
    }

    function testCorrectOfAnotherAttester() public {
        _refusedBy(
            CARRIER,
            abi.encodeCall(Invoices.correct, (nullifier, 1, DOCUMENT)),
            abi.encodeWithSelector(Invoices.NotInvoiceAttester.selector, nullifier, CARRIER, TAX)
        );
    }

    function testCorrectWithoutDocument() public {
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.correct, (nullifier, 1, 0)),
            abi.encodeWithSelector(Invoices.DocumentEmpty.selector)
        );
    }

    function testCorrectToNothing() public {
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.correct, (nullifier, 0, DOCUMENT)),
            abi.encodeWithSelector(Invoices.AmountZero.selector)
        );
    }

    function testCorrectWhatIsUsed() public {
        uint32 id = _proposeOn(nullifier, 1);
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.correct, (nullifier, TOTAL + 1, DOCUMENT)),
            abi.encodeWithSelector(Invoices.InvoiceInUse.selector, nullifier, 1)
        );
        // Once nothing rests on it any more, it may be corrected.
        _as(ANCHOR);
        issuance.reject(id, REASON);
        _as(TAX);
        invoices.correct(nullifier, TOTAL + 1, DOCUMENT);
    }

    function testCorrectBelowItsNotes() public {
        _credit(nullifier, 10, none);
        _refusedBy(
            TAX,
            abi.encodeCall(Invoices.correct, (nullifier, 9, DOCUMENT)),
            abi.encodeWithSelector(Invoices.CreditExceedsInvoice.selector, nullifier, 10, 9)
        );
    }

    function testCorrect(uint48 total) public {
        total = uint48(bound(total, 10, MAX_FACE));
        _credit(nullifier, 10, none);
        vm.expectEmit(address(invoices));
        emit Invoices.InvoiceCorrected(nullifier, TAX, total, DOCUMENT, _account(TAX));
        _as(TAX);
        invoices.correct(nullifier, total, DOCUMENT);
        Invoices.Invoice memory expected = Invoices.Invoice(TAX, SUPPLIER, CNY, total, 10, 0, 1);
        assertEq(abi.encode(_invoiceBy(nullifier)), abi.encode(expected), "invoice");
    }

    /* USED */

    function testUseAndReleaseByNobodyElse(address caller) public {
        vm.assume(caller != address(issuance));
        bytes memory refusal = abi.encodeWithSelector(Invoices.NotIssuance.selector, caller);
        _refusedFrom(
            caller,
            address(invoices),
            abi.encodeCall(Invoices.use, (nullifier, SUPPLIER, CNY, 1)),
            refusal
        );
        _refusedFrom(
            caller, address(invoices), abi.encodeCall(Invoices.release, (nullifier, 1)), refusal
        );
    }

    function testUseUnknown() public {
        _proposeRefused(
            "unknown",
            1,
            abi.encodeWithSelector(Invoices.InvoiceUnknown.selector, bytes32("unknown"))
        );
    }

    function testUseOfAnotherCreditor() public {
        nullifier = _invoiced(SECOND, CNY, TOTAL);
        _proposeRefused(
            nullifier,
            1,
            abi.encodeWithSelector(Invoices.InvoiceOfAnother.selector, nullifier, SECOND, CNY)
        );
    }

    function testUseInAnotherCurrency() public {
        nullifier = _invoiced(SUPPLIER, EUR, TOTAL);
        _proposeRefused(
            nullifier,
            1,
            abi.encodeWithSelector(Invoices.InvoiceOfAnother.selector, nullifier, SUPPLIER, EUR)
        );
    }

    /// @dev One use for each unit: what two receivables take together never exceeds what notes have left.
    function testUseTwice(uint48 credited, uint48 first, uint48 second) public {
        credited = uint48(bound(credited, 0, TOTAL - 1));
        first = uint48(bound(first, 1, TOTAL - credited));
        second = uint48(bound(second, TOTAL - credited - first + 1, MAX_FACE));
        if (credited != 0) _credit(nullifier, credited, none);
        _proposeOn(nullifier, first);
        uint48 left = TOTAL - credited - first;
        _proposeRefused(
            nullifier,
            second,
            abi.encodeWithSelector(Invoices.InvoiceUsedUp.selector, nullifier, second, left)
        );
        if (left != 0) _proposeOn(nullifier, left);
        assertEq(_invoiceBy(nullifier).used, TOTAL - credited, "used up");
    }

    /// @dev A note may leave less than is used already: nothing more is backed then.
    function testUseOfWhatANoteTookAway() public {
        _proposeOn(nullifier, 600);
        _credit(nullifier, 500, none);
        _proposeRefused(
            nullifier, 1, abi.encodeWithSelector(Invoices.InvoiceUsedUp.selector, nullifier, 1, 0)
        );
    }

    /// @dev Whatever ends a receivable that came to nothing gives its part of the invoice back.
    function testReleaseByEveryEnd() public {
        uint32 id = _proposeOn(nullifier, TOTAL);
        _as(ANCHOR);
        issuance.reject(id, REASON);
        assertEq(_invoiceBy(nullifier).used, 0, "rejected");

        id = _proposeOn(nullifier, TOTAL);
        _as(SUPPLIER);
        issuance.cancel(id, REASON);
        assertEq(_invoiceBy(nullifier).used, 0, "cancelled");

        id = _proposeOn(nullifier, TOTAL);
        _confirm(id);
        assertEq(_invoiceBy(nullifier).used, TOTAL, "confirmed");
        _as(SUPPLIER);
        issuance.voidIssue(id, REASON);
        _as(ANCHOR);
        issuance.voidIssue(id, REASON);
        assertEq(_invoiceBy(nullifier).used, 0, "void");

        // Payment gives nothing back: what was paid was once financed.
        id = _proposeOn(nullifier, TOTAL);
        _confirm(id);
        _pay(id, TOTAL);
        assertEq(_invoiceBy(nullifier).used, TOTAL, "settled");
    }

    function testRequireCovered(uint48 used, uint48 credited) public {
        used = uint48(bound(used, 1, TOTAL));
        credited = uint48(bound(credited, 1, TOTAL));
        _proposeOn(nullifier, used);
        _credit(nullifier, credited, none);
        bytes memory data = abi.encodeCall(Invoices.requireCovered, (nullifier));
        uint48 left = TOTAL - credited;
        if (used <= left) {
            _lawful(UNKNOWN, address(invoices), data);
        } else {
            _refusedBy(
                UNKNOWN,
                data,
                abi.encodeWithSelector(Invoices.InvoiceUsedUp.selector, nullifier, used, left)
            );
        }
    }
}
