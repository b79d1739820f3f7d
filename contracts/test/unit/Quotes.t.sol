// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Participants} from "../../src/Participants.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev What a financier signs, and what of it a holder can accept.
contract QuotesTest is Fixture {
    uint80 internal voucherId;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
    }

    function _purchase() internal view returns (Financing.Quote memory) {
        return _quote(voucherId, BANK, Financing.Kind.Purchase);
    }

    function _acceptRefused(uint32 signer, Financing.Quote memory quote, bytes memory refusal)
        internal
    {
        _refused(SUPPLIER, address(financing), _acceptQuoteCall(signer, quote), refusal);
    }

    function _acceptRefused(Financing.Quote memory quote, bytes memory refusal) internal {
        _acceptRefused(quote.financier, quote, refusal);
    }

    function _notSigned(Financing.Quote memory quote, uint32 signer)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            Financing.QuoteNotSigned.selector, quote.voucher, quote.financier, signer
        );
    }

    /* WHAT IS SIGNED */

    /// @dev EIP-712, written out by hand.
    function testQuoteDigest(uint256[12] memory x) public view {
        Financing.Quote memory q = Financing.Quote({
            voucher: uint80(x[0]),
            version: uint8(x[1]),
            financier: uint32(x[2]),
            kind: Financing.Kind(x[3] % 3),
            face: uint48(x[4]),
            proceeds: uint48(x[5]),
            interest: uint48(x[6]),
            debtorInterest: uint48(x[7]),
            fees: uint48(x[8]),
            maturesAt: uint40(x[9]),
            validUntil: uint40(x[10]),
            terms: bytes32(x[11])
        });
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Counterfoil Financing"),
                keccak256("1"),
                block.chainid,
                address(financing)
            )
        );
        bytes32 typeHash = keccak256(
            "Quote(uint80 voucher,uint8 version,uint32 financier,uint8 kind,uint48 face,uint48 proceeds,uint48 interest,uint48 debtorInterest,uint48 fees,uint40 maturesAt,uint40 validUntil,bytes32 terms)"
        );
        bytes memory first = abi.encode(
            typeHash,
            uint256(q.voucher),
            uint256(q.version),
            uint256(q.financier),
            uint256(uint8(q.kind)),
            uint256(q.face)
        );
        bytes memory second = abi.encode(
            uint256(q.proceeds),
            uint256(q.interest),
            uint256(q.debtorInterest),
            uint256(q.fees),
            uint256(q.maturesAt),
            uint256(q.validUntil),
            q.terms
        );
        bytes32 hash = keccak256(bytes.concat(first, second));
        assertEq(
            financing.quoteDigest(q), keccak256(abi.encodePacked(hex"1901", domain, hash)), "digest"
        );
    }

    /// @dev Whatever is changed after signing, the signer is somebody else then.
    function testAcceptChanged(uint8 field, uint48 change) public {
        Financing.Quote memory signed = _purchase();
        (bytes32 r, bytes32 vs) = _sign(BANK, signed);
        Financing.Quote memory q = _purchase();
        field = uint8(bound(field, 0, 8));
        if (field == 0) q.version = uint8(change);
        if (field == 1) q.kind = Financing.Kind.RecoursePurchase;
        if (field == 2) q.face = change;
        if (field == 3) q.proceeds = change;
        if (field == 4) q.interest = change;
        if (field == 5) q.fees = change;
        if (field == 6) q.maturesAt = uint40(change);
        if (field == 7) q.validUntil = uint40(bound(change, NOW, type(uint40).max));
        if (field == 8) q.terms = bytes32(uint256(change));
        bytes32 digest = financing.quoteDigest(q);
        vm.assume(digest != financing.quoteDigest(signed));
        address stranger = ecrecover(
            digest,
            uint8((uint256(vs) >> 255) + 27),
            r,
            bytes32(uint256(vs) & type(uint256).max >> 1)
        );
        _refused(
            SUPPLIER,
            address(financing),
            abi.encodeCall(Financing.acceptQuote, (q, r, vs, 0)),
            abi.encodeWithSelector(Participants.NotParticipant.selector, stranger)
        );
    }

    function testAcceptSignedByAnother() public {
        Financing.Quote memory q = _purchase();
        _acceptRefused(FACTOR, q, _notSigned(q, FACTOR));
        _acceptRefused(TRADER, q, _notSigned(q, TRADER));
        _acceptRefused(
            SUPPLIER,
            q,
            abi.encodeWithSelector(
                Participants.RoleMissing.selector,
                SUPPLIER,
                Roles.SUPPLIER | Roles.ADMIN | Roles.SIGNER,
                Roles.FINANCIER
            )
        );
        _acceptRefused(
            UNKNOWN,
            q,
            abi.encodeWithSelector(Participants.NotParticipant.selector, _account(UNKNOWN))
        );
        // No participant has the number of those who are none.
        q.financier = 0;
        _acceptRefused(
            UNKNOWN,
            q,
            abi.encodeWithSelector(Participants.NotParticipant.selector, _account(UNKNOWN))
        );
        _refused(
            SUPPLIER,
            address(financing),
            abi.encodeCall(Financing.acceptQuote, (q, 0, 0, 0)),
            abi.encodeWithSelector(Participants.NotParticipant.selector, address(0))
        );
    }

    function testAcceptSignedByASuspendedFinancier() public {
        Financing.Quote memory q = _purchase();
        _suspend(BANK);
        _acceptRefused(q, abi.encodeWithSelector(Participants.ParticipantSuspended.selector, BANK));
    }

    function testAcceptSignedByAnAccountWithoutTheCapability() public {
        _as(BANK);
        participants.addAccount(BANK, _account(UNKNOWN), Roles.FINANCIER, 0);
        _acceptRefused(
            UNKNOWN,
            _purchase(),
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, BANK, Roles.FINANCIER, Roles.SIGNER
            )
        );
    }

    function testAcceptOfAnotherChain(uint64 chainId) public {
        uint256 here = block.chainid;
        vm.assume(chainId != 0 && chainId != here);
        Financing.Quote memory q = _purchase();
        vm.chainId(chainId);
        bytes memory data = _acceptQuoteCall(BANK, q);
        vm.chainId(here);
        vm.prank(_account(SUPPLIER));
        (bool success,) = address(financing).call(data);
        assertFalse(success, "refused");
        _finance(q);
    }

    /* ACCEPT */

    function testAcceptOfOneself() public {
        _passed(voucherId, TRADER);
        _refused(
            TRADER,
            address(financing),
            _acceptQuoteCall(TRADER, _quote(voucherId, TRADER, Financing.Kind.Purchase)),
            abi.encodeWithSelector(Financing.SameParty.selector, TRADER)
        );
    }

    /// @dev Nobody buys its own debt, whatever else it is.
    function testAcceptOfTheDebtor() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.FINANCIER);
        _acceptRefused(
            _quote(voucherId, ANCHOR, Financing.Kind.Purchase),
            abi.encodeWithSelector(Financing.SameParty.selector, ANCHOR)
        );
    }

    function testAcceptExpired(uint40 late) public {
        Financing.Quote memory q = _purchase();
        vm.warp(bound(late, q.validUntil + 1, DUE_AT - 1));
        _acceptRefused(
            q, abi.encodeWithSelector(Financing.QuoteExpired.selector, voucherId, q.validUntil)
        );
        vm.warp(q.validUntil);
        _finance(q);
    }

    function testAcceptByAnother() public {
        _refused(
            SECOND,
            address(financing),
            _acceptQuoteCall(BANK, _purchase()),
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SECOND, SUPPLIER)
        );
    }

    function testAcceptOfAnotherFace(uint48 face) public {
        vm.assume(face != FACE);
        Financing.Quote memory q = _purchase();
        q.face = face;
        _acceptRefused(
            q, abi.encodeWithSelector(Financing.QuoteOfAnotherFace.selector, voucherId, face, FACE)
        );
    }

    /// @dev A part payment ends a quote, even after the voucher is redeemed up to date.
    function testAcceptAfterAPartPayment(uint48 paid) public {
        paid = uint48(bound(paid, 1, FACE - 1));
        Financing.Quote memory q = _purchase();
        _pay(_receivableOf(voucherId), paid);
        _redeem(voucherId);
        q.version = 1;
        _acceptRefused(
            q,
            abi.encodeWithSelector(
                Financing.QuoteOfAnotherFace.selector, voucherId, FACE, FACE - paid
            )
        );
    }

    /// @dev 256 splits later the voucher has the version that was quoted again, and not the face.
    function testAcceptForALargerVoucherAfterTheVersionWrapped() public {
        _setPolicy(PolicyNames.MAX_LEGS, 255);
        voucherId = _confirmed(FACE);
        Financing.Quote memory q = _purchase();
        Receivables.Leg[] memory legs = new Receivables.Leg[](128);
        for (uint256 n; n < legs.length; ++n) {
            legs[n] = Receivables.Leg(SUPPLIER, 1, 0);
        }
        _as(SUPPLIER);
        receivables.split(voucherId, 0, legs);
        _as(SUPPLIER);
        receivables.split(voucherId, 128, legs);
        assertEq(_versionOf(voucherId), q.version, "the version that was quoted");
        _acceptRefused(
            q,
            abi.encodeWithSelector(
                Financing.QuoteOfAnotherFace.selector, voucherId, FACE, FACE - 256
            )
        );
    }

    /// @dev A signature locks a voucher once, even when its version has come round.
    function testAcceptAgainAfterTheVersionWrapped() public {
        Financing.Quote memory q = _purchase();
        q.validUntil = DUE_AT;
        _finance(q);
        _as(BANK);
        financing.releaseLock(voucherId, 1);
        for (uint256 n; n < 127; ++n) {
            _offered(voucherId, SECOND);
            uint8 version = _versionOf(voucherId);
            _as(SUPPLIER);
            receivables.withdraw(voucherId, version);
        }
        assertEq(_versionOf(voucherId), q.version, "the version that was quoted");
        _acceptRefused(
            q, abi.encodeWithSelector(Financing.QuoteIsOver.selector, financing.quoteDigest(q))
        );
    }

    function testAcceptForNothing() public {
        Financing.Quote memory q = _purchase();
        q.proceeds = 0;
        _acceptRefused(q, abi.encodeWithSelector(Financing.AmountZero.selector));
    }

    /// @dev The debtor bears of the interest what it has agreed to, and no unit more.
    function testAcceptMoreThanTheDebtorsShare(uint16 share, uint48 interest, uint48 debtorInterest)
        public
    {
        Issuance.Terms memory terms = _terms(FACE);
        terms.interestShare = uint16(bound(share, 0, 10_000));
        voucherId = _issued(terms);
        Financing.Quote memory q = _purchase();
        q.interest = uint48(bound(interest, 0, FACE / 10));
        uint48 most = uint48(uint256(q.interest) * terms.interestShare / 10_000);
        q.debtorInterest = uint48(bound(debtorInterest, most + 1, MAX_FACE));
        _acceptRefused(
            q,
            abi.encodeWithSelector(
                Financing.InterestShareExceeded.selector, voucherId, q.debtorInterest, most
            )
        );
        q.debtorInterest = most;
        _finance(q);
        assertEq(_dealOf(voucherId).owed, _owed(q), "owed");
    }

    /// @dev Proceeds, fees and the holder's interest together are no more than the voucher is worth.
    function testAcceptCostsBeyondTheFace(uint48 proceeds, uint48 interest, uint48 fees) public {
        Financing.Quote memory q = _purchase();
        q.proceeds = uint48(bound(proceeds, 1, MAX_FACE));
        q.interest = uint48(bound(interest, 0, MAX_FACE));
        q.debtorInterest = q.interest / 2;
        uint256 costs = uint256(q.proceeds) + q.interest - q.debtorInterest;
        q.fees = uint48(bound(fees, costs < FACE ? FACE - costs + 1 : 0, MAX_FACE));
        _acceptRefused(
            q,
            abi.encodeWithSelector(
                Financing.CostsExceedFace.selector, voucherId, costs + q.fees, FACE
            )
        );
        if (costs > FACE) return;
        q.fees = uint48(FACE - costs);
        _finance(q);
        assertEq(_dealOf(voucherId).owed, FACE, "all of it");
    }

    function testAcceptAPurchaseThatMatures(uint40 maturesAt) public {
        vm.assume(maturesAt != 0);
        for (uint8 kind; kind < 2; ++kind) {
            Financing.Quote memory q = _quote(voucherId, BANK, Financing.Kind(kind));
            q.maturesAt = maturesAt;
            _acceptRefused(
                q, abi.encodeWithSelector(Financing.BadMaturity.selector, voucherId, maturesAt, 0)
            );
        }
    }

    /// @dev A loan is due after now and by the time its pledge is.
    function testAcceptALoanThatMaturesTooEarlyOrTooLate(uint40 early, uint40 late) public {
        Financing.Quote memory q = _quote(voucherId, BANK, Financing.Kind.Pledge);
        uint40[2] memory times =
            [uint40(bound(early, 0, NOW)), uint40(bound(late, DUE_AT + 1, type(uint40).max))];
        for (uint256 n; n < times.length; ++n) {
            q.maturesAt = times[n];
            _acceptRefused(
                q,
                abi.encodeWithSelector(Financing.BadMaturity.selector, voucherId, times[n], DUE_AT)
            );
        }
        q.maturesAt = DUE_AT;
        _finance(q);
    }

    function testAcceptAnExtendedTermWithoutJustification() public {
        Issuance.Terms memory terms = _terms(FACE);
        terms.dueAt = NOW + REVIEW_TERM + 1;
        voucherId = _issued(terms);
        Financing.Quote memory q = _purchase();
        _acceptRefused(
            q,
            abi.encodeWithSelector(
                Financing.JustificationMissing.selector, voucherId, PolicyNames.JUSTIFICATION_NEEDED
            )
        );
        uint256 snapshot = vm.snapshotState();
        (bytes32 r, bytes32 vs) = _sign(BANK, q);
        _as(SUPPLIER);
        financing.acceptQuote(q, r, vs, JUSTIFICATION);
        vm.revertToState(snapshot);
        _setPolicy(PolicyNames.JUSTIFICATION_NEEDED, 0);
        _finance(q);
    }

    function testAccept(uint8 kind, uint48 proceeds, uint40 later) public {
        vm.warp(bound(later, NOW, DUE_AT - 10 days));
        Financing.Quote memory q = _quote(voucherId, BANK, Financing.Kind(uint8(bound(kind, 0, 2))));
        q.proceeds = uint48(bound(proceeds, 1, FACE / 2));
        (bytes32 r, bytes32 vs) = _sign(BANK, q);
        _expectAccepted(q);
        _as(SUPPLIER);
        financing.acceptQuote(q, r, vs, JUSTIFICATION);

        Financing.Deal memory d =
            Financing.Deal(q.kind, BANK, FACE, q.proceeds, _owed(q), q.maturesAt);
        assertEq(abi.encode(_dealOf(voucherId)), abi.encode(d), "deal");
        Receivables.Voucher memory v;
        (v.holder, v.counterparty, v.length, v.version) = (SUPPLIER, BANK, FACE, 1);
        (v.life, v.encumbrance) = (Receivables.Life.Live, Receivables.Encumbrance.Locked);
        v.until = uint32(block.timestamp) + DISBURSE_PERIOD;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
        assertTrue(financing.quoteOver(financing.quoteDigest(q)), "used up");
    }

    function _expectAccepted(Financing.Quote memory q) internal {
        bytes32 digest = financing.quoteDigest(q);
        vm.expectEmit(address(financing));
        emit Financing.QuoteAccepted(
            voucherId,
            SUPPLIER,
            BANK,
            q.kind,
            FACE,
            q.proceeds,
            q.interest,
            q.debtorInterest,
            q.fees,
            q.maturesAt,
            TERMS,
            JUSTIFICATION,
            digest,
            _account(SUPPLIER)
        );
    }

    /* CANCEL */

    function testCancelOfAnother() public {
        Financing.Quote memory q = _purchase();
        _refused(
            FACTOR,
            address(financing),
            abi.encodeCall(Financing.cancelQuote, (q)),
            abi.encodeWithSelector(Financing.NotFinancier.selector, voucherId, FACTOR, BANK)
        );
    }

    function testCancelWhatIsOver() public {
        Financing.Quote memory q = _purchase();
        bytes memory refusal =
            abi.encodeWithSelector(Financing.QuoteIsOver.selector, financing.quoteDigest(q));
        uint256 snapshot = vm.snapshotState();
        _as(BANK);
        financing.cancelQuote(q);
        _refused(BANK, address(financing), abi.encodeCall(Financing.cancelQuote, (q)), refusal);
        vm.revertToState(snapshot);
        _finance(q);
        _refused(BANK, address(financing), abi.encodeCall(Financing.cancelQuote, (q)), refusal);
    }

    /// @dev This quote, and no other of the same voucher.
    function testCancel() public {
        Financing.Quote memory q = _purchase();
        bytes32 digest = financing.quoteDigest(q);
        vm.expectEmit(address(financing));
        emit Financing.QuoteCancelled(digest, BANK, _account(BANK));
        _as(BANK);
        financing.cancelQuote(q);
        _acceptRefused(q, abi.encodeWithSelector(Financing.QuoteIsOver.selector, digest));
        q.proceeds -= 1;
        _finance(q);
    }
}
