"""What can be wrong with a whole file of cases. Light to import: the command line catches it before columns are needed."""

from __future__ import annotations


class ColumnsError(ValueError):
    """A file of Parquet is none of cases: what was expected, what was found, what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
