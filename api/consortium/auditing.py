"""The audit: a bundle exported from a node that serves no gateway, verified with no network at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.consortium.stage import Stage
from api.story.stage import StoryBroken
from chain.bundle import BundleReport, export_bundle, verify_bundle
from chain.engines import connect
from chain.network.layout import Member
from chain.network.waiting import wait_for_height
from chain.progress import Progress

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Audited:
    """What the verification found, from whose node, and the bundle's size in bytes."""

    member: str
    size: int
    report: BundleReport


def audit(
    stage: Stage, members: Sequence[Member], path: Path, height: int, progress: Progress | None = None
) -> Audited:
    """Exports a bundle from the last member's node once it has a block, and verifies it.

    The genesis is that of the first member's node: the exporter is not asked what it is to be trusted for.

    Raises:
        ExportFailed: the node's answers do not hash to what it says they are.
        StoryBroken: the bundle is not as it must be.
    """
    member = members[-1]
    wait_for_height([member], height, PATIENCE)
    genesis = bytes(connect(members[0].url).w3.eth.get_block(0)["hash"])
    export_bundle(connect(member.url), stage.founded.manifest, path, progress)
    stage.aside("Auditor", f"exported an audit bundle of {path.stat().st_size:,} bytes", member.name)
    report = verify_bundle(path, progress, manifest=stage.founded.manifest, genesis=genesis)
    if not report.agrees:
        raise StoryBroken(f"the bundle {report.verdict}: {report.divergences}")
    stage.aside(
        "Auditor",
        f"verified it with no network: {report.blocks} blocks, {report.transactions} transactions, "
        f"{report.events} events, {report.words} storage words",
    )
    if report.finality is None:
        raise StoryBroken("the bundle holds no certificates of finality")
    sealed = report.finality
    stage.aside(
        "Auditor",
        f"every one of {sealed.certificates} blocks is sealed by a quorum of {len(sealed.validators)} "
        "validators, counted from the genesis that another member knows",
    )
    return Audited(member.name, path.stat().st_size, report)
