// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "../../src/Attestations.sol";
import {Computations} from "../../src/Computations.sol";
import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Test} from "./Test.sol";

/// @dev A ledger with three governors, of whom two decide, and one of each kind of participant.
abstract contract Fixture is Test {
    /* PARTICIPANTS */

    uint32 internal constant ANCHOR = 1;
    uint32 internal constant SUPPLIER = 2;
    uint32 internal constant SECOND = 3;
    uint32 internal constant THIRD = 4;
    uint32 internal constant BANK = 5;
    uint32 internal constant FACTOR = 6;
    uint32 internal constant TAX = 7;
    uint32 internal constant CARRIER = 8;
    uint32 internal constant SETTLER = 9;
    uint32 internal constant AUDITOR = 10;
    uint32 internal constant OPERATOR = 11;
    uint32 internal constant PARTICIPANTS = 11;
    uint32 internal constant UNKNOWN = 404;

    address internal constant GOVERNOR_A = address(0xA0);
    address internal constant GOVERNOR_B = address(0xB0);
    address internal constant GOVERNOR_C = address(0xC0);
    address internal constant STRANGER = address(0x57A46E);

    /* TIMES AND LIMITS */

    uint40 internal constant START = 1_767_225_600;
    uint40 internal constant VALID_UNTIL = START + 3650 days;
    uint40 internal constant DUE_AT = START + 90 days;

    uint32 internal constant MAX_TERM = 360 days;
    uint32 internal constant OFFER_PERIOD = 7 days;
    uint32 internal constant DISBURSE_PERIOD = 3 days;
    uint8 internal constant MAX_TIER = 3;
    uint8 internal constant MIN_LEVEL = 2;
    uint16 internal constant MAX_LEGS = 20;

    /* VALUES */

    uint32 internal constant REVOCABLE_SCHEMA = 1;
    uint32 internal constant FINAL_SCHEMA = 2;
    uint16 internal constant CNY = 156;
    uint16 internal constant EUR = 978;
    uint48 internal constant FACE = 1_000_000_00;
    uint48 internal constant MAX_FACE = type(uint48).max;
    bytes32 internal constant REASON = "reason";
    bytes32 internal constant EVIDENCE = "evidence of a hop";
    bytes32 internal constant TERMS = "terms";
    bytes32 internal constant SUBJECT = "subject";

    Participants internal participants;
    Attestations internal attestations;
    Receivables internal receivables;
    Computations internal computations;

    uint256 private _fresh;

    function setUp() public virtual {
        vm.warp(START);
        address[] memory governors = new address[](3);
        (governors[0], governors[1], governors[2]) = (GOVERNOR_A, GOVERNOR_B, GOVERNOR_C);
        participants = new Participants(governors, 2);
        attestations = new Attestations(participants);
        receivables = new Receivables(participants, attestations, _policy());
        computations = new Computations(participants, attestations);

        uint32[PARTICIPANTS] memory roles = [
            Roles.DEBTOR,
            Roles.SUPPLIER,
            Roles.SUPPLIER,
            Roles.SUPPLIER,
            Roles.FINANCIER,
            Roles.FINANCIER,
            Roles.ATTESTER,
            Roles.ATTESTER,
            Roles.SETTLEMENT_BANK,
            Roles.AUDITOR,
            Roles.OPERATOR
        ];
        Participants.Call[] memory calls = new Participants.Call[](PARTICIPANTS + 2);
        for (uint32 number = 1; number <= PARTICIPANTS; ++number) {
            calls[number - 1] = Participants.Call(
                address(participants),
                abi.encodeCall(
                    Participants.admit,
                    (_legalId(number), roles[number - 1], VALID_UNTIL, _account(number))
                )
            );
        }
        calls[PARTICIPANTS] = Participants.Call(
            address(attestations),
            abi.encodeCall(Attestations.registerSchema, (1, true, bytes32("may be taken back")))
        );
        calls[PARTICIPANTS + 1] = Participants.Call(
            address(attestations),
            abi.encodeCall(Attestations.registerSchema, (4, false, bytes32("stands for good")))
        );
        _govern(calls);
    }

    /* ACTORS */

    function _key(uint32 number) internal pure returns (uint256) {
        return 0xC0FFEE00 + number;
    }

    function _account(uint32 number) internal pure returns (address) {
        return vm.addr(_key(number));
    }

    function _legalId(uint32 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("legal identity", number));
    }

    function _as(uint32 number) internal {
        vm.prank(_account(number));
    }

    /// @dev A commitment, nullifier or reference nobody has used yet.
    function _new() internal returns (bytes32) {
        return keccak256(abi.encode("fresh", ++_fresh));
    }

    /* GOVERNANCE */

    function _call(address target, bytes memory data)
        internal
        pure
        returns (Participants.Call[] memory calls)
    {
        calls = new Participants.Call[](1);
        calls[0] = Participants.Call(target, data);
    }

    /// @dev Proposed by one governor and approved by a second.
    function _approved(Participants.Call[] memory calls) internal returns (uint32 id) {
        vm.prank(GOVERNOR_A);
        id = participants.propose(calls);
        vm.prank(GOVERNOR_B);
        participants.approve(id);
    }

    function _govern(Participants.Call[] memory calls) internal {
        uint32 id = _approved(calls);
        vm.prank(GOVERNOR_C);
        participants.execute(id, calls);
    }

    function _govern(address target, bytes memory data) internal {
        _govern(_call(target, data));
    }

    function _govern(bytes memory data) internal {
        _govern(address(participants), data);
    }

    /// @dev Two governors agree on a call, and it is refused all the same.
    function _governRefused(address target, bytes memory data, bytes memory refusal) internal {
        Participants.Call[] memory calls = _call(target, data);
        uint32 id = _approved(calls);
        vm.expectRevert(refusal);
        vm.prank(GOVERNOR_C);
        participants.execute(id, calls);
    }

    function _suspend(uint32 number) internal {
        _govern(abi.encodeCall(Participants.suspend, (number, REASON)));
    }

    function _setRoles(uint32 number, uint32 roles) internal {
        _govern(abi.encodeCall(Participants.setRoles, (number, roles, VALID_UNTIL)));
    }

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

    /* EVIDENCE AND INVOICES */

    function _attested() internal returns (bytes32 commitment) {
        return _attested(MIN_LEVEL);
    }

    function _attested(uint8 level) internal returns (bytes32 commitment) {
        commitment = _new();
        _as(CARRIER);
        attestations.attest(commitment, REVOCABLE_SCHEMA, SUBJECT, level, 0);
    }

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
