// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Attestations} from "./Attestations.sol";
import {Participants} from "./Participants.sol";
import {Roles} from "./Roles.sol";

/// @title Receivables and the vouchers that pass them down the chain.
/// @notice A voucher is an interval `[start, start + length)` of a receivable's face, in minor units, held by
/// one participant. Live, redeemed and void intervals of a receivable tile its face, always. What is
/// overdue stays payable. The ledger records payments that a settlement bank attests; it holds no money.
contract Receivables is EIP712 {
    /* TYPES */

    enum ReceivableState {
        None,
        Proposed,
        Confirmed,
        Rejected,
        Cancelled,
        Settled
    }

    enum Life {
        None,
        Live,
        Redeemed
    }

    enum Encumbrance {
        Free,
        Offered,
        Locked
    }

    /// @dev `vouchers` counts vouchers ever made, `payments` payments recorded, `paid` and `redeemed` are
    /// minor units of `face`.
    struct Receivable {
        uint32 debtor;
        uint32 creditor;
        uint40 dueAt;
        uint24 vouchers;
        uint8 payments;
        ReceivableState state;
        bool proposedByDebtor;
        uint16 currency;
        uint48 paid;
        uint48 face;
        uint48 redeemed;
        bytes32 evidence;
        bytes32 invoice;
    }

    /// @dev One storage slot. `counterparty` is who was offered the voucher or whose financing it is locked
    /// for; `payments` counts the receivable's payments already redeemed; `version` changes with every write.
    struct Voucher {
        uint32 holder;
        uint24 parent;
        uint32 counterparty;
        uint48 start;
        uint48 length;
        uint32 since;
        uint8 tier;
        Life life;
        Encumbrance encumbrance;
        uint8 payments;
        uint8 version;
    }

    /// @dev An invoice backs receivables up to its total, whoever proposes them.
    struct Invoice {
        uint32 attester;
        uint32 creditor;
        uint16 currency;
        uint48 total;
        uint48 used;
    }

    struct Lock {
        uint48 proceeds;
        uint40 disburseBy;
    }

    struct Policy {
        uint32 maxTerm;
        uint32 offerPeriod;
        uint32 disbursePeriod;
        uint8 maxTier;
        uint8 minLevel;
        uint16 maxLegs;
    }

    struct Leg {
        uint32 to;
        uint48 length;
        bytes32 evidence;
    }

    struct Quote {
        uint64 voucher;
        uint8 version;
        uint32 financier;
        uint48 face;
        uint48 proceeds;
        uint40 validUntil;
        bytes32 terms;
    }

    /* CONSTANTS */

    bytes32 public constant QUOTE_TYPEHASH = keccak256(
        "Quote(uint64 voucher,uint8 version,uint32 financier,uint48 face,uint48 proceeds,uint40 validUntil,bytes32 terms)"
    );

    /* STORAGE */

    Participants public immutable participants;
    Attestations public immutable attestations;

    Policy public policy;
    uint32 public receivableCount;
    mapping(uint32 id => Receivable) internal _receivable;
    /// @dev A voucher's id is `receivable << 32 | number`, numbered from one.
    mapping(uint64 id => Voucher) internal _voucher;
    mapping(bytes32 nullifier => Invoice) public invoice;
    mapping(uint64 voucher => Lock) public lock;
    /// @notice Paid in all after each payment of a receivable, numbered from one.
    mapping(uint32 receivable => mapping(uint8 payment => uint48)) public paidAfter;
    /// @notice The receivable or voucher that a payment reference was used for.
    mapping(bytes32 reference_ => uint64) public referenceUsed;

    /* EVENTS */

    event PolicySet(
        uint32 maxTerm,
        uint32 offerPeriod,
        uint32 disbursePeriod,
        uint8 maxTier,
        uint8 minLevel,
        uint16 maxLegs
    );
    event InvoiceRegistered(
        bytes32 indexed nullifier,
        uint32 indexed attester,
        uint32 indexed creditor,
        uint16 currency,
        uint48 total,
        address actor
    );
    event Proposed(
        uint32 indexed receivable,
        uint32 indexed debtor,
        uint32 indexed creditor,
        uint48 face,
        uint16 currency,
        uint40 dueAt,
        bytes32 evidence,
        bytes32 invoice,
        address actor
    );
    event Confirmed(
        uint32 indexed receivable, uint64 indexed voucher, uint32 indexed holder, address actor
    );
    event Rejected(uint32 indexed receivable, bytes32 reason, address actor);
    event Cancelled(uint32 indexed receivable, bytes32 reason, address actor);
    event Split(
        uint64 indexed child,
        uint64 indexed parent,
        uint32 indexed to,
        uint48 length,
        bytes32 evidence,
        address actor
    );
    event Offered(
        uint64 indexed voucher,
        uint32 indexed from,
        uint32 indexed to,
        bytes32 evidence,
        address actor
    );
    event Accepted(uint64 indexed voucher, uint32 indexed from, uint32 indexed to, address actor);
    event Refused(
        uint64 indexed voucher,
        uint32 indexed from,
        uint32 indexed to,
        bytes32 reason,
        address actor
    );
    event Withdrawn(uint64 indexed voucher, uint32 indexed from, address actor);
    event QuoteAccepted(
        uint64 indexed voucher,
        uint32 indexed holder,
        uint32 indexed financier,
        uint48 proceeds,
        bytes32 terms,
        address actor
    );
    event Disbursed(
        uint64 indexed voucher,
        uint32 indexed from,
        uint32 indexed to,
        uint48 amount,
        bytes32 reference_,
        address actor
    );
    event LockReleased(uint64 indexed voucher, uint32 indexed holder, address actor);
    event PaymentRecorded(
        uint32 indexed receivable,
        bytes32 indexed reference_,
        uint48 amount,
        uint48 paid,
        address actor
    );
    event Redeemed(uint64 indexed voucher, uint32 indexed holder, uint48 amount, address actor);

    /* ERRORS */

    error NotGovernance(address caller);
    error BadPolicy();
    error InvoiceExists(bytes32 nullifier);
    error InvoiceUnknown(bytes32 nullifier);
    error InvoiceOfAnother(bytes32 nullifier, uint32 creditor, uint16 currency);
    error InvoiceUsedUp(bytes32 nullifier, uint48 requested, uint48 available);
    error AmountZero();
    error NotParty(uint32 actor, uint32 debtor, uint32 creditor);
    error SameParty(uint32 number);
    error BadDueDate(uint40 dueAt, uint40 latest);
    error EvidenceInvalid(bytes32 evidence);
    error EvidenceLevelTooLow(bytes32 evidence, uint8 level, uint8 needed);
    error EvidenceEmpty();
    error ReceivableUnknown(uint32 receivable);
    error WrongReceivableState(uint32 receivable, ReceivableState state);
    error NotConfirmer(uint32 receivable, uint32 actor, uint32 confirmer);
    error NotProposer(uint32 receivable, uint32 actor, uint32 proposer);
    error VoucherUnknown(uint64 voucher);
    error NotHolder(uint64 voucher, uint32 actor, uint32 holder);
    error NotLive(uint64 voucher, Life life);
    error Encumbered(uint64 voucher, Encumbrance encumbrance);
    error StaleVoucher(uint64 voucher, uint8 version, uint8 expected);
    error PastDue(uint32 receivable, uint40 dueAt);
    error UnredeemedPayments(uint64 voucher, uint8 redeemed, uint8 recorded);
    error BadLegCount(uint256 legs, uint16 most);
    error SplitExceedsVoucher(uint64 voucher, uint256 requested, uint48 available);
    error SplitTakesWhole(uint64 voucher);
    error TierTooDeep(uint64 voucher, uint8 tier, uint8 most);
    error NotCounterparty(uint64 voucher, uint32 actor, uint32 counterparty);
    error NotOffered(uint64 voucher);
    error OfferLapsed(uint64 voucher, uint40 lapsedAt);
    error NotLocked(uint64 voucher);
    error LockHeld(uint64 voucher, uint40 disburseBy);
    error QuoteExpired(uint64 voucher, uint40 validUntil);
    error QuoteOfAnotherFace(uint64 voucher, uint48 face, uint48 unpaid);
    error QuoteNotSigned(uint64 voucher, uint32 financier, uint32 signer);
    error ProceedsExceedFace(uint64 voucher, uint48 proceeds, uint48 unpaid);
    error WrongAmount(uint64 voucher, uint48 amount, uint48 expected);
    error ReferenceUsed(bytes32 reference_, uint64 usedFor);
    error ReferenceEmpty();
    error ExceedsOutstanding(uint32 receivable, uint48 amount, uint48 outstanding);
    error TooManyPayments(uint32 receivable);
    error NothingToRedeem(uint64 voucher);

    constructor(Participants participants_, Attestations attestations_, Policy memory policy_)
        EIP712("Counterfoil Receivables", "1")
    {
        participants = participants_;
        attestations = attestations_;
        _setPolicy(policy_);
    }

    /* POLICY */

    function setPolicy(Policy calldata policy_) external {
        require(msg.sender == address(participants), NotGovernance(msg.sender));
        _setPolicy(policy_);
    }

    /* INVOICES */

    /// @notice A tax attester states an invoice's amount under its nullifier, which hides the invoice and is
    /// the same whoever asks.
    /// @param creditor Who issued the invoice: nobody else's receivable may rest on it.
    /// @param currency ISO 4217 numeric code.
    /// @param total Tax-inclusive total less credit notes, in minor units.
    function registerInvoice(bytes32 nullifier, uint32 creditor, uint16 currency, uint48 total)
        external
    {
        uint32 actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        require(nullifier != 0, InvoiceUnknown(nullifier));
        require(total != 0, AmountZero());
        require(invoice[nullifier].attester == 0, InvoiceExists(nullifier));
        participants.requireActive(creditor, Roles.SUPPLIER);
        invoice[nullifier] = Invoice({
            attester: actor, creditor: creditor, currency: currency, total: total, used: 0
        });
        emit InvoiceRegistered(nullifier, actor, creditor, currency, total, msg.sender);
    }

    /* RECEIVABLES */

    /// @notice Debtor or creditor proposes; the other confirms or rejects. The invoice's amount is taken here.
    /// @param currency ISO 4217 numeric code.
    /// @param evidence Attested commitment of the trade evidence.
    function propose(
        uint32 debtor,
        uint32 creditor,
        uint48 face,
        uint16 currency,
        uint40 dueAt,
        bytes32 evidence,
        bytes32 nullifier
    ) external returns (uint32 id) {
        uint32 actor = participants.actorOf(msg.sender, Roles.DEBTOR | Roles.SUPPLIER);
        require(actor == debtor || actor == creditor, NotParty(actor, debtor, creditor));
        require(debtor != creditor, SameParty(debtor));
        participants.requireActive(debtor, Roles.DEBTOR);
        participants.requireActive(creditor, Roles.SUPPLIER);
        require(face != 0, AmountZero());
        Policy memory rules = policy;
        uint40 latest = uint40(block.timestamp) + rules.maxTerm;
        require(dueAt > block.timestamp && dueAt <= latest, BadDueDate(dueAt, latest));
        _checkEvidence(evidence, rules.minLevel);
        _useInvoice(nullifier, creditor, currency, face);
        id = ++receivableCount;
        Receivable storage r = _receivable[id];
        r.debtor = debtor;
        r.creditor = creditor;
        r.dueAt = dueAt;
        r.state = ReceivableState.Proposed;
        r.proposedByDebtor = actor == debtor;
        r.currency = currency;
        r.face = face;
        r.evidence = evidence;
        r.invoice = nullifier;
        emit Proposed(id, debtor, creditor, face, currency, dueAt, evidence, nullifier, msg.sender);
    }

    /// @notice The other party's word makes the debt: one voucher over the whole face, held by the creditor.
    function confirm(uint32 id) external returns (uint64 voucherId) {
        Receivable storage r = _proposed(id);
        uint32 confirmer = r.proposedByDebtor ? r.creditor : r.debtor;
        _checkConfirmer(id, confirmer);
        participants.requireActive(r.debtor, Roles.DEBTOR);
        participants.requireActive(r.creditor, Roles.SUPPLIER);
        require(block.timestamp < r.dueAt, PastDue(id, r.dueAt));
        _checkEvidence(r.evidence, policy.minLevel);
        r.state = ReceivableState.Confirmed;
        r.vouchers = 1;
        voucherId = uint64(id) << 32 | 1;
        _save(
            voucherId,
            Voucher({
                holder: r.creditor,
                parent: 0,
                counterparty: 0,
                start: 0,
                length: r.face,
                since: uint32(block.timestamp),
                tier: 0,
                life: Life.Live,
                encumbrance: Encumbrance.Free,
                payments: 0,
                version: 0
            })
        );
        emit Confirmed(id, voucherId, r.creditor, msg.sender);
    }

    function reject(uint32 id, bytes32 reason) external {
        Receivable storage r = _proposed(id);
        _checkConfirmer(id, r.proposedByDebtor ? r.creditor : r.debtor);
        r.state = ReceivableState.Rejected;
        invoice[r.invoice].used -= r.face;
        emit Rejected(id, reason, msg.sender);
    }

    /// @notice The proposer takes back what nobody has confirmed.
    function cancel(uint32 id, bytes32 reason) external {
        Receivable storage r = _proposed(id);
        uint32 actor = participants.actorOf(msg.sender, Roles.ALL);
        uint32 proposer = r.proposedByDebtor ? r.debtor : r.creditor;
        require(actor == proposer, NotProposer(id, actor, proposer));
        r.state = ReceivableState.Cancelled;
        invoice[r.invoice].used -= r.face;
        emit Cancelled(id, reason, msg.sender);
    }

    /* SPLIT AND TRANSFER */

    /// @notice Cuts pieces off the end of a voucher, each kept or offered on; the parent keeps the rest.
    /// @param expected The voucher's version, so that a call sent twice splits once.
    function split(uint64 voucherId, uint8 expected, Leg[] calldata legs) external {
        (Voucher memory v, Receivable storage r) =
            _movable(voucherId, participants.actorOf(msg.sender, Roles.HOLDER), expected);
        uint16 maxLegs = policy.maxLegs;
        require(legs.length != 0 && legs.length <= maxLegs, BadLegCount(legs.length, maxLegs));
        uint48 whole = v.length;
        uint24 number = r.vouchers;
        uint256 requested;
        for (uint256 i; i < legs.length; ++i) {
            requested += legs[i].length;
            require(requested <= whole, SplitExceedsVoucher(voucherId, requested, whole));
            require(requested != whole, SplitTakesWhole(voucherId));
            _cut(voucherId, v, ++number, legs[i], r);
        }
        r.vouchers = number;
        // A version only has to differ from the last one: it may wrap.
        unchecked {
            v.version += uint8(legs.length);
        }
        _save(voucherId, v);
    }

    /// @notice Offers the whole voucher; nothing moves until the receiver accepts.
    /// @param evidence Commitment to the evidence of the trade this hop pays for.
    function offer(uint64 voucherId, uint8 expected, uint32 to, bytes32 evidence) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        (Voucher memory v, Receivable storage r) = _movable(voucherId, actor, expected);
        require(to != actor, SameParty(actor));
        _checkReceiver(voucherId, v.tier, to, evidence, r);
        _encumber(voucherId, v, Encumbrance.Offered, to);
        emit Offered(voucherId, actor, to, evidence, msg.sender);
    }

    function accept(uint64 voucherId, uint8 expected) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        Voucher memory v = _offered(voucherId, expected);
        require(v.counterparty == actor, NotCounterparty(voucherId, actor, v.counterparty));
        uint40 lapsesAt = uint40(v.since) + policy.offerPeriod;
        require(block.timestamp <= lapsesAt, OfferLapsed(voucherId, lapsesAt));
        uint32 id = uint32(voucherId >> 32);
        uint40 dueAt = _receivable[id].dueAt;
        require(block.timestamp < dueAt, PastDue(id, dueAt));
        require(
            v.payments == _receivable[id].payments,
            UnredeemedPayments(voucherId, v.payments, _receivable[id].payments)
        );
        uint32 from = v.holder;
        participants.requireActive(from, Roles.HOLDER);
        v.holder = actor;
        v.tier += 1;
        _encumber(voucherId, v, Encumbrance.Free, 0);
        emit Accepted(voucherId, from, actor, msg.sender);
    }

    function refuse(uint64 voucherId, uint8 expected, bytes32 reason) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        Voucher memory v = _offered(voucherId, expected);
        require(v.counterparty == actor, NotCounterparty(voucherId, actor, v.counterparty));
        _encumber(voucherId, v, Encumbrance.Free, 0);
        emit Refused(voucherId, v.holder, actor, reason, msg.sender);
    }

    /// @notice The holder takes an offer back that is not accepted yet, lapsed or not.
    function withdraw(uint64 voucherId, uint8 expected) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        Voucher memory v = _offered(voucherId, expected);
        require(v.holder == actor, NotHolder(voucherId, actor, v.holder));
        _encumber(voucherId, v, Encumbrance.Free, 0);
        emit Withdrawn(voucherId, actor, msg.sender);
    }

    /* FINANCING */

    /// @notice The holder accepts a financier's signed quote; the voucher is locked until the money is there.
    function acceptQuote(Quote calldata quote, bytes calldata signature) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        uint64 voucherId = quote.voucher;
        (Voucher memory v, Receivable storage r) = _movable(voucherId, actor, quote.version);
        require(quote.financier != actor && quote.financier != r.debtor, SameParty(quote.financier));
        require(block.timestamp <= quote.validUntil, QuoteExpired(voucherId, quote.validUntil));
        // What a part payment took is not for sale, whatever the voucher's length.
        uint48 unpaid = v.length - share(v.start, v.length, r.paid, r.face);
        require(quote.face == unpaid, QuoteOfAnotherFace(voucherId, quote.face, unpaid));
        require(quote.proceeds != 0, AmountZero());
        require(quote.proceeds <= unpaid, ProceedsExceedFace(voucherId, quote.proceeds, unpaid));
        uint32 signer = participants.numberOf(ECDSA.recover(quoteDigest(quote), signature));
        require(signer == quote.financier, QuoteNotSigned(voucherId, quote.financier, signer));
        participants.requireActive(signer, Roles.FINANCIER);
        lock[voucherId] = Lock({
            proceeds: quote.proceeds, disburseBy: uint40(block.timestamp) + policy.disbursePeriod
        });
        _encumber(voucherId, v, Encumbrance.Locked, quote.financier);
        emit QuoteAccepted(
            voucherId, actor, quote.financier, quote.proceeds, quote.terms, msg.sender
        );
    }

    /// @notice A settlement bank attests that the proceeds were paid; the financier is the holder from here.
    /// @param reference_ Hash of the bank's own record of the payment; each counts once.
    function disburse(uint64 voucherId, uint8 expected, uint48 amount, bytes32 reference_)
        external
    {
        participants.actorOf(msg.sender, Roles.SETTLEMENT_BANK);
        Voucher memory v = _locked(voucherId, expected);
        uint48 proceeds = lock[voucherId].proceeds;
        require(amount == proceeds, WrongAmount(voucherId, amount, proceeds));
        _useReference(reference_, voucherId);
        delete lock[voucherId];
        uint32 from = v.holder;
        uint32 financier = v.counterparty;
        v.holder = financier;
        if (v.tier != type(uint8).max) v.tier += 1;
        _encumber(voucherId, v, Encumbrance.Free, 0);
        emit Disbursed(voucherId, from, financier, amount, reference_, msg.sender);
    }

    /// @notice The financier lets go at any time, the holder or a settlement bank once the time to disburse is
    /// over: no lock outlasts a settlement because its parties cannot act.
    function releaseLock(uint64 voucherId, uint8 expected) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER | Roles.SETTLEMENT_BANK);
        Voucher memory v = _locked(voucherId, expected);
        if (actor != v.counterparty) {
            require(
                actor == v.holder || _isSettlementBank(actor), NotHolder(voucherId, actor, v.holder)
            );
            uint40 disburseBy = lock[voucherId].disburseBy;
            require(block.timestamp > disburseBy, LockHeld(voucherId, disburseBy));
        }
        delete lock[voucherId];
        _encumber(voucherId, v, Encumbrance.Free, 0);
        emit LockReleased(voucherId, v.holder, msg.sender);
    }

    /* SETTLEMENT */

    /// @notice A settlement bank attests a payment by the debtor: early, late, whole or in part.
    function recordPayment(uint32 id, uint48 amount, bytes32 reference_) external {
        participants.actorOf(msg.sender, Roles.SETTLEMENT_BANK);
        Receivable storage r = _receivable[id];
        require(r.state != ReceivableState.None, ReceivableUnknown(id));
        require(r.state == ReceivableState.Confirmed, WrongReceivableState(id, r.state));
        require(amount != 0, AmountZero());
        uint48 outstanding = r.face - r.paid;
        require(amount <= outstanding, ExceedsOutstanding(id, amount, outstanding));
        // The last number is kept for the payment that settles, so that there always is one.
        require(
            r.payments < type(uint8).max - 1
                || (amount == outstanding && r.payments < type(uint8).max),
            TooManyPayments(id)
        );
        _useReference(reference_, id);
        uint48 paid = r.paid + amount;
        uint8 payments = r.payments + 1;
        r.paid = paid;
        r.payments = payments;
        paidAfter[id][payments] = paid;
        if (paid == r.face) r.state = ReceivableState.Settled;
        emit PaymentRecorded(id, reference_, amount, paid, msg.sender);
    }

    /// @notice Pays out, to each voucher, its part of what was paid since it was last redeemed. No suspension
    /// of the holder stands in the way: a settlement bank may redeem for it.
    /// @param numbers Vouchers of the receivable, by number.
    function redeem(uint32 id, uint24[] calldata numbers) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER | Roles.SETTLEMENT_BANK);
        Receivable storage r = _receivable[id];
        require(r.state != ReceivableState.None, ReceivableUnknown(id));
        uint8 payments = r.payments;
        uint48 face = r.face;
        uint48 paid = paidAfter[id][payments];
        bool bank = _isSettlementBank(actor);
        uint48 sum;
        for (uint256 i; i < numbers.length; ++i) {
            uint64 voucherId = uint64(id) << 32 | numbers[i];
            Voucher memory v = _load(voucherId);
            require(v.life != Life.None, VoucherUnknown(voucherId));
            require(v.life == Life.Live, NotLive(voucherId, v.life));
            require(bank || v.holder == actor, NotHolder(voucherId, actor, v.holder));
            // The financier bought the whole claim: who gets the payment is open until the lock is.
            require(v.encumbrance != Encumbrance.Locked, Encumbered(voucherId, v.encumbrance));
            require(v.payments < payments, NothingToRedeem(voucherId));
            uint48 before = paidAfter[id][v.payments];
            uint48 amount =
                share(v.start, v.length, paid, face) - share(v.start, v.length, before, face);
            v.payments = payments;
            if (paid == face) {
                v.life = Life.Redeemed;
                v.encumbrance = Encumbrance.Free;
                v.counterparty = 0;
            }
            unchecked {
                v.version += 1;
            }
            _save(voucherId, v);
            sum += amount;
            emit Redeemed(voucherId, v.holder, amount, msg.sender);
        }
        r.redeemed += sum;
    }

    /* VIEWS */

    function receivable(uint32 id) external view returns (Receivable memory) {
        return _receivable[id];
    }

    function voucher(uint64 id) external view returns (Voucher memory) {
        return _load(id);
    }

    /// @notice The part of `paid` that falls on an interval of the face. Parts of intervals that tile the face
    /// add up to `paid` exactly, and no part ever shrinks when more is paid.
    function share(uint48 start, uint48 length, uint48 paid, uint48 face)
        public
        pure
        returns (uint48)
    {
        return uint48(_below(uint256(start) + length, paid, face) - _below(start, paid, face));
    }

    /// @notice What a financier signs (EIP-712).
    function quoteDigest(Quote calldata quote) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    QUOTE_TYPEHASH,
                    quote.voucher,
                    quote.version,
                    quote.financier,
                    quote.face,
                    quote.proceeds,
                    quote.validUntil,
                    quote.terms
                )
            )
        );
    }

    /* INTERNAL */

    function _setPolicy(Policy memory p) internal {
        require(
            p.maxTerm != 0 && p.offerPeriod != 0 && p.disbursePeriod != 0 && p.maxTier != 0
                && p.maxTier != type(uint8).max && p.maxLegs != 0 && p.maxLegs <= type(uint8).max
                && p.minLevel <= attestations.MAX_LEVEL(),
            BadPolicy()
        );
        policy = p;
        emit PolicySet(p.maxTerm, p.offerPeriod, p.disbursePeriod, p.maxTier, p.minLevel, p.maxLegs);
    }

    function _proposed(uint32 id) internal view returns (Receivable storage r) {
        r = _receivable[id];
        require(r.state != ReceivableState.None, ReceivableUnknown(id));
        require(r.state == ReceivableState.Proposed, WrongReceivableState(id, r.state));
    }

    function _checkConfirmer(uint32 id, uint32 confirmer) internal view {
        uint32 actor = participants.actorOf(msg.sender, Roles.DEBTOR | Roles.SUPPLIER);
        require(actor == confirmer, NotConfirmer(id, actor, confirmer));
    }

    function _checkEvidence(bytes32 evidence, uint8 needed) internal view {
        Attestations.AttestationStatus memory s = attestations.statusOf(evidence);
        require(s.exists && !s.revoked && !s.expired, EvidenceInvalid(evidence));
        require(s.level >= needed, EvidenceLevelTooLow(evidence, s.level, needed));
    }

    function _useInvoice(bytes32 nullifier, uint32 creditor, uint16 currency, uint48 amount)
        internal
    {
        Invoice memory i = invoice[nullifier];
        require(i.attester != 0, InvoiceUnknown(nullifier));
        require(
            i.creditor == creditor && i.currency == currency,
            InvoiceOfAnother(nullifier, i.creditor, i.currency)
        );
        uint48 available = i.total - i.used;
        require(amount <= available, InvoiceUsedUp(nullifier, amount, available));
        invoice[nullifier].used = i.used + amount;
    }

    function _useReference(bytes32 reference_, uint64 usedFor) internal {
        require(reference_ != 0, ReferenceEmpty());
        uint64 already = referenceUsed[reference_];
        require(already == 0, ReferenceUsed(reference_, already));
        referenceUsed[reference_] = usedFor;
    }

    /// @dev A voucher that its holder may split, offer or finance now.
    function _movable(uint64 voucherId, uint32 actor, uint8 expected)
        internal
        view
        returns (Voucher memory v, Receivable storage r)
    {
        v = _load(voucherId);
        require(v.life != Life.None, VoucherUnknown(voucherId));
        require(v.holder == actor, NotHolder(voucherId, actor, v.holder));
        require(v.life == Life.Live, NotLive(voucherId, v.life));
        require(v.encumbrance == Encumbrance.Free, Encumbered(voucherId, v.encumbrance));
        require(v.version == expected, StaleVoucher(voucherId, v.version, expected));
        uint32 id = uint32(voucherId >> 32);
        r = _receivable[id];
        require(block.timestamp < r.dueAt, PastDue(id, r.dueAt));
        require(v.payments == r.payments, UnredeemedPayments(voucherId, v.payments, r.payments));
    }

    function _offered(uint64 voucherId, uint8 expected) internal view returns (Voucher memory v) {
        v = _load(voucherId);
        require(v.life != Life.None, VoucherUnknown(voucherId));
        require(v.encumbrance == Encumbrance.Offered, NotOffered(voucherId));
        require(v.version == expected, StaleVoucher(voucherId, v.version, expected));
    }

    function _locked(uint64 voucherId, uint8 expected) internal view returns (Voucher memory v) {
        v = _load(voucherId);
        require(v.life != Life.None, VoucherUnknown(voucherId));
        require(v.encumbrance == Encumbrance.Locked, NotLocked(voucherId));
        require(v.version == expected, StaleVoucher(voucherId, v.version, expected));
    }

    /// @dev Vouchers go to suppliers and financiers, never back to who owes them.
    function _checkReceiver(
        uint64 voucherId,
        uint8 tier,
        uint32 to,
        bytes32 evidence,
        Receivable storage r
    ) internal view {
        require(to != r.debtor, SameParty(to));
        require(evidence != 0, EvidenceEmpty());
        uint8 maxTier = policy.maxTier;
        require(tier < maxTier, TierTooDeep(voucherId, tier, maxTier));
        participants.requireActive(to, Roles.HOLDER);
    }

    /// @dev Takes a leg off the end of the parent in memory and stores it as a voucher of its own.
    function _cut(
        uint64 parent,
        Voucher memory v,
        uint24 number,
        Leg calldata leg,
        Receivable storage r
    ) internal {
        require(leg.length != 0, AmountZero());
        bool kept = leg.to == v.holder;
        if (!kept) _checkReceiver(parent, v.tier, leg.to, leg.evidence, r);
        v.length -= leg.length;
        uint64 child = (parent >> 32) << 32 | number;
        _save(
            child,
            Voucher({
                holder: v.holder,
                parent: uint24(parent),
                counterparty: kept ? 0 : leg.to,
                start: v.start + v.length,
                length: leg.length,
                since: uint32(block.timestamp),
                tier: v.tier,
                life: Life.Live,
                encumbrance: kept ? Encumbrance.Free : Encumbrance.Offered,
                payments: v.payments,
                version: 0
            })
        );
        emit Split(child, parent, leg.to, leg.length, leg.evidence, msg.sender);
    }

    /// @dev One read and shifts: the compiler's own copy of a packed struct costs a read a field.
    function _load(uint64 id) internal view returns (Voucher memory v) {
        Voucher storage stored = _voucher[id];
        uint256 word;
        assembly ("memory-safe") {
            word := sload(stored.slot)
        }
        v.holder = uint32(word);
        v.parent = uint24(word >> 32);
        v.counterparty = uint32(word >> 56);
        v.start = uint48(word >> 88);
        v.length = uint48(word >> 136);
        v.since = uint32(word >> 184);
        v.tier = uint8(word >> 216);
        v.life = Life(uint8(word >> 224));
        v.encumbrance = Encumbrance(uint8(word >> 232));
        v.payments = uint8(word >> 240);
        v.version = uint8(word >> 248);
    }

    /// @dev One write, in the layout of the struct.
    function _save(uint64 id, Voucher memory v) internal {
        uint256 word = uint256(v.holder) | uint256(v.parent) << 32 | uint256(v.counterparty) << 56
            | uint256(v.start) << 88 | uint256(v.length) << 136 | uint256(v.since) << 184
            | uint256(v.tier) << 216 | uint256(v.life) << 224 | uint256(v.encumbrance) << 232
            | uint256(v.payments) << 240 | uint256(v.version) << 248;
        Voucher storage stored = _voucher[id];
        assembly ("memory-safe") {
            sstore(stored.slot, word)
        }
    }

    function _encumber(
        uint64 voucherId,
        Voucher memory v,
        Encumbrance encumbrance,
        uint32 counterparty
    ) internal {
        v.encumbrance = encumbrance;
        v.counterparty = counterparty;
        v.since = uint32(block.timestamp);
        // A version only has to differ from the last one: it may wrap.
        unchecked {
            v.version += 1;
        }
        _save(voucherId, v);
    }

    /// @dev The part of `paid` that falls below `end`. What was paid is handed down by halves: the lower half
    /// gets its part rounded to nearest, the upper half the rest; so each unit of the face, once paid, stays
    /// paid. Rounding down `end * paid / size` would not do: the difference of two such parts can shrink.
    function _below(uint256 end, uint256 paid, uint256 size) internal pure returns (uint256 sum) {
        // All numbers are parts of a uint48, and a half is at most its whole.
        unchecked {
            while (end != 0 && paid != 0) {
                if (end >= size) return sum + paid;
                if (paid >= size) return sum + end;
                uint256 half = size / 2;
                uint256 lower = (2 * half * paid + size) / (2 * size);
                if (end < half) {
                    (size, paid) = (half, lower);
                } else {
                    (end, size, paid, sum) = (end - half, size - half, paid - lower, sum + lower);
                }
            }
        }
    }

    function _isSettlementBank(uint32 number) internal view returns (bool) {
        (uint32 roles,,,) = participants.participant(number);
        return roles & Roles.SETTLEMENT_BANK != 0;
    }
}
