// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Participants} from "./Participants.sol";
import {Policies} from "./Policies.sol";
import {PolicyNames} from "./PolicyNames.sol";
import {Receivables} from "./Receivables.sol";
import {Roles} from "./Roles.sol";

/// @title Financing of vouchers (保理融资): bought, with or without recourse, or lent against.
/// @notice Financiers sign quotes off chain; the holder's acceptance locks the voucher; a settlement bank's word
/// that the money was paid completes it. What a financier may claim back, and what it owes back, stays with
/// the voucher, hop by hop, whoever finances it next.
contract Financing is EIP712 {
    /* TYPES */

    /// @dev A purchase without recourse, one with, and a loan against a pledge.
    enum Kind {
        Purchase,
        RecoursePurchase,
        Pledge
    }

    /// @dev What a financier signs. `face` is what is unpaid of the voucher, so that a part payment ends the
    /// quote. The holder is paid `proceeds`; of `interest` the debtor bears `debtorInterest`, at most its share.
    /// `maturesAt` is when a loan is due, zero for a purchase; `terms` the hash of the assignment contract.
    struct Quote {
        uint80 voucher;
        uint8 version;
        uint32 financier;
        Kind kind;
        uint48 face;
        uint48 proceeds;
        uint48 interest;
        uint48 debtorInterest;
        uint48 fees;
        uint40 maturesAt;
        uint40 validUntil;
        bytes32 terms;
    }

    /// @dev An accepted quote until its purchase is paid, or its loan over. `owed` is what the financier may take
    /// of the voucher: proceeds, fees and the interest that the debtor does not bear.
    struct Deal {
        Kind kind;
        uint32 financier;
        uint48 face;
        uint48 proceeds;
        uint48 owed;
        uint40 maturesAt;
    }

    /// @dev What the public register (动产融资统一登记) and the parties' contract say of a deal.
    struct Filing {
        bytes32 registration;
        bytes32 agreement;
        uint40 registeredAt;
    }

    /// @dev Somebody a voucher was financed from: `surplus` is due to it once the voucher is paid, and with
    /// `recourse` it may be made to buy the voucher back.
    struct Hop {
        uint32 transferor;
        uint48 surplus;
        bool recourse;
        uint40 demandedAt;
    }

    /// @dev A claim on a receivable from outside the ledger, for the order of article 768 of the Civil Code.
    struct Claim {
        uint32 claimant;
        uint32 receivable;
        uint48 amount;
        uint40 registeredAt;
        uint40 noticedAt;
        bool withdrawn;
        bytes32 document;
    }

    /* CONSTANTS */

    uint16 public constant WHOLE = 10_000;

    bytes32 public constant QUOTE_TYPEHASH = keccak256(
        "Quote(uint80 voucher,uint8 version,uint32 financier,uint8 kind,uint48 face,uint48 proceeds,uint48 interest,uint48 debtorInterest,uint48 fees,uint40 maturesAt,uint40 validUntil,bytes32 terms)"
    );

    /* STORAGE */

    Participants public immutable participants;
    Policies public immutable policies;
    Receivables public immutable receivables;

    mapping(uint80 voucher => Deal) public deal;
    mapping(uint80 voucher => Filing) public filing;
    /// @notice How many hops of a voucher are open, and each of them, numbered from one.
    mapping(uint80 voucher => uint8 count) public hops;
    mapping(uint80 voucher => mapping(uint8 number => Hop)) public hop;
    /// @notice Quotes accepted or taken back: a signature locks a voucher once.
    mapping(bytes32 digest => bool) public quoteOver;
    uint32 public claimCount;
    mapping(uint32 id => Claim) public claim;

    /* EVENTS */

    event QuoteCancelled(bytes32 indexed digest, uint32 indexed financier, address actor);
    event QuoteAccepted(
        uint80 indexed voucher,
        uint32 indexed holder,
        uint32 indexed financier,
        Kind kind,
        uint48 face,
        uint48 proceeds,
        uint48 interest,
        uint48 debtorInterest,
        uint48 fees,
        uint40 maturesAt,
        bytes32 terms,
        bytes32 justification,
        bytes32 digest,
        address actor
    );
    event Filed(
        uint80 indexed voucher,
        uint32 indexed financier,
        bytes32 registration,
        bytes32 agreement,
        uint40 registeredAt,
        address actor
    );
    event Disbursed(
        uint80 indexed voucher,
        uint32 indexed from,
        uint32 indexed to,
        Kind kind,
        uint48 amount,
        bytes32 reference_,
        address actor
    );
    event LockReleased(uint80 indexed voucher, uint32 indexed holder, address actor);
    event LoanRepaid(
        uint80 indexed voucher,
        uint32 indexed borrower,
        uint32 indexed lender,
        uint48 amount,
        bytes32 reference_,
        address actor
    );
    event PledgeReleased(uint80 indexed voucher, uint32 indexed borrower, address actor);
    event LoanClosed(
        uint80 indexed voucher,
        uint32 indexed borrower,
        uint32 indexed lender,
        uint48 excess,
        address actor
    );
    event PledgeEnforced(
        uint80 indexed voucher,
        uint32 indexed borrower,
        uint32 indexed lender,
        uint48 surplus,
        address actor
    );
    event RecourseDemanded(
        uint80 indexed voucher,
        uint32 indexed holder,
        uint32 indexed transferor,
        bytes32 document,
        address actor
    );
    event BoughtBack(
        uint80 indexed voucher,
        uint32 indexed from,
        uint32 indexed to,
        uint48 amount,
        bytes32 reference_,
        address actor
    );
    event RecourseWaived(
        uint80 indexed voucher, uint32 indexed holder, uint32 indexed transferor, address actor
    );
    event ClaimAsserted(
        uint32 indexed id,
        uint32 indexed receivable,
        uint32 indexed claimant,
        uint48 amount,
        uint40 registeredAt,
        uint40 noticedAt,
        bytes32 document,
        address actor
    );
    event ClaimWithdrawn(uint32 indexed id, uint32 indexed claimant, address actor);

    /* ERRORS */

    error SameParty(uint32 number);
    error AmountZero();
    error DocumentEmpty();
    error QuoteIsOver(bytes32 digest);
    error QuoteExpired(uint80 voucher, uint40 validUntil);
    error QuoteOfAnotherFace(uint80 voucher, uint48 face, uint48 unpaid);
    error QuoteNotSigned(uint80 voucher, uint32 financier, uint32 signer);
    error CostsExceedFace(uint80 voucher, uint256 owed, uint48 available);
    error InterestShareExceeded(uint80 voucher, uint48 debtorInterest, uint48 most);
    error BadMaturity(uint80 voucher, uint40 maturesAt, uint40 latest);
    error JustificationMissing(uint80 voucher, bytes32 policy);
    error RegistrationMissing(uint80 voucher, bytes32 policy);
    error AgreementMissing(uint80 voucher, bytes32 policy);
    error NotLocked(uint80 voucher);
    error NotPledged(uint80 voucher);
    error NotHolder(uint80 voucher, uint32 actor, uint32 holder);
    error NotFinancier(uint80 voucher, uint32 actor, uint32 financier);
    error BadRegistrationTime(uint80 voucher, uint40 registeredAt);
    error WrongAmount(uint80 voucher, uint48 amount, uint48 expected);
    error LockHeld(uint80 voucher, uint32 disburseBy);
    error LoanNotDue(uint80 voucher, uint32 maturesAt);
    error NothingOwed(uint80 voucher);
    error LoanOpen(uint80 voucher);
    error TooManyHops(uint80 voucher);
    error Encumbered(uint80 voucher, Receivables.Encumbrance encumbrance);
    error NoRecourse(uint80 voucher);
    error RecourseNotDue(uint80 voucher, uint40 dueAt);
    error RecourseNotDemanded(uint80 voucher);
    error AlreadyDemanded(uint80 voucher, uint40 demandedAt);
    error ClaimUnknown(uint32 claim);
    error NotClaimant(uint32 claim, uint32 actor, uint32 claimant);
    error ClaimOver(uint32 claim);
    error BadClaimTime(uint40 time);

    constructor(Participants participants_, Policies policies_, Receivables receivables_)
        EIP712("Counterfoil Financing", "1")
    {
        participants = participants_;
        policies = policies_;
        receivables = receivables_;
    }

    /* QUOTES */

    /// @notice A financier takes a quote back that it has signed and nobody has accepted.
    function cancelQuote(Quote calldata quote) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        require(actor == quote.financier, NotFinancier(quote.voucher, actor, quote.financier));
        bytes32 digest = quoteDigest(quote);
        require(!quoteOver[digest], QuoteIsOver(digest));
        quoteOver[digest] = true;
        emit QuoteCancelled(digest, actor, msg.sender);
    }

    /// @notice The holder accepts a financier's signed quote; the voucher is locked until the money is there.
    /// @param r_ The signature's r, and `vs` its s with the parity in the highest bit (EIP-2098).
    /// @param justification Commitment to why the term is longer than usual; zero if it is not.
    function acceptQuote(Quote calldata quote, bytes32 r_, bytes32 vs, bytes32 justification)
        external
    {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        uint80 voucherId = quote.voucher;
        Receivables.Receivable memory r = receivables.receivable(uint32(voucherId >> 48));
        require(quote.financier != actor && quote.financier != r.debtor, SameParty(quote.financier));
        require(block.timestamp <= quote.validUntil, QuoteExpired(voucherId, quote.validUntil));
        bytes32 digest = _useQuote(quote, r_, vs);
        uint48 unpaid = receivables.lock(
            voucherId,
            quote.version,
            actor,
            quote.financier,
            uint32(block.timestamp + policies.value(PolicyNames.DISBURSE_PERIOD))
        );
        require(quote.face == unpaid, QuoteOfAnotherFace(voucherId, quote.face, unpaid));
        uint48 owed = _checkCosts(quote, r.interestShare);
        if (quote.kind == Kind.Pledge) {
            require(
                quote.maturesAt > block.timestamp && quote.maturesAt <= r.dueAt,
                BadMaturity(voucherId, quote.maturesAt, r.dueAt)
            );
        } else {
            require(quote.maturesAt == 0, BadMaturity(voucherId, quote.maturesAt, 0));
        }
        if (r.flags & receivables.EXTENDED() != 0) {
            require(
                justification != 0 || policies.value(PolicyNames.JUSTIFICATION_NEEDED) == 0,
                JustificationMissing(voucherId, PolicyNames.JUSTIFICATION_NEEDED)
            );
        }
        // A financier files for its own deal: nothing of the one before stands in for it.
        delete filing[voucherId];
        deal[voucherId] = Deal({
            kind: quote.kind,
            financier: quote.financier,
            face: quote.face,
            proceeds: quote.proceeds,
            owed: owed,
            maturesAt: quote.maturesAt
        });
        _emitAccepted(quote, actor, justification, digest);
    }

    /// @notice The financier files what the register and the contract say, before the money is paid.
    /// @param registration Hash of the registration number and its certificate.
    /// @param agreement Hash of the signed assignment contract.
    function file(
        uint80 voucherId,
        uint8 expected,
        bytes32 registration,
        bytes32 agreement,
        uint40 registeredAt
    ) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        Receivables.Voucher memory v =
            _encumbered(voucherId, expected, Receivables.Encumbrance.Locked);
        require(v.counterparty == actor, NotFinancier(voucherId, actor, v.counterparty));
        require(registration != 0 || agreement != 0, DocumentEmpty());
        require(
            registration == 0
                ? registeredAt == 0
                : registeredAt != 0 && registeredAt <= block.timestamp,
            BadRegistrationTime(voucherId, registeredAt)
        );
        filing[voucherId] = Filing(registration, agreement, registeredAt);
        emit Filed(voucherId, actor, registration, agreement, registeredAt, msg.sender);
    }

    /// @notice A settlement bank attests that the proceeds were paid: from here on the financier holds the
    /// voucher, or has it as its pledge.
    /// @param reference_ Hash of the bank's own record of the payment; each counts once.
    function disburse(uint80 voucherId, uint8 expected, uint48 amount, bytes32 reference_)
        external
    {
        participants.actorOf(msg.sender, Roles.SETTLEMENT_BANK);
        Receivables.Voucher memory v =
            _encumbered(voucherId, expected, Receivables.Encumbrance.Locked);
        Deal memory d = deal[voucherId];
        require(amount == d.proceeds, WrongAmount(voucherId, amount, d.proceeds));
        Filing storage f = filing[voucherId];
        require(
            f.registration != 0 || policies.value(PolicyNames.REGISTRATION_NEEDED) == 0,
            RegistrationMissing(voucherId, PolicyNames.REGISTRATION_NEEDED)
        );
        require(
            f.agreement != 0 || policies.value(PolicyNames.AGREEMENT_NEEDED) == 0,
            AgreementMissing(voucherId, PolicyNames.AGREEMENT_NEEDED)
        );
        receivables.useReference(reference_, voucherId);
        if (d.kind == Kind.Pledge) {
            receivables.pledge(voucherId, expected, uint32(d.maturesAt));
        } else {
            delete deal[voucherId];
            if (d.kind == Kind.RecoursePurchase) {
                _push(voucherId, v.holder, d.face - d.owed - _surpluses(voucherId), true);
            }
            receivables.assign(
                voucherId,
                expected,
                Receivables.Encumbrance.Locked,
                v.counterparty,
                hops[voucherId] != 0
            );
        }
        emit Disbursed(voucherId, v.holder, v.counterparty, d.kind, amount, reference_, msg.sender);
    }

    /// @notice The financier lets go at any time, the holder or a settlement bank once the time to disburse is
    /// over: no lock outlasts a settlement because its parties cannot act.
    function releaseLock(uint80 voucherId, uint8 expected) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER | Roles.SETTLEMENT_BANK);
        Receivables.Voucher memory v =
            _encumbered(voucherId, expected, Receivables.Encumbrance.Locked);
        if (actor != v.counterparty) {
            require(
                actor == v.holder || participants.accountHasRole(msg.sender, Roles.SETTLEMENT_BANK),
                NotHolder(voucherId, actor, v.holder)
            );
            require(block.timestamp > v.until, LockHeld(voucherId, v.until));
        }
        _close(voucherId);
        receivables.free(voucherId, expected, Receivables.Encumbrance.Locked);
        emit LockReleased(voucherId, v.holder, msg.sender);
    }

    /* PLEDGE */

    /// @notice A settlement bank attests that the borrower repaid what is owed: the pledge is over.
    function repay(uint80 voucherId, uint8 expected, uint48 amount, bytes32 reference_) external {
        participants.actorOf(msg.sender, Roles.SETTLEMENT_BANK);
        Receivables.Voucher memory v =
            _encumbered(voucherId, expected, Receivables.Encumbrance.Pledged);
        uint48 owed = owedOn(voucherId);
        require(amount == owed, WrongAmount(voucherId, amount, owed));
        receivables.useReference(reference_, voucherId);
        _close(voucherId);
        receivables.free(voucherId, expected, Receivables.Encumbrance.Pledged);
        emit LoanRepaid(voucherId, v.holder, v.counterparty, amount, reference_, msg.sender);
    }

    /// @notice The lender gives its pledge up, or the holder ends it once nothing is owed any more.
    function releasePledge(uint80 voucherId, uint8 expected) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        Receivables.Voucher memory v =
            _encumbered(voucherId, expected, Receivables.Encumbrance.Pledged);
        require(
            actor == v.counterparty || (actor == v.holder && owedOn(voucherId) == 0),
            NotFinancier(voucherId, actor, v.counterparty)
        );
        _close(voucherId);
        receivables.free(voucherId, expected, Receivables.Encumbrance.Pledged);
        emit PledgeReleased(voucherId, v.holder, msg.sender);
    }

    /// @notice Anyone may close a loan whose voucher was paid in full to its lender; what the lender got beyond
    /// what was owed is the borrower's.
    function closeLoan(uint80 voucherId) external {
        Deal memory d = deal[voucherId];
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        require(d.face != 0, NotPledged(voucherId));
        require(v.life == Receivables.Life.Redeemed, LoanOpen(voucherId));
        _close(voucherId);
        emit LoanClosed(voucherId, v.holder, d.financier, d.face - d.owed, msg.sender);
    }

    /// @notice The lender takes the voucher for a loan that is due; what is left over is the borrower's once the
    /// voucher is paid.
    function enforcePledge(uint80 voucherId, uint8 expected) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        Receivables.Voucher memory v =
            _encumbered(voucherId, expected, Receivables.Encumbrance.Pledged);
        require(v.counterparty == actor, NotFinancier(voucherId, actor, v.counterparty));
        require(block.timestamp > v.until, LoanNotDue(voucherId, v.until));
        uint48 owed = owedOn(voucherId);
        require(owed != 0, NothingOwed(voucherId));
        uint48 surplus = _unredeemed(voucherId, v) - owed - _surpluses(voucherId);
        if (surplus != 0) _push(voucherId, v.holder, surplus, false);
        _close(voucherId);
        receivables.assign(
            voucherId, expected, Receivables.Encumbrance.Pledged, actor, hops[voucherId] != 0
        );
        emit PledgeEnforced(voucherId, v.holder, actor, surplus, msg.sender);
    }

    /* RECOURSE */

    /// @notice The holder demands that the one it bought from buys back what is overdue or in dispute.
    /// @param document Commitment to the notice.
    function demandRecourse(uint80 voucherId, bytes32 document) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        (Receivables.Voucher memory v, uint8 number) = _bound(voucherId, actor);
        Hop storage h = hop[voucherId][number];
        require(h.recourse, NoRecourse(voucherId));
        require(h.demandedAt == 0, AlreadyDemanded(voucherId, h.demandedAt));
        require(document != 0, DocumentEmpty());
        Receivables.Receivable memory r = receivables.receivable(uint32(voucherId >> 48));
        require(
            block.timestamp >= r.dueAt || v.flags & receivables.DISPUTED() != 0
                || r.flags & receivables.RED_LETTERED() != 0,
            RecourseNotDue(voucherId, r.dueAt)
        );
        h.demandedAt = uint40(block.timestamp);
        emit RecourseDemanded(voucherId, actor, h.transferor, document, msg.sender);
    }

    /// @notice A settlement bank attests that the transferor paid what is unpaid of the voucher less what was due
    /// back to it: the voucher is its own again, and its own recourse, if it has one, stands.
    function buyBack(uint80 voucherId, uint8 expected, uint48 amount, bytes32 reference_) external {
        participants.actorOf(msg.sender, Roles.SETTLEMENT_BANK);
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        uint8 number = hops[voucherId];
        require(number != 0, NoRecourse(voucherId));
        Hop memory h = hop[voucherId][number];
        require(h.demandedAt != 0, RecourseNotDemanded(voucherId));
        uint48 rest = _unredeemed(voucherId, v);
        // What is due back to hops before goes back with the voucher: the transferor owes it then.
        uint48 due = _surpluses(voucherId);
        uint48 price = rest > due ? rest - due : 0;
        require(amount == price, WrongAmount(voucherId, amount, price));
        receivables.useReference(reference_, voucherId);
        _pop(voucherId, number);
        receivables.assign(
            voucherId, expected, Receivables.Encumbrance.Free, h.transferor, number > 1
        );
        emit BoughtBack(voucherId, v.holder, h.transferor, amount, reference_, msg.sender);
    }

    /// @notice The holder gives its recourse up; with nothing due back either, the voucher is its own entirely.
    function waiveRecourse(uint80 voucherId) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        (Receivables.Voucher memory v, uint8 number) = _bound(voucherId, actor);
        require(v.encumbrance == Receivables.Encumbrance.Free, Encumbered(voucherId, v.encumbrance));
        Hop storage h = hop[voucherId][number];
        require(h.recourse, NoRecourse(voucherId));
        uint32 transferor = h.transferor;
        if (h.surplus == 0) {
            _pop(voucherId, number);
            receivables.setBound(voucherId, number > 1);
        } else {
            h.recourse = false;
            h.demandedAt = 0;
        }
        emit RecourseWaived(voucherId, actor, transferor, msg.sender);
    }

    /* CLAIMS FROM OUTSIDE */

    /// @notice A financier says what it claims of a receivable under a contract made elsewhere, so that the order
    /// among all who claim can be told (Civil Code, article 768).
    /// @param registeredAt When the claim was registered; zero if it is not.
    /// @param noticedAt When notice of it reached the debtor; zero if none did.
    function assertClaim(
        uint32 receivable,
        uint48 amount,
        uint40 registeredAt,
        uint40 noticedAt,
        bytes32 document
    ) external returns (uint32 id) {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        receivables.debtOf(receivable);
        require(amount != 0, AmountZero());
        require(document != 0, DocumentEmpty());
        require(registeredAt <= block.timestamp, BadClaimTime(registeredAt));
        require(noticedAt <= block.timestamp, BadClaimTime(noticedAt));
        id = ++claimCount;
        claim[id] = Claim({
            claimant: actor,
            receivable: receivable,
            amount: amount,
            registeredAt: registeredAt,
            noticedAt: noticedAt,
            withdrawn: false,
            document: document
        });
        emit ClaimAsserted(
            id, receivable, actor, amount, registeredAt, noticedAt, document, msg.sender
        );
    }

    function withdrawClaim(uint32 id) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        Claim storage c = claim[id];
        require(c.claimant != 0, ClaimUnknown(id));
        require(c.claimant == actor, NotClaimant(id, actor, c.claimant));
        require(!c.withdrawn, ClaimOver(id));
        c.withdrawn = true;
        emit ClaimWithdrawn(id, actor, msg.sender);
    }

    /* VIEWS */

    /// @notice What a financier signs (EIP-712).
    function quoteDigest(Quote calldata quote) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(QUOTE_TYPEHASH, quote)));
    }

    /// @notice What a borrower still owes on a pledged voucher: what was lent, less what has been redeemed to the
    /// lender since.
    function owedOn(uint80 voucherId) public view returns (uint48) {
        Deal memory d = deal[voucherId];
        if (d.face == 0) return 0;
        uint48 collected = d.face - _unredeemed(voucherId, receivables.voucher(voucherId));
        return d.owed > collected ? d.owed - collected : 0;
    }

    /* INTERNAL */

    /// @return digest What was signed.
    function _useQuote(Quote calldata quote, bytes32 r, bytes32 vs)
        internal
        returns (bytes32 digest)
    {
        digest = quoteDigest(quote);
        require(!quoteOver[digest], QuoteIsOver(digest));
        // A signature that is none recovers to the account of nobody.
        (address account,,) = ECDSA.tryRecover(digest, r, vs);
        uint32 signer = participants.signerOf(account, Roles.FINANCIER);
        require(signer == quote.financier, QuoteNotSigned(quote.voucher, quote.financier, signer));
        quoteOver[digest] = true;
    }

    /// @return owed What the financier may take of the voucher.
    function _checkCosts(Quote calldata quote, uint16 interestShare)
        internal
        view
        returns (uint48 owed)
    {
        uint80 voucherId = quote.voucher;
        require(quote.proceeds != 0, AmountZero());
        uint48 most = uint48(uint256(quote.interest) * interestShare / WHOLE);
        require(
            quote.debtorInterest <= most,
            InterestShareExceeded(voucherId, quote.debtorInterest, most)
        );
        uint256 costs = uint256(quote.proceeds) + quote.interest - quote.debtorInterest + quote.fees;
        uint48 due = _surpluses(voucherId);
        uint48 available = quote.face > due ? quote.face - due : 0;
        require(costs <= available, CostsExceedFace(voucherId, costs, available));
        return uint48(costs);
    }

    function _emitAccepted(
        Quote calldata quote,
        uint32 actor,
        bytes32 justification,
        bytes32 digest
    ) internal {
        emit QuoteAccepted(
            quote.voucher,
            actor,
            quote.financier,
            quote.kind,
            quote.face,
            quote.proceeds,
            quote.interest,
            quote.debtorInterest,
            quote.fees,
            quote.maturesAt,
            quote.terms,
            justification,
            digest,
            msg.sender
        );
    }

    function _encumbered(uint80 voucherId, uint8 expected, Receivables.Encumbrance by)
        internal
        view
        returns (Receivables.Voucher memory v)
    {
        v = receivables.voucher(voucherId);
        require(v.life != Receivables.Life.None, Receivables.VoucherUnknown(voucherId));
        if (v.encumbrance != by) {
            if (by == Receivables.Encumbrance.Locked) revert NotLocked(voucherId);
            revert NotPledged(voucherId);
        }
        require(v.version == expected, Receivables.StaleVoucher(voucherId, v.version, expected));
    }

    /// @dev A live voucher of `actor` that others may come back on, and the number of its last hop.
    function _bound(uint80 voucherId, uint32 actor)
        internal
        view
        returns (Receivables.Voucher memory v, uint8 number)
    {
        v = receivables.voucher(voucherId);
        require(v.life != Receivables.Life.None, Receivables.VoucherUnknown(voucherId));
        require(v.holder == actor, NotHolder(voucherId, actor, v.holder));
        require(v.life == Receivables.Life.Live, Receivables.NotLive(voucherId, v.life));
        number = hops[voucherId];
        require(number != 0, NoRecourse(voucherId));
    }

    /// @dev What has not been redeemed of a voucher yet, whether paid or not.
    function _unredeemed(uint80 voucherId, Receivables.Voucher memory v)
        internal
        view
        returns (uint48)
    {
        uint32 id = uint32(voucherId >> 48);
        uint48 paid = receivables.paidAfter(id, v.payments);
        uint48 face = receivables.receivable(id).face;
        return v.length - receivables.share(uint48(voucherId), v.length, paid, face);
    }

    /// @dev What is due back of a voucher to all it was financed from.
    function _surpluses(uint80 voucherId) internal view returns (uint48 sum) {
        for (uint8 number = hops[voucherId]; number != 0; --number) {
            sum += hop[voucherId][number].surplus;
        }
    }

    function _push(uint80 voucherId, uint32 transferor, uint48 surplus, bool recourse) internal {
        uint8 number = hops[voucherId];
        require(number != type(uint8).max, TooManyHops(voucherId));
        hops[voucherId] = ++number;
        hop[voucherId][number] = Hop(transferor, surplus, recourse, 0);
    }

    function _pop(uint80 voucherId, uint8 number) internal {
        delete hop[voucherId][number];
        hops[voucherId] = number - 1;
    }

    /// @dev A deal that is over leaves nothing but its events.
    function _close(uint80 voucherId) internal {
        delete deal[voucherId];
        delete filing[voucherId];
    }
}
