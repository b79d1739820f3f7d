// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Quote, lock, disburse, release.
contract FinancingTest is Fixture {
    uint48 internal constant PROCEEDS = 97_000_00;
    bytes32 internal constant REFERENCE = "the bank's record";
    uint40 internal constant DISBURSE_BY = START + DISBURSE_PERIOD;

    uint64 internal voucherId;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
    }

    function _acceptRefused(
        Receivables.Quote memory quote,
        bytes memory signature,
        bytes memory refusal
    ) internal {
        vm.expectRevert(refusal);
        _as(SUPPLIER);
        receivables.acceptQuote(quote, signature);
    }

    function _notSigned(Receivables.Quote memory quote, uint32 signer)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            Receivables.QuoteNotSigned.selector, quote.voucher, quote.financier, signer
        );
    }

    /* QUOTES */

    /// @dev EIP-712, written out by hand.
    function testQuoteDigest(
        uint64 which,
        uint8 version,
        uint32 financier,
        uint48 face,
        uint48 proceeds,
        uint40 validUntil,
        bytes32 terms
    ) public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Counterfoil Receivables"),
                keccak256("1"),
                block.chainid,
                address(receivables)
            )
        );
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    "Quote(uint64 voucher,uint8 version,uint32 financier,uint48 face,uint48 proceeds,uint40 validUntil,bytes32 terms)"
                ),
                uint256(which),
                uint256(version),
                uint256(financier),
                uint256(face),
                uint256(proceeds),
                uint256(validUntil),
                terms
            )
        );
        assertEq(
            receivables.quoteDigest(
                Receivables.Quote(which, version, financier, face, proceeds, validUntil, terms)
            ),
            keccak256(abi.encodePacked(hex"1901", domain, hash)),
            "digest"
        );
    }

    function testAcceptQuoteOfOneself() public {
        _setRoles(SUPPLIER, Roles.SUPPLIER | Roles.FINANCIER);
        Receivables.Quote memory quote = _quote(voucherId, SUPPLIER, PROCEEDS);
        _acceptRefused(
            quote,
            _sign(SUPPLIER, quote),
            abi.encodeWithSelector(Receivables.SameParty.selector, SUPPLIER)
        );
    }

    /// @dev Nobody buys its own debt, whatever else it is.
    function testAcceptQuoteOfTheDebtor() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.FINANCIER);
        Receivables.Quote memory quote = _quote(voucherId, ANCHOR, PROCEEDS);
        bytes memory signature = _sign(ANCHOR, quote);
        bytes memory refusal = abi.encodeWithSelector(Receivables.SameParty.selector, ANCHOR);
        _acceptRefused(quote, signature, refusal);

        // Nor from a later holder.
        _offer(voucherId, SECOND);
        _accept(voucherId);
        quote = _quote(voucherId, ANCHOR, PROCEEDS);
        signature = _sign(ANCHOR, quote);
        vm.expectRevert(refusal);
        _as(SECOND);
        receivables.acceptQuote(quote, signature);
    }

    function testAcceptQuoteExpired() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, quote);
        vm.warp(quote.validUntil + 1);
        _acceptRefused(
            quote,
            signature,
            abi.encodeWithSelector(Receivables.QuoteExpired.selector, voucherId, quote.validUntil)
        );
        vm.warp(quote.validUntil);
        _as(SUPPLIER);
        receivables.acceptQuote(quote, signature);
    }

    function testAcceptQuoteOfAnotherFace(uint48 face) public {
        vm.assume(face != FACE);
        Receivables.Quote memory quote = _quote(voucherId, BANK, 1);
        quote.face = face;
        _acceptRefused(
            quote,
            _sign(BANK, quote),
            abi.encodeWithSelector(Receivables.QuoteOfAnotherFace.selector, voucherId, face, FACE)
        );
    }

    /// @dev 256 splits later the voucher has the version that was quoted again, and not the face.
    function testAcceptQuoteForALargerVoucherAfterTheVersionWrapped() public {
        uint16[4] memory legs = [1, MAX_LEGS, 128, 255];
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < legs.length; ++i) {
            _checkWrapped(legs[i]);
            vm.revertToState(snapshot);
        }
    }

    function _checkWrapped(uint256 legs) internal {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, quote);
        _splitManyTimes(legs);
        assertEq(_versionOf(voucherId), quote.version, "the version that was quoted");
        assertEq(receivables.voucher(voucherId).length, FACE - 256, "not what was quoted");
        _acceptRefused(
            quote,
            signature,
            abi.encodeWithSelector(
                Receivables.QuoteOfAnotherFace.selector, voucherId, FACE, FACE - 256
            )
        );
        // The face it has now is none that the financier signed.
        quote.face = FACE - 256;
        _acceptRefused(quote, signature, _notSigned(quote, 0));
        signature = _sign(BANK, quote);
        _as(SUPPLIER);
        receivables.acceptQuote(quote, signature);
    }

    /// @dev 256 pieces of one unit each, kept by their holder, `most` at a time.
    function _splitManyTimes(uint256 most) internal {
        Receivables.Policy memory policy = _policy();
        policy.maxLegs = type(uint8).max;
        _setPolicy(policy);
        for (uint256 left = 256; left != 0;) {
            Receivables.Leg[] memory legs = new Receivables.Leg[](left < most ? left : most);
            for (uint256 i; i < legs.length; ++i) {
                legs[i] = Receivables.Leg(SUPPLIER, 1, 0);
            }
            uint8 version = _versionOf(voucherId);
            _as(SUPPLIER);
            receivables.split(voucherId, version, legs);
            assertTrue(_versionOf(voucherId) != version, "no call leaves the version as it was");
            left -= legs.length;
        }
    }

    function testAcceptQuoteOverNothing() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, 0);
        _acceptRefused(
            quote, _sign(BANK, quote), abi.encodeWithSelector(Receivables.AmountZero.selector)
        );
    }

    function testAcceptQuoteBeyondTheFace(uint48 proceeds) public {
        proceeds = uint48(bound(proceeds, FACE + 1, MAX_FACE));
        Receivables.Quote memory quote = _quote(voucherId, BANK, proceeds);
        _acceptRefused(
            quote,
            _sign(BANK, quote),
            abi.encodeWithSelector(
                Receivables.ProceedsExceedFace.selector, voucherId, proceeds, FACE
            )
        );
    }

    function testAcceptQuoteSignedByAnotherFinancier() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        _acceptRefused(quote, _sign(FACTOR, quote), _notSigned(quote, FACTOR));
    }

    function testAcceptQuoteSignedByItsHolder() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        _acceptRefused(quote, _sign(SUPPLIER, quote), _notSigned(quote, SUPPLIER));
    }

    function testAcceptQuoteSignedByStranger() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        _acceptRefused(quote, _sign(UNKNOWN, quote), _notSigned(quote, 0));
    }

    /// @dev No participant has the number of those who are none.
    function testAcceptQuoteOfNobodySignedByStranger() public {
        Receivables.Quote memory quote = _quote(voucherId, 0, PROCEEDS);
        _acceptRefused(
            quote,
            _sign(UNKNOWN, quote),
            abi.encodeWithSelector(Participants.ParticipantUnknown.selector, 0)
        );
    }

    function testAcceptQuoteSignedByNoFinancier() public {
        Receivables.Quote memory quote = _quote(voucherId, THIRD, PROCEEDS);
        _acceptRefused(
            quote,
            _sign(THIRD, quote),
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, THIRD, Roles.SUPPLIER, Roles.FINANCIER
            )
        );
    }

    function testAcceptQuoteSignedByASuspendedFinancier() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, quote);
        _suspend(BANK);
        _acceptRefused(
            quote,
            signature,
            abi.encodeWithSelector(Participants.ParticipantSuspended.selector, BANK)
        );
    }

    function testAcceptQuoteSignedWithARemovedAccount() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, quote);
        _as(BANK);
        participants.addAccount(BANK, _account(UNKNOWN));
        _as(UNKNOWN);
        participants.removeAccount(_account(BANK));
        _acceptRefused(quote, signature, _notSigned(quote, 0));
        signature = _sign(UNKNOWN, quote);
        _as(SUPPLIER);
        receivables.acceptQuote(quote, signature);
    }

    /// @dev Whatever is changed after signing, the signer is somebody else then.
    function testAcceptQuoteChanged(uint8 field, uint256 change) public {
        Receivables.Quote memory signed = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, signed);
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        field = uint8(bound(field, 0, 3));
        if (field == 0) quote.proceeds = uint48(bound(change, 1, FACE));
        if (field == 1) quote.validUntil = uint40(bound(change, START, type(uint40).max));
        if (field == 2) quote.terms = bytes32(change);
        if (field == 3) quote.financier = FACTOR;
        vm.assume(keccak256(abi.encode(quote)) != keccak256(abi.encode(signed)));
        _acceptRefused(quote, signature, _notSigned(quote, 0));
    }

    function testAcceptQuoteForAnotherVoucher() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, quote);
        quote.voucher = _confirmed(FACE);
        _acceptRefused(quote, signature, _notSigned(quote, 0));
    }

    function testAcceptQuoteForAnotherVersion() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, quote);
        _split(voucherId, SUPPLIER, 1);
        _acceptRefused(
            quote,
            signature,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, 0)
        );
        quote.version = 1;
        _acceptRefused(
            quote,
            signature,
            abi.encodeWithSelector(
                Receivables.QuoteOfAnotherFace.selector, voucherId, FACE, FACE - 1
            )
        );
        quote.face = FACE - 1;
        _acceptRefused(quote, signature, _notSigned(quote, 0));
    }

    function testAcceptQuoteForAnotherVersionOfTheSameFace() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, quote);
        _offer(voucherId, SECOND);
        _as(SECOND);
        receivables.refuse(voucherId, 1, REASON);
        quote.version = 2;
        _acceptRefused(quote, signature, _notSigned(quote, 0));
    }

    function testAcceptQuoteOfAnotherChain(uint64 chainId) public {
        uint256 here = block.chainid;
        vm.assume(chainId != 0 && chainId != here);
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        vm.chainId(chainId);
        bytes memory signature = _sign(BANK, quote);
        vm.chainId(here);
        _acceptRefused(quote, signature, _notSigned(quote, 0));
    }

    function testAcceptQuoteOfAnotherLedger() public {
        Receivables other = new Receivables(participants, attestations, _policy());
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key(BANK), other.quoteDigest(quote));
        bytes memory signature = abi.encodePacked(r, s, v);
        _acceptRefused(quote, signature, _notSigned(quote, 0));
    }

    function testAcceptQuoteTwice() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        bytes memory signature = _sign(BANK, quote);
        _as(SUPPLIER);
        receivables.acceptQuote(quote, signature);
        _acceptRefused(
            quote,
            signature,
            abi.encodeWithSelector(
                Receivables.Encumbered.selector, voucherId, Receivables.Encumbrance.Locked
            )
        );
        _as(BANK);
        receivables.releaseLock(voucherId, 1);
        _acceptRefused(
            quote,
            signature,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 2, 0)
        );
    }

    function testAcceptQuoteWithMalformedSignature() public {
        Receivables.Quote memory quote = _quote(voucherId, BANK, PROCEEDS);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key(BANK), receivables.quoteDigest(quote));
        _acceptRefused(
            quote,
            abi.encodePacked(r, s),
            abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 64)
        );
        _acceptRefused(
            quote,
            abi.encodePacked(r, s, uint8(0)),
            abi.encodeWithSelector(ECDSA.ECDSAInvalidSignature.selector)
        );
        // The same signature's other form is none.
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes32 high = bytes32(order - uint256(s));
        _acceptRefused(
            quote,
            abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)),
            abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high)
        );
    }

    function testAcceptQuote(uint48 proceeds) public {
        proceeds = uint48(bound(proceeds, 1, FACE));
        Receivables.Quote memory quote = _quote(voucherId, BANK, proceeds);
        bytes memory signature = _sign(BANK, quote);
        vm.expectEmit(address(receivables));
        emit Receivables.QuoteAccepted(
            voucherId, SUPPLIER, BANK, proceeds, TERMS, _account(SUPPLIER)
        );
        _as(SUPPLIER);
        receivables.acceptQuote(quote, signature);

        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertEq(v.holder, SUPPLIER, "the holder stays until the money is there");
        assertEq(v.counterparty, BANK, "counterparty");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Locked, "encumbrance");
        assertEq(v.tier, 0, "tier");
        assertEq(v.version, 1, "version");
        assertEq(_lockOf(voucherId).proceeds, proceeds, "proceeds");
        assertEq(_lockOf(voucherId).disburseBy, DISBURSE_BY, "disburse by");
    }

    /// @dev Selling to a financier is always possible, however far down the chain.
    function testAcceptQuoteAtTheLastTier() public {
        for (uint32 i = 1; i <= MAX_TIER; ++i) {
            _offer(voucherId, SUPPLIER + i % 3);
            _accept(voucherId);
        }
        _finance(voucherId, BANK, PROCEEDS);
        _disburse(voucherId);
        assertEq(receivables.voucher(voucherId).tier, MAX_TIER + 1, "tier");
    }

    /* DISBURSE */

    function _disburseRefused(uint8 version, uint48 amount, bytes32 ref, bytes memory refusal)
        internal
    {
        vm.expectRevert(refusal);
        _as(SETTLER);
        receivables.disburse(voucherId, version, amount, ref);
    }

    function testDisburseUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Receivables.VoucherUnknown.selector, UNKNOWN));
        _as(SETTLER);
        receivables.disburse(UNKNOWN, 0, 1, REFERENCE);
    }

    function testDisburseNotLocked() public {
        bytes memory refusal = abi.encodeWithSelector(Receivables.NotLocked.selector, voucherId);
        _disburseRefused(0, PROCEEDS, REFERENCE, refusal);
        _offer(voucherId, SECOND);
        _disburseRefused(1, PROCEEDS, REFERENCE, refusal);
    }

    function testDisburseStale(uint8 expected) public {
        vm.assume(expected != 1);
        _finance(voucherId, BANK, PROCEEDS);
        _disburseRefused(
            expected,
            PROCEEDS,
            REFERENCE,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, expected)
        );
    }

    function testDisburseWrongAmount(uint48 amount) public {
        vm.assume(amount != PROCEEDS);
        _finance(voucherId, BANK, PROCEEDS);
        _disburseRefused(
            1,
            amount,
            REFERENCE,
            abi.encodeWithSelector(Receivables.WrongAmount.selector, voucherId, amount, PROCEEDS)
        );
    }

    function testDisburseWithoutReference() public {
        _finance(voucherId, BANK, PROCEEDS);
        _disburseRefused(
            1, PROCEEDS, 0, abi.encodeWithSelector(Receivables.ReferenceEmpty.selector)
        );
    }

    function testDisburseWithUsedReference() public {
        uint64 other = _confirmed(FACE);
        _finance(other, BANK, PROCEEDS);
        _as(SETTLER);
        receivables.disburse(other, 1, PROCEEDS, REFERENCE);
        _finance(voucherId, BANK, PROCEEDS);
        _disburseRefused(
            1,
            PROCEEDS,
            REFERENCE,
            abi.encodeWithSelector(Receivables.ReferenceUsed.selector, REFERENCE, other)
        );
    }

    function testDisburseTwice() public {
        _finance(voucherId, BANK, PROCEEDS);
        _disburse(voucherId);
        _disburseRefused(
            2,
            PROCEEDS,
            REFERENCE,
            abi.encodeWithSelector(Receivables.NotLocked.selector, voucherId)
        );
    }

    function testDisburse() public {
        _finance(voucherId, BANK, PROCEEDS);
        vm.warp(START + 1 days);
        vm.expectEmit(address(receivables));
        emit Receivables.Disbursed(
            voucherId, SUPPLIER, BANK, PROCEEDS, REFERENCE, _account(SETTLER)
        );
        _as(SETTLER);
        receivables.disburse(voucherId, 1, PROCEEDS, REFERENCE);

        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertEq(v.holder, BANK, "holder");
        assertEq(v.counterparty, 0, "counterparty");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "encumbrance");
        assertEq(v.since, START + 1 days, "since");
        assertEq(v.tier, 1, "tier");
        assertEq(v.version, 2, "version");
        assertEq(_lockOf(voucherId).proceeds, 0, "no lock is left");
        assertEq(_lockOf(voucherId).disburseBy, 0, "no lock is left");
        assertEq(receivables.referenceUsed(REFERENCE), voucherId, "reference");
        // The financier may sell on.
        _finance(voucherId, FACTOR, PROCEEDS);
    }

    /// @dev The lapsed lock stands until the holder takes it back.
    function testDisburseLate() public {
        _finance(voucherId, BANK, PROCEEDS);
        vm.warp(DUE_AT + 1 days);
        _disburse(voucherId);
        assertEq(_holderOf(voucherId), BANK, "holder");
    }

    /* RELEASE */

    function _releaseRefused(uint32 actor, uint8 version, bytes memory refusal) internal {
        vm.expectRevert(refusal);
        _as(actor);
        receivables.releaseLock(voucherId, version);
    }

    function testReleaseUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Receivables.VoucherUnknown.selector, UNKNOWN));
        _as(BANK);
        receivables.releaseLock(UNKNOWN, 0);
    }

    function testReleaseNotLocked() public {
        _offer(voucherId, BANK);
        _releaseRefused(BANK, 1, abi.encodeWithSelector(Receivables.NotLocked.selector, voucherId));
    }

    function testReleaseStale() public {
        _finance(voucherId, BANK, PROCEEDS);
        _releaseRefused(
            BANK, 0, abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, 0)
        );
    }

    function testReleaseByAnother() public {
        _finance(voucherId, BANK, PROCEEDS);
        vm.warp(DISBURSE_BY + 1);
        _releaseRefused(
            FACTOR,
            1,
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, FACTOR, SUPPLIER)
        );
    }

    function testReleaseByHolderTooEarly() public {
        _finance(voucherId, BANK, PROCEEDS);
        vm.warp(DISBURSE_BY);
        _releaseRefused(
            SUPPLIER,
            1,
            abi.encodeWithSelector(Receivables.LockHeld.selector, voucherId, DISBURSE_BY)
        );
    }

    function testReleaseBySettlementBankTooEarly() public {
        _finance(voucherId, BANK, PROCEEDS);
        _suspend(SUPPLIER);
        vm.warp(DISBURSE_BY);
        _releaseRefused(
            SETTLER,
            1,
            abi.encodeWithSelector(Receivables.LockHeld.selector, voucherId, DISBURSE_BY)
        );
    }

    function testReleaseByASuspendedSettlementBank() public {
        _finance(voucherId, BANK, PROCEEDS);
        vm.warp(DISBURSE_BY + 1);
        _suspend(SETTLER);
        _releaseRefused(
            SETTLER, 1, abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SETTLER)
        );
    }

    /// @dev Who is no holder and no settlement bank has no business with it, even when time is over.
    function testReleaseByTheDebtor() public {
        _finance(voucherId, BANK, PROCEEDS);
        vm.warp(DISBURSE_BY + 1);
        _releaseRefused(
            ANCHOR,
            1,
            abi.encodeWithSelector(
                Participants.RoleMissing.selector,
                ANCHOR,
                Roles.DEBTOR,
                Roles.HOLDER | Roles.SETTLEMENT_BANK
            )
        );
    }

    function _checkRelease(uint32 actor) internal {
        vm.expectEmit(address(receivables));
        emit Receivables.LockReleased(voucherId, SUPPLIER, _account(actor));
        _as(actor);
        receivables.releaseLock(voucherId, 1);
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertEq(v.holder, SUPPLIER, "holder");
        assertEq(v.counterparty, 0, "counterparty");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "encumbrance");
        assertEq(v.since, block.timestamp, "since");
        assertEq(v.version, 2, "version");
        assertEq(_lockOf(voucherId).proceeds, 0, "no lock is left");
        assertEq(_lockOf(voucherId).disburseBy, 0, "no lock is left");
        _finance(voucherId, FACTOR, 1);
    }

    function testReleaseByFinancier() public {
        _finance(voucherId, BANK, PROCEEDS);
        _checkRelease(BANK);
    }

    function testReleaseByHolder() public {
        _finance(voucherId, BANK, PROCEEDS);
        vm.warp(DISBURSE_BY + 1);
        _checkRelease(SUPPLIER);
    }

    function testReleaseBySettlementBank() public {
        _finance(voucherId, BANK, PROCEEDS);
        vm.warp(DISBURSE_BY + 1);
        _checkRelease(SETTLER);
    }

    /// @dev A settlement bank that is the financier lets go at any time, as any financier.
    function testReleaseByAFinancierThatIsASettlementBank() public {
        _setRoles(BANK, Roles.FINANCIER | Roles.SETTLEMENT_BANK);
        _finance(voucherId, BANK, PROCEEDS);
        _checkRelease(BANK);
    }

    /// @dev No lock outlasts a settlement: neither side can act, and the holder is paid all the same.
    function testLockOfTheSuspendedEndsAfterTheSettlement() public {
        uint32 id = _receivableOf(voucherId);
        _finance(voucherId, BANK, PROCEEDS);
        _pay(id, FACE);
        _suspend(SUPPLIER);
        _suspend(BANK);
        vm.warp(DISBURSE_BY + 1);
        uint32[2] memory sides = [SUPPLIER, BANK];
        for (uint256 i; i < sides.length; ++i) {
            _releaseRefused(
                sides[i],
                1,
                abi.encodeWithSelector(Participants.ParticipantSuspended.selector, sides[i])
            );
        }
        vm.expectEmit(address(receivables));
        emit Receivables.LockReleased(voucherId, SUPPLIER, _account(SETTLER));
        _as(SETTLER);
        receivables.releaseLock(voucherId, 1);
        _redeemAll(id);
        assertEq(receivables.receivable(id).redeemed, FACE, "redeemed");
        assertEq(_holderOf(voucherId), SUPPLIER, "paid to its holder");
    }

    /// @dev The period is that of the day the quote was accepted.
    function testLockKeepsItsPeriod() public {
        _finance(voucherId, BANK, PROCEEDS);
        Receivables.Policy memory policy = _policy();
        policy.disbursePeriod = 1;
        _setPolicy(policy);
        vm.warp(START + 2);
        _releaseRefused(
            SUPPLIER,
            1,
            abi.encodeWithSelector(Receivables.LockHeld.selector, voucherId, DISBURSE_BY)
        );
    }
}
