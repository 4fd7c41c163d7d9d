"""Options that many commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Lang(StrEnum):
    """Language of what people read."""

    zh = "zh"
    en = "en"


LangOption = Annotated[
    Lang, typer.Option("--lang", envvar="MUTUALAID_LANG", help="zh 中文（默认）或 en 英文 · language of messages")
]
