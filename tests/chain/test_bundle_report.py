"""The page of a report."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from chain.bundle import report_page, verify_bundle
from tests.chain.test_bundle_forge import forged


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        assert not {"src", "href"} & {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_report_is_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    forged(tmp_path / "bundle", 40)
    agrees = verify_bundle(tmp_path / "bundle")
    (tmp_path / "cut").write_bytes((tmp_path / "bundle").read_bytes()[:-9])
    differs = verify_bundle(tmp_path / "cut")

    for report, words in (
        (agrees, ("agrees", agrees.last_hash, "these words and no others")),
        (differs, ("differs", "truncated")),
    ):
        page = _Page()
        page.feed(report_page(report))
        page.close()
        assert page.open == []
        for each in words:
            assert each in page.text
