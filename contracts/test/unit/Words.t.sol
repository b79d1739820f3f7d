// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "../../src/Attestations.sol";
import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev The ledger with its vouchers laid open: by the hand that packs them and by the compiler.
contract OpenReceivables is Receivables {
    constructor(Participants participants_, Attestations attestations_, Policy memory policy_)
        Receivables(participants_, attestations_, policy_)
    {}

    function save(uint64 id, Voucher memory v) external {
        _save(id, v);
    }

    function load(uint64 id) external view returns (Voucher memory) {
        return _load(id);
    }

    function saveByCompiler(uint64 id, Voucher memory v) external {
        _voucher[id] = v;
    }

    function loadByCompiler(uint64 id) external view returns (Voucher memory) {
        return _voucher[id];
    }

    /// @dev Where the compiler has put the voucher, and the word after.
    function words(uint64 id) external view returns (bytes32 word, bytes32 next) {
        Voucher storage v = _voucher[id];
        assembly ("memory-safe") {
            word := sload(v.slot)
            next := sload(add(v.slot, 1))
        }
    }
}

/// @dev A voucher is read and written as one word, the same that the compiler would read and write.
contract WordsTest is Fixture {
    OpenReceivables internal open;

    function setUp() public override {
        super.setUp();
        open = new OpenReceivables(participants, attestations, _policy());
    }

    function _check(uint64 id, Receivables.Voucher memory v) internal {
        open.saveByCompiler(id, v);
        (bytes32 expected,) = open.words(id);
        assertEq(abi.encode(open.load(id)), abi.encode(v), "read");
        // Written over what was there before, of which nothing may be left.
        Receivables.Voucher memory full = _full();
        open.saveByCompiler(id, full);
        open.save(id, v);
        (bytes32 word, bytes32 next) = open.words(id);
        assertEq(word, expected, "written");
        assertEq(next, bytes32(0), "one word is all");
        assertEq(abi.encode(open.loadByCompiler(id)), abi.encode(v), "read by the compiler");
        assertEq(abi.encode(open.voucher(id)), abi.encode(v), "as it is told");
    }

    function _full() internal pure returns (Receivables.Voucher memory v) {
        v.holder = type(uint32).max;
        v.parent = type(uint24).max;
        v.counterparty = type(uint32).max;
        v.start = type(uint48).max;
        v.length = type(uint48).max;
        v.since = type(uint32).max;
        v.tier = type(uint8).max;
        v.life = Receivables.Life.Redeemed;
        v.encumbrance = Receivables.Encumbrance.Locked;
        v.payments = type(uint8).max;
        v.version = type(uint8).max;
    }

    function testAnyVoucher(
        uint64 id,
        uint32[3] memory numbers,
        uint24 parent,
        uint48[2] memory interval,
        uint8[5] memory bytes_
    ) public {
        Receivables.Voucher memory v;
        (v.holder, v.counterparty, v.since) = (numbers[0], numbers[1], numbers[2]);
        v.parent = parent;
        (v.start, v.length) = (interval[0], interval[1]);
        (v.tier, v.payments, v.version) = (bytes_[0], bytes_[1], bytes_[2]);
        v.life = Receivables.Life(bytes_[3] % 3);
        v.encumbrance = Receivables.Encumbrance(bytes_[4] % 3);
        _check(id, v);
    }

    /// @dev Each field alone at its largest, so that none reaches into its neighbours.
    function testEachFieldAlone() public {
        for (uint256 field; field < 11; ++field) {
            Receivables.Voucher memory v;
            Receivables.Voucher memory full = _full();
            // A struct in memory is a word a field.
            assembly ("memory-safe") {
                let at := mul(field, 32)
                mstore(add(v, at), mload(add(full, at)))
            }
            _check(uint64(field), v);
        }
        _check(11, _full());
        Receivables.Voucher memory none;
        _check(12, none);
    }

    /// @dev Whoever reads storage without the contracts relies on this.
    function testTheWordOfAVoucher() public {
        uint64 id = _voucherOf(7, 9);
        open.save(
            id,
            Receivables.Voucher({
                holder: 0x11111111,
                parent: 0x222222,
                counterparty: 0x33333333,
                start: 0x444444444444,
                length: 0x555555555555,
                since: 0x66666666,
                tier: 0x77,
                life: Receivables.Life.Redeemed,
                encumbrance: Receivables.Encumbrance.Offered,
                payments: 0xaa,
                version: 0xbb
            })
        );
        assertEq(
            vm.load(address(open), keccak256(abi.encode(id, uint256(5)))),
            bytes32(0xbbaa010277666666665555555555554444444444443333333322222211111111),
            "word"
        );
    }
}
