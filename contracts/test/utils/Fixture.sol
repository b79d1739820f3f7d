// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Limits} from "../../src/Limits.sol";
import {Participants} from "../../src/Participants.sol";
import {Policies} from "../../src/Policies.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "./Consortium.sol";

/// @dev A consortium with all of its ledger: parameters, limits, receivables and their financing. The anchor is
/// a large firm in the group of `HEAD`; the third supplier is a small firm.
abstract contract Fixture is Consortium {
    /* PARTICIPANTS */

    /// @dev A debtor, and the head of the anchor's group.
    uint32 internal constant HEAD = PARTICIPANTS + 1;
    /// @dev A supplier that finances too.
    uint32 internal constant TRADER = PARTICIPANTS + 2;
    uint32 internal constant EVERYBODY = TRADER;

    /* TIMES */

    /// @dev The governors set the parameters a second after deployment; that is when each test begins.
    uint40 internal constant NOW = START + 1;
    uint40 internal constant DELIVERED_AT = START - 5 days;
    uint40 internal constant DUE_AT = START + 50 days;

    uint40 internal constant LONGEST_TERM = 360 days;
    uint40 internal constant REVIEW_TERM = 180 days;
    uint40 internal constant SMALL_FIRM_TERM = 60 days;
    uint40 internal constant OVERDUE_GRACE = 5 days;
    uint32 internal constant OFFER_PERIOD = 7 days;
    uint32 internal constant DISBURSE_PERIOD = 3 days;

    /* VALUES */

    uint8 internal constant MAX_TIER = 4;
    uint8 internal constant MAX_LEGS = 20;
    uint16 internal constant CNY = 156;
    uint16 internal constant EUR = 978;
    uint48 internal constant FACE = 1_000_000_00;
    uint48 internal constant MAX_FACE = type(uint48).max;
    uint64 internal constant LIMIT = 16 * uint64(MAX_FACE);
    uint64 internal constant GROUP_LIMIT = 32 * uint64(MAX_FACE);
    /// @dev Half of a financing's interest may be the debtor's.
    uint16 internal constant INTEREST_SHARE = 5_000;

    bytes32 internal constant EVIDENCE = "evidence of a hop";
    bytes32 internal constant DOCUMENT = "document";
    bytes32 internal constant TERMS = "terms";
    bytes32 internal constant JUSTIFICATION = "justification";

    Policies internal policies;
    Receivables internal receivables;
    Limits internal limits;
    Invoices internal invoices;
    Issuance internal issuance;
    Financing internal financing;

    Participants.Call[] private _calls;

    function setUp() public virtual override {
        super.setUp();
        policies = new Policies(participants);
        uint64 nonce = vm.getNonce(address(this));
        Limits limits_ = Limits(vm.computeCreateAddress(address(this), nonce + 1));
        Issuance issuance_ = Issuance(vm.computeCreateAddress(address(this), nonce + 3));
        address financing_ = vm.computeCreateAddress(address(this), nonce + 4);
        receivables = new Receivables(participants, limits_, address(issuance_), financing_);
        limits = new Limits(participants, policies, receivables, address(issuance_));
        invoices = new Invoices(participants, issuance_);
        issuance = new Issuance(participants, policies, attestations, invoices, limits, receivables);
        financing = new Financing(participants, policies, receivables);
        assertEq(address(limits), address(limits_), "limits where the ledger expects them");
        assertEq(address(issuance), address(issuance_), "issuance where the ledger expects it");
        assertEq(address(financing), financing_, "financing where the ledger expects it");

        vm.warp(NOW);
        _draft(
            abi.encodeCall(
                Participants.setRoles, (ANCHOR, Roles.DEBTOR | Roles.LARGE_FIRM, VALID_UNTIL)
            )
        );
        _draft(
            abi.encodeCall(
                Participants.setRoles, (THIRD, Roles.SUPPLIER | Roles.SMALL_FIRM, VALID_UNTIL)
            )
        );
        _draftAdmission(HEAD, Roles.DEBTOR);
        _draftAdmission(TRADER, Roles.HOLDER);
        _draftPolicies();
        _draftLimits();
        _govern(_calls);
    }

    function _draft(bytes memory data) private {
        _calls.push(Participants.Call(address(participants), data));
    }

    function _draftAdmission(uint32 number, uint32 roles) private {
        _draft(
            abi.encodeCall(
                Participants.admit, (_legalId(number), roles, VALID_UNTIL, _account(number))
            )
        );
    }

    function _draftPolicies() private {
        _draftPolicy(PolicyNames.LONGEST_TERM, LONGEST_TERM);
        _draftPolicy(PolicyNames.REVIEW_TERM, REVIEW_TERM);
        _draftPolicy(PolicyNames.SMALL_FIRM_TERM, SMALL_FIRM_TERM);
        _draftPolicy(PolicyNames.SMALL_FIRM_REFUSED, 1);
        _draftPolicy(PolicyNames.EVIDENCE_LEVEL, MIN_LEVEL);
        _draftPolicy(PolicyNames.LIMIT_NEEDED, 1);
        _draftPolicy(PolicyNames.OVERDUE_GRACE, OVERDUE_GRACE);
        _draftPolicy(PolicyNames.MAX_TIER, MAX_TIER);
        _draftPolicy(PolicyNames.MAX_LEGS, MAX_LEGS);
        _draftPolicy(PolicyNames.MIN_LENGTH, 1);
        _draftPolicy(PolicyNames.OFFER_PERIOD, OFFER_PERIOD);
        _draftPolicy(PolicyNames.DISBURSE_PERIOD, DISBURSE_PERIOD);
        _draftPolicy(PolicyNames.REGISTRATION_NEEDED, 0);
        _draftPolicy(PolicyNames.AGREEMENT_NEEDED, 0);
        _draftPolicy(PolicyNames.JUSTIFICATION_NEEDED, 1);
    }

    function _draftPolicy(bytes32 name, uint64 value) private {
        _calls.push(Participants.Call(address(policies), _policyCall(name, value)));
    }

    function _draftLimits() private {
        _draftLimit(abi.encodeCall(Limits.setGroup, (ANCHOR, HEAD)));
        uint16[2] memory currencies = [CNY, EUR];
        for (uint256 n; n < currencies.length; ++n) {
            _draftLimit(abi.encodeCall(Limits.setLimit, (ANCHOR, currencies[n], LIMIT)));
            _draftLimit(abi.encodeCall(Limits.setLimit, (HEAD, currencies[n], LIMIT)));
            _draftLimit(abi.encodeCall(Limits.setGroupLimit, (HEAD, currencies[n], GROUP_LIMIT)));
        }
    }

    function _draftLimit(bytes memory data) private {
        _calls.push(Participants.Call(address(limits), data));
    }

    /* CALLS */

    /// @dev The call is refused, and for this.
    function _refused(uint32 actor, address target, bytes memory data, bytes memory refusal)
        internal
    {
        _refusedFrom(_account(actor), target, data, refusal);
    }

    function _refusedFrom(address from, address target, bytes memory data, bytes memory refusal)
        internal
    {
        vm.prank(from);
        (bool success, bytes memory returned) = target.call(data);
        assertFalse(success, "refused");
        assertEq(returned, refusal, "refused for this");
    }

    /// @dev The same call is lawful.
    function _lawful(uint32 actor, address target, bytes memory data) internal {
        vm.prank(_account(actor));
        (bool success, bytes memory returned) = target.call(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(returned, 32), mload(returned))
        }
    }

    /* GOVERNANCE */

    /// @dev What two governors have approved, by the third.
    function _execute(uint32 id, Participants.Call[] memory calls) internal {
        vm.prank(GOVERNOR_C);
        participants.execute(id, calls);
    }

    function _policyCall(bytes32 name, uint64 value) internal pure returns (bytes memory) {
        return abi.encodeCall(Policies.set, (name, value, 0, "issuer", "document", "article"));
    }

    /// @dev In effect at once. A parameter has one value a second: whoever sets it again lets time pass.
    function _setPolicy(bytes32 name, uint64 value) internal {
        (, uint40 since,) = policies.version(name, policies.versions(name));
        if (since == block.timestamp) vm.warp(block.timestamp + 1);
        _govern(address(policies), _policyCall(name, value));
    }

    function _setLimit(uint32 debtor, uint64 amount) internal {
        _govern(address(limits), abi.encodeCall(Limits.setLimit, (debtor, CNY, amount)));
    }

    function _setGroupLimit(uint32 group, uint64 amount) internal {
        _govern(address(limits), abi.encodeCall(Limits.setGroupLimit, (group, CNY, amount)));
    }

    function _reinstate(uint32 number) internal {
        _govern(abi.encodeCall(Participants.reinstate, (number, REASON)));
    }

    /// @dev The participant may act up to and including now, no longer.
    function _expire(uint32 number) internal {
        (uint32 roles,,,) = participants.participant(number);
        uint40 end = uint40(block.timestamp) + 1;
        _govern(abi.encodeCall(Participants.setRoles, (number, roles, end)));
        vm.warp(end + 1);
    }

    /* INVOICES */

    function _invoiced(uint48 total) internal returns (bytes32 nullifier) {
        nullifier = _invoiced(SUPPLIER, CNY, total);
    }

    function _invoiced(uint32 creditor, uint16 currency, uint48 total)
        internal
        returns (bytes32 nullifier)
    {
        nullifier = _new();
        _as(TAX);
        invoices.register(nullifier, creditor, currency, total);
    }

    function _invoiceBy(bytes32 nullifier) internal view returns (Invoices.Invoice memory i) {
        (i.attester, i.creditor, i.currency, i.total, i.credited, i.used, i.notes) =
            invoices.invoice(nullifier);
    }

    /// @dev A red-letter note, of which the receivables that rest on the invoice hear at once.
    function _credit(bytes32 nullifier, uint48 amount, uint32[] memory ids) internal {
        _as(TAX);
        invoices.credit(nullifier, amount, DOCUMENT, ids);
    }

    function _ids(uint32 id) internal pure returns (uint32[] memory ids) {
        ids = new uint32[](1);
        ids[0] = id;
    }

    /* ISSUES */

    /// @dev Terms between anchor and supplier, on evidence and an invoice of their own.
    function _terms(uint48 face) internal returns (Issuance.Terms memory) {
        return _terms(ANCHOR, SUPPLIER, face);
    }

    function _terms(uint32 debtor, uint32 creditor, uint48 face)
        internal
        returns (Issuance.Terms memory)
    {
        bytes32 evidence = _attested();
        return Issuance.Terms({
            debtor: debtor,
            creditor: creditor,
            face: face,
            currency: CNY,
            deliveredAt: DELIVERED_AT,
            dueAt: DUE_AT,
            interestShare: INTEREST_SHARE,
            waivesDefences: false,
            evidence: evidence,
            invoice: _invoiced(creditor, CNY, face)
        });
    }

    function _propose(uint32 actor, Issuance.Terms memory terms) internal returns (uint32 id) {
        _as(actor);
        id = issuance.propose(terms);
    }

    /// @dev The creditor's proposal.
    function _proposed(uint48 face) internal returns (uint32 id) {
        Issuance.Terms memory terms = _terms(face);
        id = _propose(terms.creditor, terms);
    }

    function _confirm(uint32 id) internal returns (uint80 voucherId) {
        Issuance.Issue memory i = issuance.issue(id);
        _as(i.proposedByDebtor ? i.creditor : i.debtor);
        issuance.confirm(id);
        voucherId = uint80(id) << 48;
    }

    /// @dev The first voucher of a receivable on terms.
    function _issued(Issuance.Terms memory terms) internal returns (uint80 voucherId) {
        voucherId = _confirm(_propose(terms.creditor, terms));
    }

    /// @dev The first voucher of a confirmed receivable, held by the supplier.
    function _confirmed(uint48 face) internal returns (uint80 voucherId) {
        voucherId = _confirm(_proposed(face));
    }

    /* VOUCHERS */

    function _receivableOf(uint80 voucherId) internal pure returns (uint32) {
        return uint32(voucherId >> 48);
    }

    function _voucherOf(uint32 id, uint48 start) internal pure returns (uint80) {
        return uint80(id) << 48 | start;
    }

    function _voucher(uint80 voucherId) internal view returns (Receivables.Voucher memory) {
        return receivables.voucher(voucherId);
    }

    function _versionOf(uint80 voucherId) internal view returns (uint8) {
        return receivables.voucher(voucherId).version;
    }

    function _holderOf(uint80 voucherId) internal view returns (uint32) {
        return receivables.voucher(voucherId).holder;
    }

    function _flagsOf(uint80 voucherId) internal view returns (uint8) {
        return receivables.voucher(voucherId).flags;
    }

    function _leg(uint32 to, uint48 length) internal pure returns (Receivables.Leg[] memory legs) {
        legs = new Receivables.Leg[](1);
        legs[0] = Receivables.Leg(to, length, EVIDENCE);
    }

    /// @dev The holder cuts one piece off for `to`.
    function _split(uint80 voucherId, uint32 to, uint48 length) internal returns (uint80 child) {
        Receivables.Voucher memory v = _voucher(voucherId);
        _as(v.holder);
        receivables.split(voucherId, v.version, _leg(to, length));
        child = voucherId + v.length - length;
    }

    function _offered(uint80 voucherId, uint32 to) internal {
        Receivables.Voucher memory v = _voucher(voucherId);
        _as(v.holder);
        receivables.offer(voucherId, v.version, to, EVIDENCE);
    }

    function _accepted(uint80 voucherId) internal {
        Receivables.Voucher memory v = _voucher(voucherId);
        _as(v.counterparty);
        receivables.accept(voucherId, v.version);
    }

    /// @dev Offered and accepted.
    function _passed(uint80 voucherId, uint32 to) internal {
        _offered(voucherId, to);
        _accepted(voucherId);
    }

    /// @dev A new voucher that the supplier has passed on to `holder`.
    function _held(uint32 holder) internal returns (uint80 voucherId) {
        voucherId = _confirmed(FACE);
        if (holder != SUPPLIER) _passed(voucherId, holder);
    }

    /// @dev What `to` signs to accept the voucher as it is now from who holds it; zero evidence if it is offered.
    function _acceptance(uint80 voucherId, uint32 to, bytes32 evidence)
        internal
        view
        returns (Receivables.Acceptance memory)
    {
        Receivables.Voucher memory v = _voucher(voucherId);
        return Receivables.Acceptance({
            voucher: voucherId,
            version: v.version,
            from: v.holder,
            to: to,
            length: v.length,
            evidence: evidence,
            validUntil: uint40(block.timestamp) + 1 days
        });
    }

    function _sign(uint32 signer, Receivables.Acceptance memory acceptance)
        internal
        view
        returns (bytes32 r, bytes32 vs)
    {
        return _signed(signer, receivables.acceptanceDigest(acceptance));
    }

    /// @return r The signature's r, and `vs` its s with the parity in the highest bit (EIP-2098).
    function _signed(uint32 signer, bytes32 digest) internal pure returns (bytes32 r, bytes32 vs) {
        uint8 v;
        bytes32 s;
        (v, r, s) = vm.sign(_key(signer), digest);
        vs = bytes32(uint256(v - 27) << 255 | uint256(s));
    }

    /* HOLDING */

    function _freeze(uint80 voucherId) internal {
        _as(REGULATOR);
        receivables.freeze(voucherId, REASON, DOCUMENT);
    }

    function _dispute(uint80 voucherId) internal {
        _as(receivables.receivable(_receivableOf(voucherId)).debtor);
        receivables.dispute(voucherId, REASON, DOCUMENT);
    }

    /* FINANCING */

    /// @dev Half of what is unpaid is paid out; a tenth of it is interest, of which the debtor bears the half,
    /// and a hundredth are fees.
    function _quote(uint80 voucherId, uint32 financier, Financing.Kind kind)
        internal
        view
        returns (Financing.Quote memory)
    {
        uint48 unpaid = receivables.unpaidOf(voucherId);
        return Financing.Quote({
            voucher: voucherId,
            version: _versionOf(voucherId),
            financier: financier,
            kind: kind,
            face: unpaid,
            proceeds: unpaid / 2,
            interest: unpaid / 10,
            debtorInterest: unpaid / 20,
            fees: unpaid / 100,
            maturesAt: kind == Financing.Kind.Pledge ? uint40(block.timestamp) + 10 days : 0,
            validUntil: uint40(block.timestamp) + 1 days,
            terms: TERMS
        });
    }

    /// @dev What the financier may take of the voucher on such a quote.
    function _owed(Financing.Quote memory quote) internal pure returns (uint48) {
        return quote.proceeds + quote.interest - quote.debtorInterest + quote.fees;
    }

    function _sign(uint32 signer, Financing.Quote memory quote)
        internal
        view
        returns (bytes32 r, bytes32 vs)
    {
        return _signed(signer, financing.quoteDigest(quote));
    }

    /// @dev The holder's acceptance of a quote, signed by whoever.
    function _acceptQuoteCall(uint32 signer, Financing.Quote memory quote)
        internal
        view
        returns (bytes memory)
    {
        (bytes32 r, bytes32 vs) = _sign(signer, quote);
        return abi.encodeCall(Financing.acceptQuote, (quote, r, vs, 0));
    }

    /// @dev The holder accepts a quote that its financier has signed.
    function _finance(Financing.Quote memory quote) internal {
        _lawful(
            _holderOf(quote.voucher), address(financing), _acceptQuoteCall(quote.financier, quote)
        );
    }

    /// @dev Locked for the financier.
    function _locked(uint80 voucherId, uint32 financier, Financing.Kind kind)
        internal
        returns (Financing.Quote memory quote)
    {
        quote = _quote(voucherId, financier, kind);
        _finance(quote);
    }

    function _file(uint80 voucherId) internal {
        Receivables.Voucher memory v = _voucher(voucherId);
        _as(v.counterparty);
        financing.file(voucherId, v.version, _new(), _new(), uint40(block.timestamp));
    }

    function _disburse(uint80 voucherId) internal {
        uint48 proceeds = _dealOf(voucherId).proceeds;
        uint8 version = _versionOf(voucherId);
        bytes32 reference_ = _new();
        _as(SETTLER);
        financing.disburse(voucherId, version, proceeds, reference_);
    }

    /// @dev Locked, and paid out: bought or pledged.
    function _financed(uint80 voucherId, uint32 financier, Financing.Kind kind)
        internal
        returns (Financing.Quote memory quote)
    {
        quote = _locked(voucherId, financier, kind);
        _disburse(voucherId);
    }

    function _repay(uint80 voucherId) internal {
        uint48 owed = financing.owedOn(voucherId);
        uint8 version = _versionOf(voucherId);
        bytes32 reference_ = _new();
        _as(SETTLER);
        financing.repay(voucherId, version, owed, reference_);
    }

    function _dealOf(uint80 voucherId) internal view returns (Financing.Deal memory d) {
        (d.kind, d.financier, d.face, d.proceeds, d.owed, d.maturesAt) = financing.deal(voucherId);
    }

    function _filingOf(uint80 voucherId) internal view returns (Financing.Filing memory f) {
        (f.registration, f.agreement, f.registeredAt) = financing.filing(voucherId);
    }

    function _hopOf(uint80 voucherId, uint8 number) internal view returns (Financing.Hop memory h) {
        (h.transferor, h.surplus, h.recourse, h.demandedAt) = financing.hop(voucherId, number);
    }

    /* LIMITS */

    function _limitOf(uint32 debtor, uint16 currency)
        internal
        view
        returns (Limits.Limit memory l)
    {
        (l.amount, l.reserved, l.committed, l.set) = limits.limit(debtor, currency);
    }

    function _groupLimitOf(uint32 group, uint16 currency)
        internal
        view
        returns (Limits.Limit memory l)
    {
        (l.amount, l.reserved, l.committed, l.set) = limits.groupLimit(group, currency);
    }

    /* SETTLEMENT */

    function _pay(uint32 id, uint48 amount) internal {
        bytes32 reference_ = _new();
        _as(SETTLER);
        receivables.recordPayment(id, amount, reference_);
    }

    function _starts(uint48 start) internal pure returns (uint48[] memory starts) {
        starts = new uint48[](1);
        starts[0] = start;
    }

    /// @dev One voucher, redeemed by a settlement bank.
    function _redeem(uint80 voucherId) internal {
        _as(SETTLER);
        receivables.redeem(_receivableOf(voucherId), _starts(uint48(voucherId)));
    }

    /// @dev Where all vouchers of a receivable begin, in order: each begins where the one before ends.
    function _startsOf(uint32 id) internal view returns (uint48[] memory starts) {
        uint48 face = receivables.receivable(id).face;
        starts = new uint48[](256);
        uint256 count;
        for (uint48 next; next < face; next += _voucher(_voucherOf(id, next)).length) {
            starts[count++] = next;
        }
        assembly ("memory-safe") {
            mstore(starts, count)
        }
    }

    /// @dev All vouchers of a receivable, redeemed on one page by a settlement bank.
    function _redeemAll(uint32 id) internal {
        uint48[] memory starts = _startsOf(id);
        _as(SETTLER);
        receivables.redeem(id, starts);
    }
}
