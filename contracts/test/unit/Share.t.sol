// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Share} from "../../src/Share.sol";
import {Test} from "../utils/Test.sol";

/// @dev How what is paid falls on the intervals of a face.
contract ShareTest is Test {
    uint48 internal constant MOST = type(uint48).max;

    function _face(uint48 face) internal pure returns (uint48) {
        // Half of the faces small, for every rounding to show.
        return uint48(face % 2 == 0 ? bound(face, 1, MOST) : bound(face / 2, 1, 40));
    }

    function _inside(uint48 x, uint48 face) internal pure returns (uint48) {
        return uint48(bound(x, 0, face));
    }

    /// @dev Neighbours take together what falls on both: so parts of intervals that tile add up exactly.
    function testPartsTile(uint48 face, uint48 paid, uint48 start, uint48 middle, uint48 end)
        public
        pure
    {
        face = _face(face);
        paid = _inside(paid, face);
        end = _inside(end, face);
        middle = _inside(middle, end);
        start = _inside(start, middle);
        assertEq(
            Share.part(start, middle - start, paid, face)
                + Share.part(middle, end - middle, paid, face),
            Share.part(start, end - start, paid, face),
            "together as much"
        );
    }

    function testTheLowerHalfIsRoundedToTheNearestUnit() public pure {
        assertEq(Share.part(0, 1, 1, 2), 1, "a half rounds up");
        assertEq(Share.part(0, 3, 2, 7), 1, "six sevenths round up");
        assertEq(Share.part(0, 3, 1, 7), 0, "three sevenths round down");
    }

    function testTheWholeFaceTakesAllThatIsPaid(uint48 face, uint48 paid) public pure {
        face = _face(face);
        paid = _inside(paid, face);
        assertEq(Share.part(0, face, paid, face), paid, "all of it");
    }

    function testNothingPaidAndAllPaid(uint48 face, uint48 start, uint48 length) public pure {
        face = _face(face);
        start = _inside(start, face);
        length = _inside(length, face - start);
        assertEq(Share.part(start, length, 0, face), 0, "nothing");
        assertEq(Share.part(start, length, face, face), length, "all");
    }

    /// @dev What was paid stays paid: no part shrinks, and none takes more than was paid or than it is long.
    function testNoPartShrinks(uint48 face, uint48 paid, uint48 more, uint48 start, uint48 length)
        public
        pure
    {
        face = _face(face);
        more = _inside(more, face);
        paid = _inside(paid, more);
        start = _inside(start, face);
        length = _inside(length, face - start);
        uint48 before = Share.part(start, length, paid, face);
        uint48 now_ = Share.part(start, length, more, face);
        assertLe(before, now_, "no less than before");
        assertLe(now_ - before, more - paid, "no more than what was paid since");
        assertLe(now_, length, "no more than it is long");
    }

    /// @dev One unit more of payment is one unit more of exactly one unit of the face.
    function testEachUnitPaidFallsOnOneUnitOfTheFace() public pure {
        for (uint48 face = 1; face <= 24; ++face) {
            for (uint48 paid; paid < face; ++paid) {
                uint48 raised;
                for (uint48 unit; unit < face; ++unit) {
                    uint48 before = Share.part(unit, 1, paid, face);
                    uint48 after_ = Share.part(unit, 1, paid + 1, face);
                    assertLe(before, after_, "a unit once paid stays paid");
                    raised += after_ - before;
                }
                assertEq(raised, 1, "one unit");
            }
        }
    }

    /// @dev Halving rounds at each level to nearest: what falls below a point is off the exact part by less
    /// than the levels there are.
    function testPartsAreNearTheExactOnes(uint48 face, uint48 paid, uint48 start, uint48 length)
        public
        pure
    {
        face = _face(face);
        paid = _inside(paid, face);
        start = _inside(start, face);
        length = _inside(length, face - start);
        uint256 part = Share.part(start, length, paid, face);
        uint256 exact = uint256(length) * paid / face;
        assertLe(part > exact ? part - exact : exact - part, 48, "near");
    }
}
