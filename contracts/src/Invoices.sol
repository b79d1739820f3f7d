// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Issuance} from "./Issuance.sol";
import {Participants} from "./Participants.sol";
import {Roles} from "./Roles.sol";

/// @title What each invoice may back, and what it backs already, whoever issues.
/// @notice An invoice is known by its nullifier, which hides it and is the same whoever asks. The amounts used
/// of it never exceed its total less its red-letter notes (红字发票) when they are taken.
contract Invoices {
    /* TYPES */

    /// @dev One storage slot. `credited` is the sum of the red-letter notes, `notes` how many there are.
    struct Invoice {
        uint32 attester;
        uint32 creditor;
        uint16 currency;
        uint48 total;
        uint48 credited;
        uint48 used;
        uint32 notes;
    }

    /* STORAGE */

    Participants public immutable participants;
    Issuance public immutable issuance;

    mapping(bytes32 nullifier => Invoice) public invoice;

    /* EVENTS */

    event InvoiceRegistered(
        bytes32 indexed nullifier,
        uint32 indexed attester,
        uint32 indexed creditor,
        uint16 currency,
        uint48 total,
        address actor
    );
    event InvoiceCredited(
        bytes32 indexed nullifier,
        uint32 indexed attester,
        uint48 credited,
        bytes32 document,
        address actor
    );
    event InvoiceCorrected(
        bytes32 indexed nullifier,
        uint32 indexed attester,
        uint48 total,
        bytes32 document,
        address actor
    );

    /* ERRORS */

    error NotIssuance(address caller);
    error NullifierEmpty();
    error AmountZero();
    error DocumentEmpty();
    error InvoiceExists(bytes32 nullifier);
    error InvoiceUnknown(bytes32 nullifier);
    error NotInvoiceAttester(bytes32 nullifier, uint32 actor, uint32 attester);
    error InvoiceOfAnother(bytes32 nullifier, uint32 creditor, uint16 currency);
    error InvoiceUsedUp(bytes32 nullifier, uint48 requested, uint48 available);
    error CreditExceedsInvoice(bytes32 nullifier, uint256 credited, uint48 total);
    error InvoiceInUse(bytes32 nullifier, uint48 used);

    constructor(Participants participants_, Issuance issuance_) {
        participants = participants_;
        issuance = issuance_;
    }

    modifier onlyIssuance() {
        require(msg.sender == address(issuance), NotIssuance(msg.sender));
        _;
    }

    /* ATTESTERS */

    /// @notice A tax attester states an invoice's amount.
    /// @param creditor Who issued the invoice: nobody else's receivable may rest on it.
    /// @param currency ISO 4217 numeric code.
    /// @param total Tax-inclusive total, in minor units.
    function register(bytes32 nullifier, uint32 creditor, uint16 currency, uint48 total) external {
        uint32 actor =
            participants.actorAndPeer(msg.sender, Roles.ATTESTER, creditor, Roles.SUPPLIER);
        require(nullifier != 0, NullifierEmpty());
        require(total != 0, AmountZero());
        require(invoice[nullifier].attester == 0, InvoiceExists(nullifier));
        invoice[nullifier] = Invoice({
            attester: actor,
            creditor: creditor,
            currency: currency,
            total: total,
            credited: 0,
            used: 0,
            notes: 0
        });
        emit InvoiceRegistered(nullifier, actor, creditor, currency, total, msg.sender);
    }

    /// @notice A red-letter note after registration; receivables confirmed on the invoice are flagged with it.
    /// @param amount Of this note, in minor units.
    /// @param document Commitment to the note.
    /// @param receivables Those that rest on the invoice; whoever finds one missing may flag it.
    function credit(
        bytes32 nullifier,
        uint48 amount,
        bytes32 document,
        uint32[] calldata receivables
    ) external {
        (uint32 actor, Invoice memory i) = _own(nullifier, document);
        require(amount != 0, AmountZero());
        uint256 credited = uint256(i.credited) + amount;
        require(credited <= i.total, CreditExceedsInvoice(nullifier, credited, i.total));
        i.credited = uint48(credited);
        i.notes += 1;
        invoice[nullifier] = i;
        emit InvoiceCredited(nullifier, actor, i.credited, document, msg.sender);
        for (uint256 n; n < receivables.length; ++n) {
            issuance.flagRedLetter(receivables[n]);
        }
    }

    /// @notice The attester corrects what it registered by mistake, while nothing rests on it.
    function correct(bytes32 nullifier, uint48 total, bytes32 document) external {
        (uint32 actor, Invoice memory i) = _own(nullifier, document);
        require(total != 0, AmountZero());
        require(i.used == 0, InvoiceInUse(nullifier, i.used));
        require(i.credited <= total, CreditExceedsInvoice(nullifier, i.credited, total));
        invoice[nullifier].total = total;
        emit InvoiceCorrected(nullifier, actor, total, document, msg.sender);
    }

    /* ISSUANCE */

    /// @notice Takes an amount of an invoice for a receivable.
    function use(bytes32 nullifier, uint32 creditor, uint16 currency, uint48 amount)
        external
        onlyIssuance
    {
        Invoice memory i = invoice[nullifier];
        require(i.attester != 0, InvoiceUnknown(nullifier));
        require(
            i.creditor == creditor && i.currency == currency,
            InvoiceOfAnother(nullifier, i.creditor, i.currency)
        );
        uint48 available = _available(i);
        require(amount <= available, InvoiceUsedUp(nullifier, amount, available));
        invoice[nullifier].used = i.used + amount;
    }

    /// @notice Gives back what a receivable that came to nothing had taken.
    function release(bytes32 nullifier, uint48 amount) external onlyIssuance {
        invoice[nullifier].used -= amount;
    }

    /* VIEWS */

    /// @notice Reverts if red-letter notes have left less of the invoice than is used of it.
    /// @return notes How many notes there are.
    function requireCovered(bytes32 nullifier) external view returns (uint32 notes) {
        Invoice memory i = invoice[nullifier];
        notes = i.notes;
        uint48 left = i.total - i.credited;
        require(i.used <= left, InvoiceUsedUp(nullifier, i.used, left));
    }

    /* INTERNAL */

    function _own(bytes32 nullifier, bytes32 document)
        internal
        view
        returns (uint32 actor, Invoice memory i)
    {
        actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        i = invoice[nullifier];
        require(i.attester != 0, InvoiceUnknown(nullifier));
        require(i.attester == actor, NotInvoiceAttester(nullifier, actor, i.attester));
        require(document != 0, DocumentEmpty());
    }

    /// @dev What is left to back something; nothing while notes have left less than is used.
    function _available(Invoice memory i) internal pure returns (uint48) {
        uint48 left = i.total - i.credited;
        return left > i.used ? left - i.used : 0;
    }
}
