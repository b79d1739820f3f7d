// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Receivables} from "../../src/Receivables.sol";
import {FinancingSteps} from "./FinancingSteps.sol";

/// @dev What anybody tries, lawful or not. It may be refused; what is not, the model holds to be lawful or fails.
abstract contract Attempts is FinancingSteps {
    function attempt(uint256 seed) external step {
        if (foundVouchers.length == 0) return;
        // Where there is something to stop, that is what is tried.
        uint80 id = seed & 8 == 0 ? _find(seed, _isHeld) : 0;
        if (id == 0 && seed & 16 == 0) id = _find(seed, _isEncumbered);
        if (id == 0) id = foundVouchers[_random(seed, "voucher") % foundVouchers.length];
        touched = _receivableOf(id);
        // Mostly those it is about, whose refusals are the finer ones.
        uint32 actor = 1 + uint32(_random(seed, "actor") % EVERYBODY);
        uint256 who = _random(seed, "who") % 6;
        if (who < 3) actor = modelVoucher[id].holder;
        if (who == 3 && modelVoucher[id].counterparty != 0) actor = modelVoucher[id].counterparty;
        if (who == 4) actor = SETTLER;
        _try(id, actor, _random(seed, "what") % 23, seed);
    }

    /// @dev What its holder might do, right after somebody has stopped it; and a payment of what is locked.
    function attemptStopped(uint256 seed) external step {
        bool locked = seed & 1 == 0;
        uint80 id = locked ? _find(seed, _isLocked) : _find(seed, _isUnbound);
        if (id == 0) return;
        Receivables.Receivable memory r = modelReceivable[touched];
        if (locked && r.state == Receivables.ReceivableState.Open) _pay(touched, 1);
        if (!locked) _freeze(id);
        _replay(vm.getRecordedLogs());
        uint256[4] memory moves = [uint256(0), 1, 11, 12];
        uint256 what = locked ? 9 : moves[_random(seed, "what") % 4];
        _try(id, locked ? SETTLER : modelVoucher[id].holder, what, seed);
    }

    function _try(uint80 id, uint32 actor, uint256 what, uint256 seed) private {
        (address target, bytes memory data) = what < 12
            ? (address(receivables), _voucherCall(id, what, seed))
            : (address(financing), _financingCall(id, what, seed));
        if (what > 20) (target, data) = (address(issuance), _issueCall(what));
        vm.prank(_account(actor));
        (bool success,) = target.call(data);
        success;
    }

    function _isEncumbered(Receivables.Voucher memory v, Receivables.Receivable memory)
        private
        pure
        returns (bool)
    {
        return v.encumbrance != Receivables.Encumbrance.Free;
    }

    function _voucherCall(uint80 id, uint256 what, uint256 seed) private returns (bytes memory) {
        Receivables.Voucher memory v = modelVoucher[id];
        uint32 to = SUPPLIER + uint32(_random(seed, "to") % 5);
        uint48 part = uint48(bound(_random(seed, "part"), 0, v.length));
        if (what == 0) return abi.encodeCall(Receivables.split, (id, v.version, _leg(to, part)));
        if (what == 1) return abi.encodeCall(Receivables.offer, (id, v.version, to, EVIDENCE));
        if (what == 2) return abi.encodeCall(Receivables.accept, (id, v.version));
        if (what == 3) return abi.encodeCall(Receivables.refuse, (id, v.version, REASON));
        if (what == 4) return abi.encodeCall(Receivables.withdraw, (id, v.version));
        if (what == 5) return abi.encodeCall(Receivables.freeze, (id, REASON, DOCUMENT));
        if (what == 6) return abi.encodeCall(Receivables.dispute, (id, REASON, DOCUMENT));
        if (what == 7) return abi.encodeCall(Receivables.endDispute, (id, DOCUMENT));
        if (what == 8) return abi.encodeCall(Receivables.writeOff, (id, v.version, DOCUMENT));
        if (what == 9) return abi.encodeCall(Receivables.redeem, (touched, _starts(uint48(id))));
        if (what == 10) return abi.encodeCall(Receivables.recordPayment, (touched, 1, _new()));
        // Signed by somebody, who may be the one that it is offered to.
        uint32 signer = seed & 1 == 0 && v.counterparty != 0 ? v.counterparty : to;
        Receivables.Acceptance memory a = _acceptance(id, signer, EVIDENCE);
        (bytes32 r, bytes32 vs) = _sign(signer, a);
        return
            abi.encodeCall(Receivables.transfer, (id, v.version, to, EVIDENCE, a.validUntil, r, vs));
    }

    function _financingCall(uint80 id, uint256 what, uint256 seed) private returns (bytes memory) {
        uint8 version = modelVoucher[id].version;
        if (what == 12) {
            Financing.Quote memory q = _quote(id, BANK, Financing.Kind(seed % 3));
            if (q.proceeds == 0) q.proceeds = 1;
            q.terms = _new();
            return _acceptQuoteCall(seed & 4 == 0 ? FACTOR : BANK, q);
        }
        if (what == 13) {
            return abi.encodeCall(Financing.disburse, (id, version, modelDeal[id].proceeds, _new()));
        }
        if (what == 14) return abi.encodeCall(Financing.releaseLock, (id, version));
        if (what == 15) {
            return abi.encodeCall(Financing.repay, (id, version, financing.owedOn(id), _new()));
        }
        if (what == 16) return abi.encodeCall(Financing.releasePledge, (id, version));
        if (what == 17) return abi.encodeCall(Financing.enforcePledge, (id, version));
        if (what == 18) return abi.encodeCall(Financing.demandRecourse, (id, DOCUMENT));
        if (what == 19) return abi.encodeCall(Financing.waiveRecourse, (id));
        return abi.encodeCall(Financing.closeLoan, (id));
    }

    function _issueCall(uint256 what) private view returns (bytes memory) {
        if (what == 21) return abi.encodeCall(Issuance.reaffirm, (touched, DOCUMENT));
        return abi.encodeCall(Issuance.confirm, (touched));
    }
}
