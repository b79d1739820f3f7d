// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Claims on a receivable from contracts made elsewhere.
contract ClaimsTest is Fixture {
    uint32 internal id;

    function setUp() public override {
        super.setUp();
        id = _receivableOf(_confirmed(FACE));
    }

    function _claimRefused(
        uint32 receivable,
        uint48 amount,
        uint40 registeredAt,
        uint40 noticedAt,
        bytes32 document,
        bytes memory refusal
    ) internal {
        _refused(
            BANK,
            address(financing),
            abi.encodeCall(
                Financing.assertClaim, (receivable, amount, registeredAt, noticedAt, document)
            ),
            refusal
        );
    }

    function _claimOf(uint32 number) internal view returns (Financing.Claim memory c) {
        (c.claimant, c.receivable, c.amount, c.registeredAt, c.noticedAt, c.withdrawn, c.document) =
            financing.claim(number);
    }

    /* ASSERT */

    function testAssertOnUnknown() public {
        _claimRefused(
            404,
            1,
            0,
            0,
            DOCUMENT,
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, 404)
        );
    }

    function testAssertNothing() public {
        _claimRefused(id, 0, 0, 0, DOCUMENT, abi.encodeWithSelector(Financing.AmountZero.selector));
    }

    function testAssertWithoutDocument() public {
        _claimRefused(id, 1, 0, 0, 0, abi.encodeWithSelector(Financing.DocumentEmpty.selector));
    }

    function testAssertForLater(uint40 time) public {
        time = uint40(bound(time, NOW + 1, type(uint40).max));
        bytes memory refusal = abi.encodeWithSelector(Financing.BadClaimTime.selector, time);
        _claimRefused(id, 1, time, 0, DOCUMENT, refusal);
        _claimRefused(id, 1, 0, time, DOCUMENT, refusal);
    }

    /// @dev Whatever is claimed, registered or not, noticed or not; it moves no voucher.
    function testAssert(uint48 amount, uint40 registeredAt, uint40 noticedAt) public {
        amount = uint48(bound(amount, 1, MAX_FACE));
        registeredAt = uint40(bound(registeredAt, 0, NOW));
        noticedAt = uint40(bound(noticedAt, 0, NOW));
        bytes memory before = abi.encode(_voucher(_voucherOf(id, 0)), receivables.receivable(id));
        vm.expectEmit(address(financing));
        emit Financing.ClaimAsserted(
            1, id, BANK, amount, registeredAt, noticedAt, DOCUMENT, _account(BANK)
        );
        _as(BANK);
        assertEq(financing.assertClaim(id, amount, registeredAt, noticedAt, DOCUMENT), 1, "number");
        Financing.Claim memory c =
            Financing.Claim(BANK, id, amount, registeredAt, noticedAt, false, DOCUMENT);
        assertEq(abi.encode(_claimOf(1)), abi.encode(c), "claim");
        assertEq(financing.claimCount(), 1, "claims");
        assertEq(
            abi.encode(_voucher(_voucherOf(id, 0)), receivables.receivable(id)),
            before,
            "nothing moves"
        );
    }

    /* WITHDRAW */

    function testWithdrawUnknown() public {
        _refused(
            BANK,
            address(financing),
            abi.encodeCall(Financing.withdrawClaim, (1)),
            abi.encodeWithSelector(Financing.ClaimUnknown.selector, 1)
        );
    }

    function testWithdrawOfAnother() public {
        _as(BANK);
        financing.assertClaim(id, 1, 0, 0, DOCUMENT);
        _refused(
            FACTOR,
            address(financing),
            abi.encodeCall(Financing.withdrawClaim, (1)),
            abi.encodeWithSelector(Financing.NotClaimant.selector, 1, FACTOR, BANK)
        );
    }

    function testWithdraw() public {
        _as(BANK);
        financing.assertClaim(id, 7, 0, NOW, DOCUMENT);
        vm.expectEmit(address(financing));
        emit Financing.ClaimWithdrawn(1, BANK, _account(BANK));
        _as(BANK);
        financing.withdrawClaim(1);
        Financing.Claim memory c = Financing.Claim(BANK, id, 7, 0, NOW, true, DOCUMENT);
        assertEq(abi.encode(_claimOf(1)), abi.encode(c), "claim");
        _refused(
            BANK,
            address(financing),
            abi.encodeCall(Financing.withdrawClaim, (1)),
            abi.encodeWithSelector(Financing.ClaimOver.selector, 1)
        );
    }
}
