// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Limits} from "./Limits.sol";
import {Participants} from "./Participants.sol";
import {PolicyNames} from "./PolicyNames.sol";
import {Roles} from "./Roles.sol";
import {Share} from "./Share.sol";
import {
    COUNTERPARTY,
    ENCUMBRANCE,
    LENGTH,
    LIFE,
    PARENT,
    PAYMENTS,
    TIER,
    UNTIL,
    VoucherWord
} from "./VoucherWord.sol";

/// @title Confirmed receivables and the vouchers that pass them down the chain.
/// @notice A voucher is an interval of a receivable's face, in minor units, held by one participant and known by
/// where it begins. Live, redeemed and void intervals of a receivable tile its face, always. What is overdue
/// stays payable. The ledger records payments that a settlement bank attests; it holds no money.
contract Receivables is EIP712 {
    /* TYPES */

    enum ReceivableState {
        None,
        Open,
        Settled,
        Void
    }

    enum Life {
        None,
        Live,
        Redeemed,
        Void
    }

    enum Encumbrance {
        Free,
        Offered,
        Locked,
        Pledged
    }

    /// @dev The first slot has all that a split or an offer asks for: policies in force at confirmation stay with
    /// the receivable. `payments` counts payments recorded; `paid`, `redeemed` and `credit` are minor units, the
    /// last of what the debtor has paid too much.
    struct Receivable {
        uint32 debtor;
        uint40 dueAt;
        uint8 payments;
        ReceivableState state;
        uint8 flags;
        uint8 maxTier;
        uint8 maxLegs;
        uint32 offerPeriod;
        uint48 minLength;
        uint48 paid;
        uint16 currency;
        uint48 face;
        uint48 redeemed;
        uint48 credit;
        uint32 creditor;
        uint32 group;
        uint16 interestShare;
    }

    /// @dev `VoucherWord` unpacked. `parent` is where the voucher that it was cut from begins; `counterparty` is
    /// whom it is offered to, locked or pledged for, `until` when that ends; `payments` counts the receivable's
    /// payments already redeemed; `version` changes with every write.
    struct Voucher {
        uint32 holder;
        uint48 parent;
        uint32 counterparty;
        uint48 length;
        uint32 until;
        uint8 tier;
        Life life;
        Encumbrance encumbrance;
        uint8 flags;
        uint8 payments;
        uint8 version;
    }

    /// @dev What is stored of a voucher: one word.
    struct Stored {
        VoucherWord word;
    }

    struct Opening {
        uint32 debtor;
        uint32 creditor;
        uint48 face;
        uint16 currency;
        uint40 dueAt;
        uint16 interestShare;
        uint32 group;
        uint8 flags;
        uint8 maxTier;
        uint8 maxLegs;
        uint48 minLength;
        uint32 offerPeriod;
    }

    struct Leg {
        uint32 to;
        uint48 length;
        bytes32 evidence;
    }

    /// @dev What a receiver signs: this voucher, as it is, from this holder, until then. `evidence` is that of the
    /// hop where the signature comes with the transfer, and zero where the voucher has been offered with it.
    struct Acceptance {
        uint80 voucher;
        uint8 version;
        uint32 from;
        uint32 to;
        uint48 length;
        bytes32 evidence;
        uint40 validUntil;
    }

    /* CONSTANTS */

    /// @notice Flags of a receivable: defences waived, extended term, late for a small firm, red-lettered.
    uint8 public constant WAIVED = 1;
    uint8 public constant EXTENDED = 2;
    uint8 public constant LATE_FOR_SMALL_FIRM = 4;
    uint8 public constant RED_LETTERED = 8;

    /// @notice Flags of a voucher: frozen by a regulator, disputed by its debtor, written off by its holder, and
    /// bound to those it was financed from.
    uint8 public constant FROZEN = 1;
    uint8 public constant DISPUTED = 2;
    uint8 public constant WRITTEN_OFF = 4;
    uint8 public constant BOUND = 8;

    bytes32 public constant ACCEPTANCE_TYPEHASH = keccak256(
        "Acceptance(uint80 voucher,uint8 version,uint32 from,uint32 to,uint48 length,bytes32 evidence,uint40 validUntil)"
    );

    /* STORAGE */

    Participants public immutable participants;
    Limits public immutable limits;
    address public immutable issuance;
    address public immutable financing;

    mapping(uint32 id => Receivable) internal _receivable;
    /// @dev A voucher's id is `receivable << 48 | start`: intervals never merge, so a start names one for good.
    mapping(uint80 id => Stored) internal _voucher;
    /// @notice Paid in all after each payment of a receivable, numbered from one.
    mapping(uint32 receivable => mapping(uint8 payment => uint48)) public paidAfter;
    /// @notice What a payment's reference was used for: a receivable's number or a voucher's id.
    mapping(bytes32 reference_ => uint80) public referenceUsed;

    /* EVENTS */

    event Split(
        uint80 indexed child,
        uint80 indexed parent,
        uint32 indexed to,
        uint48 length,
        bytes32 evidence,
        address actor
    );
    event Offered(
        uint80 indexed voucher,
        uint32 indexed from,
        uint32 indexed to,
        bytes32 evidence,
        address actor
    );
    event Accepted(uint80 indexed voucher, uint32 indexed from, uint32 indexed to, address actor);
    /// @dev Comes right before `Accepted`: the receiver's account that signed for it.
    event AcceptanceCarried(uint80 indexed voucher, address indexed signer);
    event Transferred(
        uint80 indexed voucher,
        uint32 indexed from,
        uint32 indexed to,
        bytes32 evidence,
        address signer,
        address actor
    );
    event Refused(
        uint80 indexed voucher,
        uint32 indexed from,
        uint32 indexed to,
        bytes32 reason,
        address actor
    );
    event Withdrawn(uint80 indexed voucher, uint32 indexed from, address actor);
    event Frozen(
        uint80 indexed voucher, uint32 indexed by, bytes32 reason, bytes32 document, address actor
    );
    event Unfrozen(uint80 indexed voucher, uint32 indexed by, bytes32 document, address actor);
    event Disputed(
        uint80 indexed voucher, uint32 indexed by, bytes32 reason, bytes32 document, address actor
    );
    event DisputeEnded(uint80 indexed voucher, uint32 indexed by, bytes32 document, address actor);
    event PaymentRecorded(
        uint32 indexed receivable,
        bytes32 indexed reference_,
        uint48 amount,
        uint48 paid,
        uint48 credit,
        address actor
    );
    event CreditReturned(
        uint32 indexed receivable,
        bytes32 indexed reference_,
        uint48 amount,
        uint48 credit,
        address actor
    );
    event Redeemed(uint80 indexed voucher, uint32 indexed payee, uint48 amount, address actor);
    event WrittenOff(
        uint80 indexed voucher, uint32 indexed holder, bytes32 document, address actor
    );

    /* ERRORS */

    error NotIssuance(address caller);
    error NotFinancing(address caller);
    error AmountZero();
    error SameParty(uint32 number);
    error EvidenceEmpty();
    error DocumentEmpty();
    error ReceivableUnknown(uint32 receivable);
    error WrongReceivableState(uint32 receivable, ReceivableState state);
    error Touched(uint32 receivable);
    error RedLettered(uint32 receivable);
    error VoucherUnknown(uint80 voucher);
    error NotHolder(uint80 voucher, uint32 actor, uint32 holder);
    error NotLive(uint80 voucher, Life life);
    error Encumbered(uint80 voucher, Encumbrance encumbrance);
    error Held(uint80 voucher, uint8 flags);
    error BoundVoucher(uint80 voucher);
    error StaleVoucher(uint80 voucher, uint8 version, uint8 expected);
    error PastDue(uint32 receivable, uint40 dueAt);
    error NotDue(uint32 receivable, uint40 dueAt);
    error UnredeemedPayments(uint80 voucher, uint8 redeemed, uint8 recorded);
    error BadLegCount(uint256 legs, uint8 most, bytes32 policy);
    error LegTooShort(uint80 voucher, uint48 length, uint48 least, bytes32 policy);
    error SplitExceedsVoucher(uint80 voucher, uint256 requested, uint48 available);
    error SplitTakesWhole(uint80 voucher);
    error TierTooDeep(uint80 voucher, uint8 tier, uint8 most, bytes32 policy);
    error NotCounterparty(uint80 voucher, uint32 actor, uint32 counterparty);
    error NotOffered(uint80 voucher);
    error NotLocked(uint80 voucher);
    error NotPledged(uint80 voucher);
    error OfferLapsed(uint80 voucher, uint32 lapsedAt);
    error AcceptanceExpired(uint80 voucher, uint40 validUntil);
    error AcceptanceOfAnother(uint80 voucher, uint32 signer, uint32 to);
    error NotDebtor(uint32 receivable, uint32 actor, uint32 debtor);
    error DefencesWaived(uint32 receivable);
    error AlreadyFlagged(uint80 voucher, uint8 flags);
    error NotFlagged(uint80 voucher, uint8 flags);
    error ReferenceUsed(bytes32 reference_, uint80 usedFor);
    error ReferenceEmpty();
    error ExceedsCredit(uint32 receivable, uint48 amount, uint48 credit);
    error CreditTooLarge(uint32 receivable, uint256 credit);
    error TooManyPayments(uint32 receivable);
    error NothingToRedeem(uint80 voucher);

    constructor(Participants participants_, Limits limits_, address issuance_, address financing_)
        EIP712("Counterfoil Receivables", "1")
    {
        participants = participants_;
        limits = limits_;
        issuance = issuance_;
        financing = financing_;
    }

    modifier onlyIssuance() {
        require(msg.sender == issuance, NotIssuance(msg.sender));
        _;
    }

    modifier onlyFinancing() {
        require(msg.sender == financing, NotFinancing(msg.sender));
        _;
    }

    /* OPENING, BY ISSUANCE */

    /// @notice A confirmed receivable, with one voucher over its whole face.
    function open(uint32 id, Opening calldata o) external onlyIssuance returns (uint80 voucherId) {
        Receivable storage r = _receivable[id];
        r.debtor = o.debtor;
        r.dueAt = o.dueAt;
        r.state = ReceivableState.Open;
        r.flags = o.flags;
        r.maxTier = o.maxTier;
        r.maxLegs = o.maxLegs;
        r.offerPeriod = o.offerPeriod;
        r.minLength = o.minLength;
        r.currency = o.currency;
        r.face = o.face;
        r.creditor = o.creditor;
        r.group = o.group;
        r.interestShare = o.interestShare;
        voucherId = uint80(id) << 48;
        _voucher[voucherId].word = VoucherWord.wrap(
            uint256(o.creditor) | uint256(o.face) << LENGTH | uint256(Life.Live) << LIFE
        );
    }

    /// @notice Reverts unless the first voucher is still the creditor's, free, unpaid and whole.
    function requireUntouched(uint32 id, uint32 creditor) public view {
        Receivable storage r = _receivable[id];
        VoucherWord w = _voucher[uint80(id) << 48].word;
        require(
            r.state == ReceivableState.Open && r.payments == 0 && w.holder() == creditor
                && w.length() == r.face && w.tier() == 0
                && w.encumbrance() == uint8(Encumbrance.Free) && w.flags() == 0,
            Touched(id)
        );
    }

    function voidUntouched(uint32 id) external onlyIssuance returns (uint80 voucherId) {
        Receivable storage r = _receivable[id];
        r.state = ReceivableState.Void;
        voucherId = uint80(id) << 48;
        _voucher[voucherId].word = _voucher[voucherId].word.over(uint8(Life.Void)).raised(1);
        limits.release(r.debtor, r.group, r.currency, r.face);
    }

    function setRedLetter(uint32 id, bool flagged) external onlyIssuance {
        Receivable storage r = _receivable[id];
        r.flags = flagged ? r.flags | RED_LETTERED : r.flags & ~RED_LETTERED;
    }

    /* SPLIT AND TRANSFER */

    /// @notice Cuts pieces off the end of a voucher, each kept or offered on; the parent keeps the rest.
    /// @param expected The voucher's version, so that a call sent twice splits once.
    function split(uint80 voucherId, uint8 expected, Leg[] calldata legs) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        (VoucherWord w, Receivable storage r) = _movable(voucherId, actor, expected);
        uint8 maxLegs = r.maxLegs;
        require(
            legs.length != 0 && legs.length <= maxLegs,
            BadLegCount(legs.length, maxLegs, PolicyNames.MAX_LEGS)
        );
        _checkUnbound(voucherId, w);
        uint48 rest = w.length();
        for (uint256 n; n < legs.length; ++n) {
            rest = _cut(voucherId, w, rest, legs[n], r);
        }
        _voucher[voucherId].word = w.withLength(rest).raised(legs.length);
    }

    /// @notice Offers the whole voucher; nothing moves until the receiver accepts.
    /// @param evidence Commitment to the evidence of the trade this hop pays for.
    function offer(uint80 voucherId, uint8 expected, uint32 to, bytes32 evidence) external {
        uint32 actor = participants.actorAndPeer(msg.sender, Roles.HOLDER, to, Roles.HOLDER);
        Stored storage stored = _voucher[voucherId];
        VoucherWord w = stored.word;
        Receivable storage r = _checkOffer(voucherId, w, actor, expected, to, evidence);
        stored.word = w.encumbered(
                uint8(Encumbrance.Offered), to, uint32(block.timestamp) + r.offerPeriod
            ).raised(1);
        emit Offered(voucherId, actor, to, evidence, msg.sender);
    }

    /// @notice Passes a whole voucher on at once, with the receiver's signed acceptance (EIP-712).
    /// @param r_ The signature's r, and `vs` its s with the parity in the highest bit (EIP-2098).
    function transfer(
        uint80 voucherId,
        uint8 expected,
        uint32 to,
        bytes32 evidence,
        uint40 validUntil,
        bytes32 r_,
        bytes32 vs
    ) external {
        Stored storage stored = _voucher[voucherId];
        VoucherWord w = stored.word;
        (address signer,,) =
            ECDSA.tryRecover(_acceptanceDigest(voucherId, w, to, evidence, validUntil), r_, vs);
        (uint32 actor, uint32 signedFor) =
            participants.actorAndSigner(msg.sender, Roles.HOLDER, signer, Roles.HOLDER);
        _checkOffer(voucherId, w, actor, expected, to, evidence);
        _checkAcceptance(voucherId, signedFor, to, validUntil);
        _moveOn(stored, w, to);
        emit Transferred(voucherId, actor, to, evidence, signer, msg.sender);
    }

    function accept(uint80 voucherId, uint8 expected) external {
        (Stored storage stored, VoucherWord w) = _offered(voucherId, expected);
        uint32 from = w.holder();
        uint32 actor = participants.actorAndPeer(msg.sender, Roles.HOLDER, from, Roles.HOLDER);
        uint32 to = w.counterparty();
        require(to == actor, NotCounterparty(voucherId, actor, to));
        _accept(stored, voucherId, w, from, to);
    }

    /// @notice Accepts an offer for the receiver, who has signed for it (EIP-712); anyone may carry the signature.
    /// @param r_ The signature's r, and `vs` its s with the parity in the highest bit (EIP-2098).
    function acceptBySignature(
        uint80 voucherId,
        uint8 expected,
        uint40 validUntil,
        bytes32 r_,
        bytes32 vs
    ) external {
        (Stored storage stored, VoucherWord w) = _offered(voucherId, expected);
        (uint32 from, uint32 to) = (w.holder(), w.counterparty());
        (address signer,,) =
            ECDSA.tryRecover(_acceptanceDigest(voucherId, w, to, 0, validUntil), r_, vs);
        uint32 signedFor = participants.signerOf(signer, Roles.HOLDER);
        participants.requireActive(from, Roles.HOLDER);
        _checkAcceptance(voucherId, signedFor, to, validUntil);
        emit AcceptanceCarried(voucherId, signer);
        _accept(stored, voucherId, w, from, to);
    }

    function refuse(uint80 voucherId, uint8 expected, bytes32 reason) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        (Stored storage stored, VoucherWord w) = _offered(voucherId, expected);
        require(w.counterparty() == actor, NotCounterparty(voucherId, actor, w.counterparty()));
        _free(stored, w);
        emit Refused(voucherId, w.holder(), actor, reason, msg.sender);
    }

    /// @notice The holder takes an offer back that is not accepted yet, lapsed or not.
    function withdraw(uint80 voucherId, uint8 expected) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        (Stored storage stored, VoucherWord w) = _offered(voucherId, expected);
        require(w.holder() == actor, NotHolder(voucherId, actor, w.holder()));
        _free(stored, w);
        emit Withdrawn(voucherId, actor, msg.sender);
    }

    /* FREEZE AND DISPUTE */

    /// @notice A regulator stops one voucher from moving; what is paid on it still reaches its holder.
    /// @param document Commitment to the order.
    function freeze(uint80 voucherId, bytes32 reason, bytes32 document) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.REGULATOR);
        _raiseFlag(voucherId, FROZEN, document);
        emit Frozen(voucherId, actor, reason, document, msg.sender);
    }

    function unfreeze(uint80 voucherId, bytes32 document) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.REGULATOR);
        _lowerFlag(voucherId, FROZEN, document);
        emit Unfrozen(voucherId, actor, document, msg.sender);
    }

    /// @notice The debtor disputes one voucher, unless it has waived its defences.
    function dispute(uint80 voucherId, bytes32 reason, bytes32 document) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.DEBTOR);
        uint32 id = uint32(voucherId >> 48);
        Receivable storage r = _receivable[id];
        require(actor == r.debtor, NotDebtor(id, actor, r.debtor));
        require(r.flags & WAIVED == 0, DefencesWaived(id));
        _raiseFlag(voucherId, DISPUTED, document);
        emit Disputed(voucherId, actor, reason, document, msg.sender);
    }

    /// @notice The debtor gives a dispute up, or a regulator ends it.
    function endDispute(uint80 voucherId, bytes32 document) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.DEBTOR | Roles.REGULATOR);
        uint32 id = uint32(voucherId >> 48);
        uint32 debtor = _receivable[id].debtor;
        require(
            actor == debtor || participants.accountHasRole(msg.sender, Roles.REGULATOR),
            NotDebtor(id, actor, debtor)
        );
        _lowerFlag(voucherId, DISPUTED, document);
        emit DisputeEnded(voucherId, actor, document, msg.sender);
    }

    /* SETTLEMENT */

    /// @notice A settlement bank attests a payment by the debtor: early, late, whole, in part or too much.
    /// @param reference_ Hash of the bank's own record of the payment; each counts once.
    function recordPayment(uint32 id, uint48 amount, bytes32 reference_) external {
        participants.actorOf(msg.sender, Roles.SETTLEMENT_BANK);
        Receivable storage r = _known(id);
        require(r.state != ReceivableState.Void, WrongReceivableState(id, r.state));
        require(amount != 0, AmountZero());
        _useReference(reference_, id);
        uint48 outstanding = r.face - r.paid;
        uint48 taken = amount < outstanding ? amount : outstanding;
        if (taken != 0) {
            // The last number is kept for the payment that settles, so that there always is one.
            require(r.payments < type(uint8).max - 1 || taken == outstanding, TooManyPayments(id));
            uint48 paid = r.paid + taken;
            uint8 payments = r.payments + 1;
            r.paid = paid;
            r.payments = payments;
            paidAfter[id][payments] = paid;
            if (paid == r.face) r.state = ReceivableState.Settled;
            limits.release(r.debtor, r.group, r.currency, taken);
        }
        uint256 credit = uint256(r.credit) + (amount - taken);
        require(credit <= type(uint48).max, CreditTooLarge(id, credit));
        r.credit = uint48(credit);
        emit PaymentRecorded(id, reference_, amount, r.paid, r.credit, msg.sender);
    }

    /// @notice A settlement bank attests that the debtor got back what it had paid too much.
    function returnCredit(uint32 id, uint48 amount, bytes32 reference_) external {
        participants.actorOf(msg.sender, Roles.SETTLEMENT_BANK);
        Receivable storage r = _known(id);
        require(amount != 0, AmountZero());
        require(amount <= r.credit, ExceedsCredit(id, amount, r.credit));
        _useReference(reference_, id);
        r.credit -= amount;
        emit CreditReturned(id, reference_, amount, r.credit, msg.sender);
    }

    /// @notice Pays out, to each voucher, its part of what was paid since it was last redeemed. Neither a freeze
    /// nor the holder's suspension stands in the way: a settlement bank may redeem for it.
    /// @param starts Where the vouchers begin.
    function redeem(uint32 id, uint48[] calldata starts) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER | Roles.SETTLEMENT_BANK);
        Receivable storage r = _known(id);
        // Zero stands for a settlement bank, which redeems for any holder.
        if (participants.accountHasRole(msg.sender, Roles.SETTLEMENT_BANK)) actor = 0;
        (uint8 payments, uint48 paid, uint48 face) = (r.payments, r.paid, r.face);
        uint48 sum;
        for (uint256 n; n < starts.length; ++n) {
            // Parts of a face are no more than it.
            unchecked {
                sum += _redeem(uint80(id) << 48 | starts[n], actor, payments, paid, face);
            }
        }
        r.redeemed += sum;
    }

    /// @notice The holder writes off what is overdue, in its own books; the claim stays and is paid like any.
    function writeOff(uint80 voucherId, uint8 expected, bytes32 document) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.HOLDER);
        VoucherWord w = _live(voucherId);
        require(w.holder() == actor, NotHolder(voucherId, actor, w.holder()));
        require(w.version() == expected, StaleVoucher(voucherId, w.version(), expected));
        uint32 id = uint32(voucherId >> 48);
        require(block.timestamp >= _receivable[id].dueAt, NotDue(id, _receivable[id].dueAt));
        _raiseFlag(voucherId, WRITTEN_OFF, document);
        emit WrittenOff(voucherId, actor, document, msg.sender);
    }

    /* FINANCING */

    /// @notice Locks a voucher that its holder may move now for a financier.
    /// @return unpaid Minor units of it that are not paid yet.
    function lock(uint80 voucherId, uint8 expected, uint32 actor, uint32 financier, uint32 by)
        external
        onlyFinancing
        returns (uint48 unpaid)
    {
        (VoucherWord w, Receivable storage r) = _movable(voucherId, actor, expected);
        _voucher[voucherId].word = w.encumbered(uint8(Encumbrance.Locked), financier, by).raised(1);
        return w.length() - Share.part(uint48(voucherId), w.length(), r.paid, r.face);
    }

    /// @notice Frees a locked or pledged voucher.
    function free(uint80 voucherId, uint8 expected, Encumbrance was) external onlyFinancing {
        _free(_voucher[voucherId], _held(voucherId, expected, was));
    }

    /// @notice A locked voucher becomes its financier's pledge.
    function pledge(uint80 voucherId, uint8 expected, uint32 maturesAt) external onlyFinancing {
        VoucherWord w = _held(voucherId, expected, Encumbrance.Locked);
        _checkNotHeld(voucherId, w);
        _voucher[voucherId].word =
            w.encumbered(uint8(Encumbrance.Pledged), w.counterparty(), maturesAt).raised(1);
    }

    /// @notice A voucher, locked, pledged or free, becomes somebody's; bound while others may come back on it.
    function assign(uint80 voucherId, uint8 expected, Encumbrance was, uint32 to, bool bound)
        external
        onlyFinancing
    {
        VoucherWord w = _held(voucherId, expected, was);
        uint8 flags = w.flags();
        // Who buys something back may have to take it disputed.
        uint8 held = was == Encumbrance.Free ? FROZEN : FROZEN | DISPUTED;
        require(flags & held == 0, Held(voucherId, flags));
        // Written off by whoever held it: the next holder has not.
        flags &= ~(WRITTEN_OFF | BOUND);
        w = w.withFlags(bound ? flags | BOUND : flags);
        _moveOn(_voucher[voucherId], w, to);
    }

    function setBound(uint80 voucherId, bool bound) external onlyFinancing {
        VoucherWord w = _voucher[voucherId].word;
        uint8 flags = w.flags();
        _voucher[voucherId].word = w.withFlags(bound ? flags | BOUND : flags & ~BOUND).raised(1);
    }

    /// @notice Marks the reference of a payment that belongs to a voucher's financing.
    function useReference(bytes32 reference_, uint80 usedFor) external onlyFinancing {
        _useReference(reference_, usedFor);
    }

    /* VIEWS */

    function receivable(uint32 id) external view returns (Receivable memory) {
        return _receivable[id];
    }

    function voucher(uint80 id) external view returns (Voucher memory) {
        VoucherWord w = _voucher[id].word;
        return Voucher({
            holder: w.holder(),
            parent: w.parent(),
            counterparty: w.counterparty(),
            length: w.length(),
            until: w.until(),
            tier: w.tier(),
            life: Life(w.life()),
            encumbrance: Encumbrance(w.encumbrance()),
            flags: w.flags(),
            payments: w.payments(),
            version: w.version()
        });
    }

    /// @notice Who owes a receivable, when it is due, and whether anything of it is still owed.
    function debtOf(uint32 id) external view returns (uint32 debtor, uint40 dueAt, bool owed) {
        Receivable storage r = _known(id);
        return (r.debtor, r.dueAt, r.state == ReceivableState.Open);
    }

    /// @notice Minor units of a voucher that no payment has covered yet.
    function unpaidOf(uint80 voucherId) external view returns (uint48) {
        Receivable storage r = _receivable[uint32(voucherId >> 48)];
        uint48 whole = _voucher[voucherId].word.length();
        return whole - Share.part(uint48(voucherId), whole, r.paid, r.face);
    }

    /// @notice The part of `paid` that falls on an interval of the face.
    function share(uint48 start, uint48 length, uint48 paid, uint48 face)
        external
        pure
        returns (uint48)
    {
        return Share.part(start, length, paid, face);
    }

    /// @notice What a receiver signs (EIP-712).
    function acceptanceDigest(Acceptance calldata a) external view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ACCEPTANCE_TYPEHASH, a)));
    }

    /* INTERNAL */

    function _acceptanceDigest(
        uint80 voucherId,
        VoucherWord w,
        uint32 to,
        bytes32 evidence,
        uint40 validUntil
    ) internal view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    ACCEPTANCE_TYPEHASH,
                    voucherId,
                    w.version(),
                    w.holder(),
                    to,
                    w.length(),
                    evidence,
                    validUntil
                )
            )
        );
    }

    function _known(uint32 id) internal view returns (Receivable storage r) {
        r = _receivable[id];
        require(r.state != ReceivableState.None, ReceivableUnknown(id));
    }

    function _live(uint80 voucherId) internal view returns (VoucherWord w) {
        w = _voucher[voucherId].word;
        _checkLive(voucherId, w);
    }

    function _checkLive(uint80 voucherId, VoucherWord w) internal pure {
        uint8 life = w.life();
        require(life != uint8(Life.None), VoucherUnknown(voucherId));
        require(life == uint8(Life.Live), NotLive(voucherId, Life(life)));
    }

    /// @dev A voucher that its holder may split, offer or finance now.
    function _movable(uint80 voucherId, uint32 actor, uint8 expected)
        internal
        view
        returns (VoucherWord w, Receivable storage r)
    {
        w = _voucher[voucherId].word;
        r = _checkMovable(voucherId, w, actor, expected);
    }

    function _checkMovable(uint80 voucherId, VoucherWord w, uint32 actor, uint8 expected)
        internal
        view
        returns (Receivable storage r)
    {
        _checkLive(voucherId, w);
        require(w.holder() == actor, NotHolder(voucherId, actor, w.holder()));
        uint8 encumbrance = w.encumbrance();
        require(
            encumbrance == uint8(Encumbrance.Free), Encumbered(voucherId, Encumbrance(encumbrance))
        );
        require(w.version() == expected, StaleVoucher(voucherId, w.version(), expected));
        r = _passable(voucherId, w);
    }

    /// @dev What must hold of a voucher whenever it changes hands before maturity.
    function _passable(uint80 voucherId, VoucherWord w)
        internal
        view
        returns (Receivable storage r)
    {
        _checkNotHeld(voucherId, w);
        uint32 id = uint32(voucherId >> 48);
        r = _receivable[id];
        require(r.flags & RED_LETTERED == 0, RedLettered(id));
        require(block.timestamp < r.dueAt, PastDue(id, r.dueAt));
        require(w.payments() == r.payments, UnredeemedPayments(voucherId, w.payments(), r.payments));
    }

    /// @dev Whether its holder may pass the whole voucher on to somebody now.
    function _checkOffer(
        uint80 voucherId,
        VoucherWord w,
        uint32 actor,
        uint8 expected,
        uint32 to,
        bytes32 evidence
    ) internal view returns (Receivable storage r) {
        r = _checkMovable(voucherId, w, actor, expected);
        _checkUnbound(voucherId, w);
        require(to != actor && to != r.debtor, SameParty(to));
        require(evidence != 0, EvidenceEmpty());
        _checkTier(voucherId, w, r);
    }

    function _checkNotHeld(uint80 voucherId, VoucherWord w) internal pure {
        uint8 flags = w.flags();
        require(flags & (FROZEN | DISPUTED) == 0, Held(voucherId, flags));
    }

    function _checkUnbound(uint80 voucherId, VoucherWord w) internal pure {
        require(w.flags() & BOUND == 0, BoundVoucher(voucherId));
    }

    function _checkTier(uint80 voucherId, VoucherWord w, Receivable storage r) internal view {
        uint8 maxTier = r.maxTier;
        require(w.tier() < maxTier, TierTooDeep(voucherId, w.tier(), maxTier, PolicyNames.MAX_TIER));
    }

    function _offered(uint80 voucherId, uint8 expected)
        internal
        view
        returns (Stored storage stored, VoucherWord w)
    {
        stored = _voucher[voucherId];
        w = stored.word;
        require(w.life() != uint8(Life.None), VoucherUnknown(voucherId));
        require(w.encumbrance() == uint8(Encumbrance.Offered), NotOffered(voucherId));
        require(w.version() == expected, StaleVoucher(voucherId, w.version(), expected));
    }

    /// @dev A live voucher with an encumbrance, at a version.
    function _held(uint80 voucherId, uint8 expected, Encumbrance was)
        internal
        view
        returns (VoucherWord w)
    {
        w = _live(voucherId);
        if (w.encumbrance() != uint8(was)) {
            if (was == Encumbrance.Locked) revert NotLocked(voucherId);
            if (was == Encumbrance.Pledged) revert NotPledged(voucherId);
            revert Encumbered(voucherId, Encumbrance(w.encumbrance()));
        }
        require(w.version() == expected, StaleVoucher(voucherId, w.version(), expected));
    }

    /// @dev Takes a leg off the end of what is left of the parent and stores it as a voucher of its own.
    /// @return left What is left of the parent then.
    function _cut(uint80 parent, VoucherWord w, uint48 rest, Leg calldata leg, Receivable storage r)
        internal
        returns (uint48 left)
    {
        uint48 length = leg.length;
        uint32 to = leg.to;
        uint32 holder = w.holder();
        require(
            length >= r.minLength, LegTooShort(parent, length, r.minLength, PolicyNames.MIN_LENGTH)
        );
        require(length <= rest, SplitExceedsVoucher(parent, length, rest));
        require(length != rest, SplitTakesWhole(parent));
        left = rest - length;
        uint256 child = uint256(holder) | uint256(uint48(parent)) << PARENT | uint256(length)
            << LENGTH | uint256(w.tier()) << TIER | uint256(Life.Live) << LIFE
            | uint256(w.payments()) << PAYMENTS;
        if (to != holder) {
            require(to != r.debtor, SameParty(to));
            require(leg.evidence != 0, EvidenceEmpty());
            _checkTier(parent, w, r);
            participants.requireActive(to, Roles.HOLDER);
            child |= uint256(Encumbrance.Offered) << ENCUMBRANCE | uint256(to) << COUNTERPARTY
            | (block.timestamp + r.offerPeriod) << UNTIL;
        }
        uint80 id = parent + left;
        _voucher[id].word = VoucherWord.wrap(child);
        emit Split(id, parent, to, length, leg.evidence, msg.sender);
    }

    function _accept(Stored storage stored, uint80 voucherId, VoucherWord w, uint32 from, uint32 to)
        internal
    {
        require(block.timestamp <= w.until(), OfferLapsed(voucherId, w.until()));
        _passable(voucherId, w);
        _moveOn(stored, w, to);
        emit Accepted(voucherId, from, to, msg.sender);
    }

    function _checkAcceptance(uint80 voucherId, uint32 signedFor, uint32 to, uint40 validUntil)
        internal
        view
    {
        require(block.timestamp <= validUntil, AcceptanceExpired(voucherId, validUntil));
        require(signedFor == to, AcceptanceOfAnother(voucherId, signedFor, to));
    }

    /// @dev One hop further, free in the new holder's hands.
    function _moveOn(Stored storage stored, VoucherWord w, uint32 to) internal {
        stored.word = w.passedTo(to).raised(1);
    }

    function _free(Stored storage stored, VoucherWord w) internal {
        stored.word = w.encumbered(uint8(Encumbrance.Free), 0, 0).raised(1);
    }

    function _raiseFlag(uint80 voucherId, uint8 flag, bytes32 document) internal {
        VoucherWord w = _live(voucherId);
        require(document != 0, DocumentEmpty());
        uint8 flags = w.flags();
        require(flags & flag == 0, AlreadyFlagged(voucherId, flags));
        _voucher[voucherId].word = w.withFlags(flags | flag).raised(1);
    }

    function _lowerFlag(uint80 voucherId, uint8 flag, bytes32 document) internal {
        VoucherWord w = _live(voucherId);
        require(document != 0, DocumentEmpty());
        uint8 flags = w.flags();
        require(flags & flag != 0, NotFlagged(voucherId, flags));
        _voucher[voucherId].word = w.withFlags(flags & ~flag).raised(1);
    }

    function _useReference(bytes32 reference_, uint80 usedFor) internal {
        require(reference_ != 0, ReferenceEmpty());
        uint80 already = referenceUsed[reference_];
        require(already == 0, ReferenceUsed(reference_, already));
        referenceUsed[reference_] = usedFor;
    }

    /// @param actor Who redeems; zero for a settlement bank.
    /// @param payments The receivable's payments, `paid` what they come to.
    /// @return amount What falls on the voucher of the payments that it has not been redeemed for.
    function _redeem(uint80 voucherId, uint32 actor, uint8 payments, uint48 paid, uint48 face)
        internal
        returns (uint48 amount)
    {
        Stored storage stored = _voucher[voucherId];
        VoucherWord w = stored.word;
        _checkLive(voucherId, w);
        uint8 encumbrance = w.encumbrance();
        uint32 payee = encumbrance == uint8(Encumbrance.Pledged) ? w.counterparty() : w.holder();
        require(
            actor == 0 || actor == payee || actor == w.holder(),
            NotHolder(voucherId, actor, w.holder())
        );
        // The financier bought the whole claim: who gets the payment is open until the lock is.
        require(encumbrance != uint8(Encumbrance.Locked), Encumbered(voucherId, Encumbrance.Locked));
        uint8 redeemed = w.payments();
        require(redeemed < payments, NothingToRedeem(voucherId));
        uint48 length = w.length();
        amount = paid == face ? length : Share.part(uint48(voucherId), length, paid, face);
        if (redeemed != 0) {
            uint48 before = paidAfter[uint32(voucherId >> 48)][redeemed];
            amount -= Share.part(uint48(voucherId), length, before, face);
        }
        w = paid == face ? w.over(uint8(Life.Redeemed)) : w;
        stored.word = w.paidUpTo(payments).raised(1);
        emit Redeemed(voucherId, payee, amount, msg.sender);
    }
}
