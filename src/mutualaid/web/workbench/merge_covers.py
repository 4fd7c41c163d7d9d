"""管理端: two covers of one person for the same days, between which whoever proposes a merge chooses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mutualaid.claims.overlapping import Choice, Held, choices
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Member


@dataclass(frozen=True)
class Overlap:
    """A choice on a page. ``name``: of its field; ``picked``: the cover that stays by what was chosen, None before."""

    choice: Choice
    name: str
    picked: Cover | None

    @property
    def sides(self) -> list[tuple[Held, bool]]:
        """Both covers, with whether it is the one that stays, or would likely."""
        stays = self.picked or self.choice.likelier
        return [(held, held.cover.pk == stays.pk) for held in (self.choice.kept, self.choice.merged)]

    @property
    def void(self) -> Cover | None:
        """The cover that goes by what was chosen."""
        if self.picked is None:
            return None
        own, theirs = self.choice.covers
        return theirs if self.picked.pk == own.pk else own


def overlaps_of(
    *, kept: Member, merged: Member, picked: Mapping[str, str] | None = None, void: Collection[str] = ()
) -> list[Overlap]:
    """Where somebody chooses. ``picked``: number of the cover that stays, by the name of the field; ``void``: numbers of those
    that were chosen to go."""
    with within([EVERYTHING], reads=True):
        found = choices(kept=kept, merged=merged) if kept.pk != merged.pk else []
    rows = []
    for one in found:
        name = "stays-" + "-".join(cover.number for cover in one.covers)
        asked = (picked or {}).get(name)
        stays = [cover for cover in one.covers if cover.number == asked]
        gone = {cover.number for cover in one.covers} & set(void)
        if gone:
            stays = [cover for cover in one.covers if cover.number not in gone]
        rows.append(Overlap(one, name, stays[0] if stays else None))
    return rows


def void_of(overlaps: Sequence[Overlap]) -> list[str]:
    """Numbers of the covers that go by what was chosen."""
    return sorted({one.void.number for one in overlaps if one.void is not None})
