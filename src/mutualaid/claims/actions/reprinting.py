"""补打: a document that was issued is printed once more, marked so; who printed it and when is written down first."""

from __future__ import annotations

import datetime

from django.db import models, transaction

from mutualaid.claims.refusals import Refused
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.models import AuditEntry

KINDS = ("certificate", "receipt", "acknowledgement", "letter")


class NothingToPrint(Refused):
    """There is no such kind of document."""


@transaction.atomic
def reprint(*, row: models.Model, kind: str, by: Actor, at: datetime.datetime) -> AuditEntry:
    """A document of a cover (``certificate``), a receipt, or a claim (``acknowledgement``, ``letter``) is printed again. Raises
    NothingToPrint."""
    if kind not in KINDS:
        raise NothingToPrint(
            f"文书种类应为 {'、'.join(KINDS)} 之一，得到“{kind}”；请从列表选择",
            f"expected one of {', '.join(KINDS)}, found {kind!r}; choose from the list",
        )
    return record(what="reprint_document", row=row, by=by, at=at, kind=kind)
