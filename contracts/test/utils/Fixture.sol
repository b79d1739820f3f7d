// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Receivables} from "../../src/Receivables.sol";
import {Consortium} from "./Consortium.sol";

/// @dev A consortium with its receivables.
abstract contract Fixture is Consortium {
    /* TIMES AND LIMITS */

    uint40 internal constant DUE_AT = START + 90 days;

    uint32 internal constant MAX_TERM = 360 days;
    uint32 internal constant OFFER_PERIOD = 7 days;
    uint32 internal constant DISBURSE_PERIOD = 3 days;
    uint8 internal constant MAX_TIER = 3;
    uint16 internal constant MAX_LEGS = 20;

    /* VALUES */

    uint16 internal constant CNY = 156;
    uint16 internal constant EUR = 978;
    uint48 internal constant FACE = 1_000_000_00;
    uint48 internal constant MAX_FACE = type(uint48).max;
    bytes32 internal constant EVIDENCE = "evidence of a hop";
    bytes32 internal constant TERMS = "terms";

    Receivables internal receivables;

    function setUp() public virtual override {
        super.setUp();
        receivables = new Receivables(participants, attestations, _policy());
    }

    /* GOVERNANCE */

    function _setPolicy(Receivables.Policy memory policy) internal {
        _govern(address(receivables), abi.encodeCall(Receivables.setPolicy, (policy)));
    }

    function _policy() internal pure returns (Receivables.Policy memory) {
        return Receivables.Policy({
            maxTerm: MAX_TERM,
            offerPeriod: OFFER_PERIOD,
            disbursePeriod: DISBURSE_PERIOD,
            maxTier: MAX_TIER,
            minLevel: MIN_LEVEL,
            maxLegs: MAX_LEGS
        });
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
        receivables.registerInvoice(nullifier, creditor, currency, total);
    }

    /* RECEIVABLES */

    /// @dev The creditor's proposal, on evidence and an invoice of its own.
    function _proposed(uint48 face) internal returns (uint32 id) {
        bytes32 evidence = _attested();
        bytes32 nullifier = _invoiced(face);
        _as(SUPPLIER);
        id = receivables.propose(ANCHOR, SUPPLIER, face, CNY, DUE_AT, evidence, nullifier);
    }

    /// @dev The first voucher of a confirmed receivable, held by the supplier.
    function _confirmed(uint48 face) internal returns (uint64 voucherId) {
        uint32 id = _proposed(face);
        _as(ANCHOR);
        voucherId = receivables.confirm(id);
    }

    function _invoiceOf(uint32 id) internal view returns (Receivables.Invoice memory invoice) {
        return _invoiceBy(receivables.receivable(id).invoice);
    }

    function _invoiceBy(bytes32 nullifier)
        internal
        view
        returns (Receivables.Invoice memory invoice)
    {
        (invoice.attester, invoice.creditor, invoice.currency, invoice.total, invoice.used) =
            receivables.invoice(nullifier);
    }

    /* VOUCHERS */

    function _receivableOf(uint64 voucherId) internal pure returns (uint32) {
        return uint32(voucherId >> 32);
    }

    function _voucherOf(uint32 id, uint24 number) internal pure returns (uint64) {
        return uint64(id) << 32 | number;
    }

    function _versionOf(uint64 voucherId) internal view returns (uint8) {
        return receivables.voucher(voucherId).version;
    }

    function _holderOf(uint64 voucherId) internal view returns (uint32) {
        return receivables.voucher(voucherId).holder;
    }

    function _lockOf(uint64 voucherId) internal view returns (Receivables.Lock memory lock) {
        (lock.proceeds, lock.disburseBy) = receivables.lock(voucherId);
    }

    function _leg(uint32 to, uint48 length) internal pure returns (Receivables.Leg[] memory legs) {
        legs = new Receivables.Leg[](1);
        legs[0] = Receivables.Leg(to, length, EVIDENCE);
    }

    /// @dev The holder cuts one piece off for `to`.
    function _split(uint64 voucherId, uint32 to, uint48 length) internal returns (uint64 child) {
        uint32 holder = _holderOf(voucherId);
        uint8 version = _versionOf(voucherId);
        uint32 id = _receivableOf(voucherId);
        _as(holder);
        receivables.split(voucherId, version, _leg(to, length));
        child = _voucherOf(id, receivables.receivable(id).vouchers);
    }

    function _offer(uint64 voucherId, uint32 to) internal {
        uint32 holder = _holderOf(voucherId);
        uint8 version = _versionOf(voucherId);
        _as(holder);
        receivables.offer(voucherId, version, to, EVIDENCE);
    }

    function _accept(uint64 voucherId) internal {
        uint32 counterparty = receivables.voucher(voucherId).counterparty;
        uint8 version = _versionOf(voucherId);
        _as(counterparty);
        receivables.accept(voucherId, version);
    }

    /* FINANCING */

    function _quote(uint64 voucherId, uint32 financier, uint48 proceeds)
        internal
        view
        returns (Receivables.Quote memory)
    {
        return Receivables.Quote({
            voucher: voucherId,
            version: _versionOf(voucherId),
            financier: financier,
            face: _unpaid(voucherId),
            proceeds: proceeds,
            validUntil: uint40(block.timestamp) + 1 days,
            terms: TERMS
        });
    }

    /// @dev What is still to be paid on a voucher.
    function _unpaid(uint64 voucherId) internal view returns (uint48) {
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        Receivables.Receivable memory r = receivables.receivable(_receivableOf(voucherId));
        return v.length - receivables.share(v.start, v.length, r.paid, r.face);
    }

    function _sign(uint32 signer, Receivables.Quote memory quote)
        internal
        view
        returns (bytes memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key(signer), receivables.quoteDigest(quote));
        return abi.encodePacked(r, s, v);
    }

    /// @dev The holder accepts the financier's quote: the voucher is locked.
    function _finance(uint64 voucherId, uint32 financier, uint48 proceeds) internal {
        Receivables.Quote memory quote = _quote(voucherId, financier, proceeds);
        bytes memory signature = _sign(financier, quote);
        uint32 holder = _holderOf(voucherId);
        _as(holder);
        receivables.acceptQuote(quote, signature);
    }

    function _disburse(uint64 voucherId) internal {
        uint48 proceeds = _lockOf(voucherId).proceeds;
        uint8 version = _versionOf(voucherId);
        _as(SETTLER);
        receivables.disburse(voucherId, version, proceeds, _new());
    }

    /* SETTLEMENT */

    function _pay(uint32 id, uint48 amount) internal {
        _as(SETTLER);
        receivables.recordPayment(id, amount, _new());
    }

    function _numbers(uint24 number) internal pure returns (uint24[] memory numbers) {
        numbers = new uint24[](1);
        numbers[0] = number;
    }

    /// @dev All vouchers of a receivable, redeemed on one page by a settlement bank.
    function _redeemAll(uint32 id) internal {
        uint24 count = receivables.receivable(id).vouchers;
        uint24[] memory numbers = new uint24[](count);
        for (uint24 i; i < count; ++i) {
            numbers[i] = i + 1;
        }
        _as(SETTLER);
        receivables.redeem(id, numbers);
    }
}
