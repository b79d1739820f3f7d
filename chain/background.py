"""Work that goes on in a thread of its own until it is stopped."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Self


class Background(ABC):
    """A thread that does `_work` from `start` to `stop`, or for as long as a `with` lasts.

    `alarm` is what ended it before it was stopped: something that people have to look at.
    """

    def __init__(self, name: str) -> None:
        """Does nothing before it is started; `name` is the thread's."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.alarm: Exception | None = None

    @abstractmethod
    def _work(self) -> None:
        """Goes on until `_stop` is set."""

    def start(self) -> Self:
        """Starts the thread."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends it after what it is doing; waits for that."""
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        """Whether it works."""
        return self._thread.is_alive()
