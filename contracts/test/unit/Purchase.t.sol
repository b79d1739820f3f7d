// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev A locked voucher: filed, paid out, let go.
contract PurchaseTest is Fixture {
    bytes32 internal constant REFERENCE = "the bank's record";
    uint32 internal constant DISBURSE_BY = uint32(NOW) + DISBURSE_PERIOD;

    uint80 internal voucherId;
    uint48 internal proceeds;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        proceeds = _locked(voucherId, BANK, Financing.Kind.Purchase).proceeds;
    }

    function _financingRefused(uint32 actor, bytes memory data, bytes memory refusal) internal {
        _refused(actor, address(financing), data, refusal);
    }

    function _disburseCall(uint80 which, uint8 version, uint48 amount, bytes32 reference_)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(Financing.disburse, (which, version, amount, reference_));
    }

    function _fileCall(bytes32 registration, bytes32 agreement, uint40 registeredAt)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(Financing.file, (voucherId, 1, registration, agreement, registeredAt));
    }

    /* WHAT IS LOCKED */

    /// @dev Whatever is done with a lock meets the same conditions.
    function _lockRefused(uint80 which, uint8 version, bytes memory refusal) internal {
        _financingRefused(
            BANK, abi.encodeCall(Financing.file, (which, version, REASON, REASON, NOW)), refusal
        );
        _financingRefused(SETTLER, _disburseCall(which, version, proceeds, REFERENCE), refusal);
        _financingRefused(BANK, abi.encodeCall(Financing.releaseLock, (which, version)), refusal);
    }

    function testLockUnknown(uint80 which) public {
        vm.assume(which != voucherId);
        _lockRefused(which, 0, abi.encodeWithSelector(Receivables.VoucherUnknown.selector, which));
    }

    function testLockOfWhatIsNotLocked() public {
        bytes memory refusal = abi.encodeWithSelector(Financing.NotLocked.selector, voucherId);
        _disburse(voucherId);
        _lockRefused(voucherId, 2, refusal);
        _locked(voucherId, FACTOR, Financing.Kind.Pledge);
        _disburse(voucherId);
        _lockRefused(voucherId, 4, refusal);
    }

    function testLockStale(uint8 version) public {
        vm.assume(version != 1);
        _lockRefused(
            voucherId,
            version,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, version)
        );
    }

    /* FILE */

    function testFileByAnotherFinancier() public {
        _financingRefused(
            FACTOR,
            _fileCall(REASON, REASON, NOW),
            abi.encodeWithSelector(Financing.NotFinancier.selector, voucherId, FACTOR, BANK)
        );
    }

    function testFileNothing() public {
        _financingRefused(
            BANK, _fileCall(0, 0, 0), abi.encodeWithSelector(Financing.DocumentEmpty.selector)
        );
    }

    /// @dev A registration has a time that is past; without one there is none.
    function testFileWithABadTime(uint40 time) public {
        time = uint40(bound(time, NOW + 1, type(uint40).max));
        uint40[2] memory times = [uint40(0), time];
        for (uint256 n; n < times.length; ++n) {
            _financingRefused(
                BANK,
                _fileCall(REASON, 0, times[n]),
                abi.encodeWithSelector(Financing.BadRegistrationTime.selector, voucherId, times[n])
            );
        }
        _financingRefused(
            BANK,
            _fileCall(0, REASON, NOW),
            abi.encodeWithSelector(Financing.BadRegistrationTime.selector, voucherId, NOW)
        );
    }

    /// @dev Filed again, as long as it is locked: the last word counts.
    function testFile(bytes32 registration, bytes32 agreement, uint40 registeredAt) public {
        vm.assume(registration != 0 || agreement != 0);
        registeredAt = registration == 0 ? 0 : uint40(bound(registeredAt, 1, NOW));
        _file(voucherId);
        vm.expectEmit(address(financing));
        emit Financing.Filed(voucherId, BANK, registration, agreement, registeredAt, _account(BANK));
        _as(BANK);
        financing.file(voucherId, 1, registration, agreement, registeredAt);
        Financing.Filing memory f = Financing.Filing(registration, agreement, registeredAt);
        assertEq(abi.encode(_filingOf(voucherId)), abi.encode(f), "filing");
    }

    /* DISBURSE */

    function testDisburseAnotherAmount(uint48 amount) public {
        vm.assume(amount != proceeds);
        _financingRefused(
            SETTLER,
            _disburseCall(voucherId, 1, amount, REFERENCE),
            abi.encodeWithSelector(Financing.WrongAmount.selector, voucherId, amount, proceeds)
        );
    }

    function testDisburseWithoutReference() public {
        _financingRefused(
            SETTLER,
            _disburseCall(voucherId, 1, proceeds, 0),
            abi.encodeWithSelector(Receivables.ReferenceEmpty.selector)
        );
    }

    function testDisburseWithAReferenceThatWasUsed() public {
        uint32 id = _receivableOf(voucherId);
        _as(SETTLER);
        receivables.recordPayment(id, 1, REFERENCE);
        _financingRefused(
            SETTLER,
            _disburseCall(voucherId, 1, proceeds, REFERENCE),
            abi.encodeWithSelector(Receivables.ReferenceUsed.selector, REFERENCE, id)
        );
    }

    /// @dev Where the register or the contract is needed, no money counts before it is filed.
    function testDisburseWithoutItsFiling() public {
        bytes memory data = _disburseCall(voucherId, 1, proceeds, REFERENCE);
        bytes32[2] memory names = [PolicyNames.REGISTRATION_NEEDED, PolicyNames.AGREEMENT_NEEDED];
        bytes4[2] memory selectors =
            [Financing.RegistrationMissing.selector, Financing.AgreementMissing.selector];
        uint256 snapshot = vm.snapshotState();
        for (uint256 n; n < names.length; ++n) {
            _setPolicy(names[n], 1);
            bytes memory refusal = abi.encodeWithSelector(selectors[n], voucherId, names[n]);
            _financingRefused(SETTLER, data, refusal);
            // The other of the two does not stand in for it.
            _as(BANK);
            financing.file(
                voucherId,
                1,
                n == 0 ? bytes32(0) : REASON,
                n == 0 ? REASON : bytes32(0),
                n == 0 ? 0 : NOW
            );
            _financingRefused(SETTLER, data, refusal);
            _file(voucherId);
            _lawful(SETTLER, address(financing), data);
            vm.revertToState(snapshot);
        }
    }

    /// @dev Nor does what somebody filed for the deal before.
    function testDisburseOnTheFilingOfAnother() public {
        _setPolicy(PolicyNames.REGISTRATION_NEEDED, 1);
        _file(voucherId);
        _disburse(voucherId);
        assertTrue(_filingOf(voucherId).registration != 0, "the buyer's filing stays");
        _locked(voucherId, FACTOR, Financing.Kind.Purchase);
        proceeds = _dealOf(voucherId).proceeds;
        _financingRefused(
            SETTLER,
            _disburseCall(voucherId, 3, proceeds, REFERENCE),
            abi.encodeWithSelector(
                Financing.RegistrationMissing.selector, voucherId, PolicyNames.REGISTRATION_NEEDED
            )
        );
    }

    /// @dev Whenever the money was paid, as long as the lock is there: past its period and past due too.
    function testDisburse(uint40 later) public {
        vm.warp(bound(later, NOW, VALID_UNTIL));
        vm.expectEmit(address(financing));
        emit Financing.Disbursed(
            voucherId,
            SUPPLIER,
            BANK,
            Financing.Kind.Purchase,
            proceeds,
            REFERENCE,
            _account(SETTLER)
        );
        _as(SETTLER);
        financing.disburse(voucherId, 1, proceeds, REFERENCE);
        Receivables.Voucher memory v;
        (v.holder, v.length, v.tier, v.version) = (BANK, FACE, 1, 2);
        v.life = Receivables.Life.Live;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
        Financing.Deal memory none;
        assertEq(abi.encode(_dealOf(voucherId)), abi.encode(none), "the deal is over");
        assertEq(financing.hops(voucherId), 0, "nobody may come back");
        assertEq(receivables.referenceUsed(REFERENCE), voucherId, "reference");
    }

    /// @dev The financier bought the whole claim: what is paid meanwhile is its own.
    function testDisburseAfterAPayment() public {
        uint32 id = _receivableOf(voucherId);
        _pay(id, 77);
        _disburse(voucherId);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, BANK, 77, _account(SETTLER));
        _redeem(voucherId);
    }

    /// @dev However deep a voucher is, it can be financed, and the deepest tier stays what it is.
    function testDisburseBeyondEveryTier() public {
        _setPolicy(PolicyNames.MAX_TIER, 1);
        voucherId = _confirmed(FACE);
        for (uint256 n; n < 260; ++n) {
            vm.warp(NOW + n);
            uint32 financier = n % 2 == 0 ? BANK : FACTOR;
            Financing.Quote memory q = _quote(voucherId, financier, Financing.Kind.Purchase);
            (q.proceeds, q.interest, q.debtorInterest, q.fees) = (FACE, 0, 0, 0);
            _finance(q);
            _disburse(voucherId);
            assertEq(_voucher(voucherId).tier, n < 255 ? n + 1 : 255, "tier");
        }
    }

    /* RELEASE */

    function _releaseRefused(uint32 actor, bytes memory refusal) internal {
        _financingRefused(actor, abi.encodeCall(Financing.releaseLock, (voucherId, 1)), refusal);
    }

    function testReleaseByAnother() public {
        uint32[2] memory others = [SECOND, FACTOR];
        for (uint256 n; n < others.length; ++n) {
            _releaseRefused(
                others[n],
                abi.encodeWithSelector(Financing.NotHolder.selector, voucherId, others[n], SUPPLIER)
            );
        }
    }

    /// @dev What the participant may do as a bank, this account of it may not.
    function testReleaseByAnAccountWithoutTheScope() public {
        _setRoles(SETTLER, Roles.SETTLEMENT_BANK | Roles.FINANCIER);
        _as(SETTLER);
        participants.addAccount(SETTLER, _account(UNKNOWN), Roles.FINANCIER, 0);
        vm.warp(DISBURSE_BY + 1);
        _releaseRefused(
            UNKNOWN,
            abi.encodeWithSelector(Financing.NotHolder.selector, voucherId, SETTLER, SUPPLIER)
        );
    }

    function testReleaseBeforeTheTimeIsOver(uint40 time) public {
        vm.warp(bound(time, NOW, DISBURSE_BY));
        uint32[2] memory actors = [SUPPLIER, SETTLER];
        for (uint256 n; n < actors.length; ++n) {
            _releaseRefused(
                actors[n],
                abi.encodeWithSelector(Financing.LockHeld.selector, voucherId, DISBURSE_BY)
            );
        }
    }

    function _checkReleased(uint32 actor) internal {
        vm.expectEmit(address(financing));
        emit Financing.LockReleased(voucherId, SUPPLIER, _account(actor));
        _as(actor);
        financing.releaseLock(voucherId, 1);
        Receivables.Voucher memory v;
        (v.holder, v.length, v.version) = (SUPPLIER, FACE, 2);
        v.life = Receivables.Life.Live;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
        Financing.Deal memory deal;
        assertEq(abi.encode(_dealOf(voucherId)), abi.encode(deal), "no deal");
        Financing.Filing memory filing;
        assertEq(abi.encode(_filingOf(voucherId)), abi.encode(filing), "no filing");
    }

    function testReleaseByItsFinancier(uint40 time) public {
        _file(voucherId);
        vm.warp(bound(time, NOW, VALID_UNTIL));
        _checkReleased(BANK);
    }

    function testReleaseByHolderOrBank(bool byHolder, uint40 time) public {
        vm.warp(bound(time, DISBURSE_BY + 1, VALID_UNTIL));
        _checkReleased(byHolder ? SUPPLIER : SETTLER);
    }

    /// @dev A freeze keeps the voucher where it is; whose it is, a lock need not keep open.
    function testReleaseFrozen() public {
        _freeze(voucherId);
        _as(BANK);
        financing.releaseLock(voucherId, 2);
    }
}
