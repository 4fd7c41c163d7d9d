"""What all refusals of this domain's actions have in common."""

from __future__ import annotations


class Refused(Exception):
    """It cannot be done; ``zh`` and ``en`` say what was expected, what was found and what to do. They hold no personal data."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)
