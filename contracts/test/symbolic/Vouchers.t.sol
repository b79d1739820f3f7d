// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Limits} from "../../src/Limits.sol";
import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Test} from "../utils/Test.sol";

/// @dev Proved by Halmos for all values, not tried with some. The test itself stands where issuance and financing
/// do, so that it can lay a voucher into any of its hands.
contract VouchersCheck is Test {
    /// @dev What anybody may say to a voucher: which call, and whatever it may have for arguments.
    struct Said {
        uint8 what;
        uint8 version;
        uint32 to;
        uint48 length;
        uint40 validUntil;
        bytes32 word;
        bytes32 r;
        bytes32 vs;
    }

    uint32 internal constant HOLDER = 1;
    uint32 internal constant RECEIVER = 2;
    uint32 internal constant FINANCIER = 3;
    uint32 internal constant DEBTOR = 4;
    uint32 internal constant REGULATOR = 5;
    uint32 internal constant BANK = 6;
    uint32 internal constant STRANGER = 404;
    uint32 internal constant ID = 7;
    uint80 internal constant VOUCHER = uint80(ID) << 48;
    uint40 internal constant START = 1_767_225_600;
    uint40 internal constant DUE_AT = START + 50 days;
    bytes32 internal constant EVIDENCE = "evidence";

    Participants internal participants;
    Receivables internal receivables;

    function setUp() public {
        vm.warp(START);
        address[] memory governors = new address[](2);
        (governors[0], governors[1]) = (address(0xA0), address(0xB0));
        participants = new Participants(governors, 2);
        receivables =
            new Receivables(participants, Limits(address(0)), address(this), address(this));
        uint32[6] memory roles = [
            Roles.SUPPLIER,
            Roles.SUPPLIER,
            Roles.FINANCIER,
            Roles.DEBTOR,
            Roles.REGULATOR,
            Roles.SETTLEMENT_BANK
        ];
        Participants.Call[] memory calls = new Participants.Call[](roles.length);
        for (uint32 number = 1; number <= roles.length; ++number) {
            calls[number - 1] = Participants.Call(
                address(participants),
                abi.encodeCall(
                    Participants.admit,
                    (bytes32(uint256(number)), roles[number - 1], DUE_AT, _account(number))
                )
            );
        }
        vm.prank(governors[0]);
        uint32 id = participants.propose(calls);
        vm.prank(governors[1]);
        participants.approve(id);
        vm.prank(governors[0]);
        participants.execute(id, calls);
    }

    function _account(uint32 number) internal pure returns (address) {
        return address(uint160(0xACC000 + number));
    }

    /// @dev A debt of any face, with its voucher in the holder's hands.
    function _opened(uint48 face) internal {
        vm.assume(face != 0);
        Receivables.Opening memory o;
        (o.debtor, o.creditor, o.face) = (DEBTOR, HOLDER, face);
        (o.dueAt, o.currency) = (DUE_AT, 156);
        (o.maxTier, o.maxLegs, o.minLength, o.offerPeriod) = (9, 20, 1, 7 days);
        receivables.open(ID, o);
    }

    function _offered() internal {
        vm.prank(_account(HOLDER));
        receivables.offer(VOUCHER, 0, RECEIVER, EVIDENCE);
    }

    /// @dev A participant's call, or a stranger's, with any arguments; it may be refused. The ledger knows who sends
    /// by its participant's number alone, so that one stranger stands for all.
    function _called(uint32 number, Said memory c) internal returns (bytes4 selector) {
        bytes memory data = _callOf(c);
        selector = bytes4(data);
        vm.prank(_account(number));
        (bool success,) = address(receivables).call(data);
        success;
    }

    function _callOf(Said memory c) internal pure returns (bytes memory) {
        uint80 v = VOUCHER;
        if (c.what == 0) {
            Receivables.Leg[] memory legs = new Receivables.Leg[](1);
            legs[0] = Receivables.Leg(c.to, c.length, c.word);
            return abi.encodeCall(Receivables.split, (v, c.version, legs));
        }
        if (c.what == 1) return abi.encodeCall(Receivables.offer, (v, c.version, c.to, c.word));
        if (c.what == 2) {
            return abi.encodeCall(
                Receivables.transfer, (v, c.version, c.to, c.word, c.validUntil, c.r, c.vs)
            );
        }
        if (c.what == 3) return abi.encodeCall(Receivables.accept, (v, c.version));
        if (c.what == 4) {
            return
                abi.encodeCall(
                    Receivables.acceptBySignature, (v, c.version, c.validUntil, c.r, c.vs)
                );
        }
        if (c.what == 5) return abi.encodeCall(Receivables.refuse, (v, c.version, c.word));
        if (c.what == 6) return abi.encodeCall(Receivables.withdraw, (v, c.version));
        if (c.what == 7) return abi.encodeCall(Receivables.freeze, (v, c.word, c.r));
        if (c.what == 8) return abi.encodeCall(Receivables.unfreeze, (v, c.word));
        if (c.what == 9) return abi.encodeCall(Receivables.dispute, (v, c.word, c.r));
        if (c.what == 10) return abi.encodeCall(Receivables.endDispute, (v, c.word));
        if (c.what == 11) return abi.encodeCall(Receivables.writeOff, (v, c.version, c.word));
        if (c.what == 12) {
            return
                abi.encodeCall(Receivables.lock, (v, c.version, HOLDER, c.to, uint32(c.validUntil)));
        }
        Receivables.Encumbrance was = Receivables.Encumbrance(c.what % 4);
        if (c.what < 17) return abi.encodeCall(Receivables.free, (v, c.version, was));
        if (c.what < 21) {
            return abi.encodeCall(Receivables.assign, (v, c.version, was, c.to, true));
        }
        if (c.what == 21) {
            return abi.encodeCall(Receivables.pledge, (v, c.version, uint32(c.validUntil)));
        }
        if (c.what == 22) return abi.encodeCall(Receivables.setBound, (v, true));
        if (c.what == 23) return abi.encodeCall(Receivables.voidUntouched, (ID));
        uint48[] memory starts = new uint48[](1);
        return abi.encodeCall(Receivables.redeem, (ID, starts));
    }

    /// @dev One path for each of them: a symbol that is known is proved about sooner.
    function _oneOf(uint32 number) internal pure returns (uint32) {
        for (uint32 n = 1; n <= BANK; ++n) {
            if (number == n) return n;
        }
        return STRANGER;
    }

    /* CONSERVATION */

    /// @dev A split of any lengths for whoever: the pieces tile what was there, and nothing is empty.
    function check_aSplitConserves(
        uint48 face,
        uint48 first,
        uint48 second,
        bool firstKept,
        bool secondKept
    ) public {
        _opened(face);
        Receivables.Leg[] memory legs = new Receivables.Leg[](2);
        legs[0] = Receivables.Leg(firstKept ? HOLDER : RECEIVER, first, EVIDENCE);
        legs[1] = Receivables.Leg(secondKept ? HOLDER : RECEIVER, second, EVIDENCE);
        vm.prank(_account(HOLDER));
        receivables.split(VOUCHER, 0, legs);
        uint80 one = VOUCHER + face - first;
        uint80 two = one - second;
        Receivables.Voucher memory parent = receivables.voucher(VOUCHER);
        Receivables.Voucher memory a = receivables.voucher(one);
        Receivables.Voucher memory b = receivables.voucher(two);
        assert(VOUCHER + parent.length == two);
        assert(two + b.length == one);
        assert(one + a.length == VOUCHER + face);
        assert(parent.length != 0 && a.length != 0 && b.length != 0);
        assert(parent.holder == HOLDER && a.holder == HOLDER && b.holder == HOLDER);
    }

    /* WHO MOVES */

    /// @dev Nobody but its holder moves, cuts or encumbers a free voucher, by whatever call.
    function check_onlyItsHolderMovesAFreeVoucher(uint32 caller, Said memory c) public {
        _opened(1000);
        vm.assume(caller != HOLDER);
        _called(_oneOf(caller), c);
        Receivables.Voucher memory v = receivables.voucher(VOUCHER);
        assert(v.holder == HOLDER && v.length == 1000);
        assert(v.encumbrance == Receivables.Encumbrance.Free && v.counterparty == 0);
    }

    /// @dev An offer comes to an end by its holder, its receiver, or a signature; and only its receiver gets it.
    function check_onlyItsReceiverTakesAnOffer(uint32 caller, Said memory c) public {
        _opened(1000);
        _offered();
        caller = _oneOf(caller);
        bytes4 selector = _called(caller, c);
        Receivables.Voucher memory v = receivables.voucher(VOUCHER);
        assert(v.length == 1000);
        assert(v.holder == HOLDER || v.holder == RECEIVER);
        bool signed = selector == Receivables.acceptBySignature.selector;
        if (v.holder == RECEIVER) assert(caller == RECEIVER || signed);
        if (v.encumbrance == Receivables.Encumbrance.Offered) return;
        assert(caller == HOLDER || caller == RECEIVER || signed);
    }

    /// @dev A signature that is not its receiver's takes nothing.
    function check_anotherSignatureTakesNothing(
        uint8 expected,
        uint40 validUntil,
        bytes32 r,
        bytes32 vs
    ) public {
        _opened(1000);
        _offered();
        bytes32 digest = receivables.acceptanceDigest(
            Receivables.Acceptance(VOUCHER, 1, HOLDER, RECEIVER, 1000, 0, validUntil)
        );
        bytes32 s = vs & bytes32(type(uint256).max >> 1);
        address signer = ecrecover(digest, uint8(uint256(vs) >> 255) + 27, r, s);
        vm.assume(signer != _account(RECEIVER));
        (bool success,) = address(receivables)
            .call(
                abi.encodeCall(
                    Receivables.acceptBySignature, (VOUCHER, expected, validUntil, r, vs)
                )
            );
        assert(!success);
    }

    /* NO DOUBLE FINANCING */

    /// @dev Nobody but its financing moves, cuts, offers or frees what is locked or pledged, by whatever call.
    function check_nobodyMovesWhatIsFinanced(uint32 caller, bool pledged, Said memory c) public {
        _opened(1000);
        _financed(pledged);
        _called(_oneOf(caller), c);
        Receivables.Voucher memory v = receivables.voucher(VOUCHER);
        assert(v.holder == HOLDER && v.length == 1000 && v.counterparty == FINANCIER);
        assert(
            v.encumbrance
                == (pledged ? Receivables.Encumbrance.Pledged : Receivables.Encumbrance.Locked)
        );
    }

    /// @dev And it is not locked again, whoever asks and for whom.
    function check_nothingIsLockedTwice(
        bool pledged,
        uint8 expected,
        uint32 actor,
        uint32 financier,
        uint32 by
    ) public {
        _opened(1000);
        _financed(pledged);
        (bool success,) = address(receivables)
            .call(abi.encodeCall(Receivables.lock, (VOUCHER, expected, actor, financier, by)));
        assert(!success);
    }

    function _financed(bool pledged) internal {
        receivables.lock(VOUCHER, 0, HOLDER, FINANCIER, uint32(START) + 3 days);
        if (pledged) receivables.pledge(VOUCHER, 1, uint32(START) + 9 days);
    }
}
