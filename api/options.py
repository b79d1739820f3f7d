"""What options of several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DIFFERS = 1
"""Exit status of a command that found two things to differ."""

Json = Annotated[Path | None, typer.Option("--json", help="Write the same as data to this file.")]


class BadOption(Exception):
    """An option's value cannot be used; the message names the option and the rule."""


def check_folder(option: str, path: Path | None) -> None:
    """Sees, before anything is done, that a file can be written where an option says.

    Raises:
        BadOption: there is no such folder.
    """
    if path is not None and not path.parent.is_dir():
        raise BadOption(f"{option} {path}: there is no folder {path.parent}")
