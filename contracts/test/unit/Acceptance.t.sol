// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Participants} from "../../src/Participants.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Acceptances that their receivers signed: carried to an offer by anyone, or brought with a transfer.
contract AcceptanceTest is Fixture {
    uint80 internal voucherId;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
    }

    function _noParticipant(address account) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Participants.NotParticipant.selector, account);
    }

    /// @dev Who an altered message says has signed it.
    function _recovered(Receivables.Acceptance memory a, bytes32 r, bytes32 vs)
        internal
        view
        returns (address)
    {
        bytes32 s = bytes32(uint256(vs) & type(uint256).max >> 1);
        return ecrecover(receivables.acceptanceDigest(a), uint8((uint256(vs) >> 255) + 27), r, s);
    }

    function _transferCall(Receivables.Acceptance memory a, bytes32 r, bytes32 vs)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(
            Receivables.transfer, (a.voucher, a.version, a.to, a.evidence, a.validUntil, r, vs)
        );
    }

    function _acceptCall(Receivables.Acceptance memory a, bytes32 r, bytes32 vs)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(
            Receivables.acceptBySignature, (a.voucher, a.version, a.validUntil, r, vs)
        );
    }

    function _transferRefused(uint32 signer, Receivables.Acceptance memory a, bytes memory refusal)
        internal
    {
        (bytes32 r, bytes32 vs) = _sign(signer, a);
        _refused(SUPPLIER, address(receivables), _transferCall(a, r, vs), refusal);
    }

    function _acceptRefused(uint32 signer, Receivables.Acceptance memory a, bytes memory refusal)
        internal
    {
        (bytes32 r, bytes32 vs) = _sign(signer, a);
        _refused(UNKNOWN, address(receivables), _acceptCall(a, r, vs), refusal);
    }

    /* WHAT IS SIGNED */

    /// @dev EIP-712, written out by hand.
    function testAcceptanceDigest(Receivables.Acceptance memory a) public view {
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
                    "Acceptance(uint80 voucher,uint8 version,uint32 from,uint32 to,uint48 length,bytes32 evidence,uint40 validUntil)"
                ),
                uint256(a.voucher),
                uint256(a.version),
                uint256(a.from),
                uint256(a.to),
                uint256(a.length),
                a.evidence,
                uint256(a.validUntil)
            )
        );
        assertEq(
            receivables.acceptanceDigest(a),
            keccak256(abi.encodePacked(hex"1901", domain, hash)),
            "digest"
        );
    }

    /* TRANSFER */

    function testTransferExpired(uint40 late) public {
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        vm.warp(bound(late, a.validUntil + 1, DUE_AT - 1));
        _refused(
            SUPPLIER,
            address(receivables),
            _transferCall(a, r, vs),
            abi.encodeWithSelector(Receivables.AcceptanceExpired.selector, voucherId, a.validUntil)
        );
        vm.warp(a.validUntil);
        _lawful(SUPPLIER, address(receivables), _transferCall(a, r, vs));
    }

    function testTransferSignedByAnother() public {
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        bytes4 another = Receivables.AcceptanceOfAnother.selector;
        _transferRefused(THIRD, a, abi.encodeWithSelector(another, voucherId, THIRD, SECOND));
        _transferRefused(SUPPLIER, a, abi.encodeWithSelector(another, voucherId, SUPPLIER, SECOND));
        _transferRefused(UNKNOWN, a, _noParticipant(_account(UNKNOWN)));
        _transferRefused(
            CARRIER,
            a,
            abi.encodeWithSelector(
                Participants.RoleMissing.selector,
                CARRIER,
                Roles.ATTESTER | Roles.ADMIN | Roles.SIGNER,
                Roles.HOLDER
            )
        );
    }

    /// @dev An account that may act for the receiver, but not sign for it.
    function testTransferSignedByAnAccountWithoutTheCapability() public {
        _as(SECOND);
        participants.addAccount(SECOND, _account(UNKNOWN), Roles.SUPPLIER, 0);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        bytes memory refusal = abi.encodeWithSelector(
            Participants.RoleMissing.selector, SECOND, Roles.SUPPLIER, Roles.SIGNER
        );
        _transferRefused(UNKNOWN, a, refusal);
        _offered(voucherId, SECOND);
        _acceptRefused(UNKNOWN, _acceptance(voucherId, SECOND, 0), refusal);
    }

    function testTransferToASuspendedReceiver() public {
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        _suspend(SECOND);
        _transferRefused(
            SECOND, a, abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SECOND)
        );
    }

    /// @dev Whatever is changed after signing, the signer is somebody else then.
    function testTransferOfWhatWasNotSigned(uint8 field, uint48 change) public {
        _setPolicy(PolicyNames.MAX_LEGS, 255);
        voucherId = _confirmed(FACE);
        Receivables.Acceptance memory signed = _acceptance(voucherId, SECOND, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(SECOND, signed);
        field = uint8(bound(field, 0, 4));
        if (field == 0) _split(voucherId, SUPPLIER, uint48(bound(change, 1, FACE - 1)));
        if (field == 1) voucherId = _confirmed(FACE);
        Receivables.Acceptance memory a =
            _acceptance(voucherId, field == 2 ? THIRD : SECOND, EVIDENCE);
        if (field == 3) a.evidence = bytes32(uint256(change) + 1);
        a.validUntil = signed.validUntil;
        if (field == 4) {
            a.validUntil = uint40(bound(change, block.timestamp, type(uint40).max));
            vm.assume(a.validUntil != signed.validUntil);
        }
        _refused(
            SUPPLIER,
            address(receivables),
            _transferCall(a, r, vs),
            _noParticipant(_recovered(a, r, vs))
        );
    }

    function testTransferSignedForAnotherChain(uint64 chainId) public {
        uint256 here = block.chainid;
        vm.assume(chainId != 0 && chainId != here);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        vm.chainId(chainId);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        vm.chainId(here);
        _refused(
            SUPPLIER,
            address(receivables),
            _transferCall(a, r, vs),
            _noParticipant(_recovered(a, r, vs))
        );
    }

    function testTransferWithoutASignature() public {
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        _refused(SUPPLIER, address(receivables), _transferCall(a, 0, 0), _noParticipant(address(0)));
    }

    function testTransferToOneself() public {
        _transferRefused(
            SUPPLIER,
            _acceptance(voucherId, SUPPLIER, EVIDENCE),
            abi.encodeWithSelector(Receivables.SameParty.selector, SUPPLIER)
        );
    }

    function testTransferToDebtor() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.SUPPLIER);
        _transferRefused(
            ANCHOR,
            _acceptance(voucherId, ANCHOR, EVIDENCE),
            abi.encodeWithSelector(Receivables.SameParty.selector, ANCHOR)
        );
    }

    function testTransferWithoutEvidence() public {
        _transferRefused(
            SECOND,
            _acceptance(voucherId, SECOND, 0),
            abi.encodeWithSelector(Receivables.EvidenceEmpty.selector)
        );
    }

    function testTransferTooDeep() public {
        _setPolicy(PolicyNames.MAX_TIER, 1);
        voucherId = _confirmed(FACE);
        _passed(voucherId, SECOND);
        Receivables.Acceptance memory a = _acceptance(voucherId, THIRD, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(THIRD, a);
        _refused(
            SECOND,
            address(receivables),
            _transferCall(a, r, vs),
            abi.encodeWithSelector(
                Receivables.TierTooDeep.selector, voucherId, 1, 1, PolicyNames.MAX_TIER
            )
        );
    }

    function testTransferBound() public {
        _financed(voucherId, TRADER, Financing.Kind.RecoursePurchase);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        _refused(
            TRADER,
            address(receivables),
            _transferCall(a, r, vs),
            abi.encodeWithSelector(Receivables.BoundVoucher.selector, voucherId)
        );
    }

    function testTransfer() public {
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        bytes memory data = _transferCall(a, r, vs);
        vm.expectEmit(address(receivables));
        emit Receivables.Transferred(
            voucherId, SUPPLIER, SECOND, EVIDENCE, _account(SECOND), _account(SUPPLIER)
        );
        _lawful(SUPPLIER, address(receivables), data);
        Receivables.Voucher memory v;
        (v.holder, v.length, v.tier, v.version) = (SECOND, FACE, 1, 1);
        v.life = Receivables.Life.Live;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");

        // Back where it was, and the same signature moves it no more.
        _passed(voucherId, SUPPLIER);
        _refused(
            SUPPLIER, address(receivables), data, _noParticipant(_recovered(_asItIs(a), r, vs))
        );
    }

    /// @dev What the contract checks a signature against: the voucher as it is now.
    function _asItIs(Receivables.Acceptance memory a)
        internal
        view
        returns (Receivables.Acceptance memory now_)
    {
        now_ = _acceptance(a.voucher, a.to, a.evidence);
        now_.validUntil = a.validUntil;
    }

    /// @dev Nobody but the holder makes use of the receiver's word.
    function testTransferByAnother() public {
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        _refused(
            THIRD,
            address(receivables),
            _transferCall(a, r, vs),
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, THIRD, SUPPLIER)
        );
    }

    /* ACCEPT BY SIGNATURE */

    function testAcceptExpired(uint40 late) public {
        _offered(voucherId, SECOND);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, 0);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        vm.warp(bound(late, a.validUntil + 1, NOW + OFFER_PERIOD));
        _refused(
            UNKNOWN,
            address(receivables),
            _acceptCall(a, r, vs),
            abi.encodeWithSelector(Receivables.AcceptanceExpired.selector, voucherId, a.validUntil)
        );
    }

    /// @dev A signature that is good for longer does not prolong the offer.
    function testAcceptALapsedOffer() public {
        _offered(voucherId, SECOND);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, 0);
        a.validUntil = DUE_AT;
        vm.warp(NOW + OFFER_PERIOD + 1);
        _acceptRefused(
            SECOND,
            a,
            abi.encodeWithSelector(Receivables.OfferLapsed.selector, voucherId, NOW + OFFER_PERIOD)
        );
    }

    function testAcceptSignedByAnother() public {
        _offered(voucherId, SECOND);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, 0);
        _acceptRefused(
            THIRD,
            a,
            abi.encodeWithSelector(
                Receivables.AcceptanceOfAnother.selector, voucherId, THIRD, SECOND
            )
        );
        _acceptRefused(UNKNOWN, a, _noParticipant(_account(UNKNOWN)));
    }

    function testAcceptOfWhatWasNotSigned() public {
        _offered(voucherId, SECOND);
        // Meant for a transfer, with evidence of its own.
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        _refused(
            UNKNOWN,
            address(receivables),
            _acceptCall(a, r, vs),
            _noParticipant(_recovered(_acceptance(voucherId, SECOND, 0), r, vs))
        );
    }

    function testAcceptFromASuspendedHolder() public {
        _offered(voucherId, SECOND);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, 0);
        _suspend(SUPPLIER);
        _acceptRefused(
            SECOND, a, abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
    }

    function testAcceptHeld() public {
        _offered(voucherId, SECOND);
        _freeze(voucherId);
        uint8 frozen = receivables.FROZEN();
        _acceptRefused(
            SECOND,
            _acceptance(voucherId, SECOND, 0),
            abi.encodeWithSelector(Receivables.Held.selector, voucherId, frozen)
        );
    }

    /// @dev Who carries it does not matter.
    function testAcceptBySignature(address carrier) public {
        _offered(voucherId, SECOND);
        Receivables.Acceptance memory a = _acceptance(voucherId, SECOND, 0);
        (bytes32 r, bytes32 vs) = _sign(SECOND, a);
        vm.expectEmit(address(receivables));
        emit Receivables.AcceptanceCarried(voucherId, _account(SECOND));
        vm.expectEmit(address(receivables));
        emit Receivables.Accepted(voucherId, SUPPLIER, SECOND, carrier);
        vm.prank(carrier);
        receivables.acceptBySignature(voucherId, a.version, a.validUntil, r, vs);
        Receivables.Voucher memory v;
        (v.holder, v.length, v.tier, v.version) = (SECOND, FACE, 1, 2);
        v.life = Receivables.Life.Live;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
    }
}
