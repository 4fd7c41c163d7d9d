"""What was told of a person, between the encrypted column of a row and its fields."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mutualaid.core.inserting import Same
from mutualaid.enrolment.models import Enrolment, RosterRow, RosterUpload
from mutualaid.enrolment.roster.checking import Fault, Person, Row
from mutualaid.enrolment.roster.columns import FIELDS
from mutualaid.enrolment.roster.mending import offered_number
from mutualaid.enrolment.roster.reading import Line
from mutualaid.people.identity import masked, normal
from mutualaid.people.names import LONGEST

NONE: list[Fault] = []
"""The faults of nearly all rows: one list, which is written out once for a roster."""
_MASKED = ("identity_number", "bank_card", "phone")


def line_of(*, row: RosterRow) -> Line:
    """A stored row as it was read from the file."""
    return Line(row.line, json.loads(row.told))


def shown(*, row: RosterRow) -> dict[str, str]:
    """What was told, for a screen: numbers are masked, fields that were empty are empty."""
    told: dict[str, str] = dict.fromkeys(FIELDS, "") | json.loads(row.told)
    for name in _MASKED:
        told[name] = masked(normal(told[name]))
    return told


def kept(faults: list[Fault]) -> list[Fault]:
    """Faults as a row keeps them: without the number that is offered, which would stand there as plain text; it is found again
    in what was told (``faults_of``)."""
    return [one | {"offered": ""} if one.get("offered") else one for one in faults] or NONE


def faults_of(*, row: RosterRow) -> list[Fault]:
    """The faults of a stored row, with the number that is offered instead of the one that was told."""
    faults: list[Fault] = row.faults
    if not any(one["field"] == "identity_number" for one in faults):
        return faults
    offered = offered_number(json.loads(row.told)) or ""
    return [one | {"offered": offered} if one["field"] == "identity_number" else one for one in faults]


def found(*, told: Mapping[str, str], field: str) -> str:
    """What stands in the cell of a fault, for a screen: numbers are masked, a fault of no column has none."""
    text = told.get(field, "")
    return masked(normal(text)) if field in _MASKED else text


def stored(*, row: Row, index: str, enrolment: Enrolment, upload: RosterUpload | None, taken: bool) -> RosterRow:
    """A checked row, to be saved."""
    name = row.person.name if row.person is not None else row.told.get("name", "")
    return RosterRow(
        enrolment=enrolment,
        upload=upload,
        line=row.line,
        told=json.dumps(row.told, ensure_ascii=False),
        name=name[:LONGEST],
        identity_index=index,
        faults=kept(row.faults),
        warnings=row.warnings,
        taken=taken,
        facts=None if row.person is None else facts_of(person=row.person),
        units=row.person.units if row.person is not None else 1,
        fee_amount=row.fee_amount if row.person is not None else Decimal(0),
        package_group=row.told.get("package_group", "")[:20],
    )


def columns_of(
    *, rows: Sequence[Row], indexes: Mapping[int, str], upload: RosterUpload
) -> dict[str, Sequence[Any] | Same]:
    """The columns of the rows of a preview, with the blind index of each by its place."""
    return {
        "enrolment_id": Same(upload.enrolment_id),
        "upload_id": Same(upload.pk),
        "line": [row.line for row in rows],
        "told": [json.dumps(row.told, ensure_ascii=False) for row in rows],
        "name": [(row.person.name if row.person else row.told.get("name", ""))[:LONGEST] for row in rows],
        "identity_index": [indexes.get(place, "") for place in range(len(rows))],
        "faults": [kept(row.faults) for row in rows],
        "warnings": [row.warnings or NONE for row in rows],
        "taken": Same(False),
        "facts": [facts_of(person=row.person) if row.person else None for row in rows],
        "units": [row.person.units if row.person else 1 for row in rows],
        "fee_amount": [row.fee_amount if row.person else Decimal(0) for row in rows],
        "package_group": [row.told.get("package_group", "")[:20] for row in rows],
    }


def facts_of(*, person: Person) -> dict[str, Any]:
    """What a cover would say of a person, as ``RosterRow.facts`` keeps it."""
    return {
        "kind": person.kind.value,
        "option": person.option,
        "risk_class": person.risk_class,
        "employment": person.employment,
        "basic_insurance": person.basic_insurance or "",
        "groups": list(person.groups),
        "contacts": [name for name in ("phone", "bank_card") if getattr(person, name) is not None],
    }
