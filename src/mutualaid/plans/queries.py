"""Reads of plans: what an office offers on a day, in which words, and what a version says.

A unit's offices are those on its path, from the national body down to itself; the path holds their keys, so that nothing
above has to be read.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery

from mutualaid.core.audit import subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.people.models import Account, Staff, Unit
from mutualaid.plans.compiling import is_combination
from mutualaid.plans.document import Document, Vocabulary
from mutualaid.plans.library import Loaded
from mutualaid.plans.models import OfficeWords, PlanVersion
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.prose.changes import Change, changed_rules
from mutualaid.plans.prose.model import Point, Points, Prose
from mutualaid.plans.prose.wording import Wording, language
from mutualaid.plans.publication import Hindrance, why_not_publishable
from mutualaid.plans.reading import Draft, PlanError, PlanFault
from mutualaid.plans.shipped import library_drafts
from mutualaid.plans.texts import compiled, faults_among, read_text


@dataclass(frozen=True)
class Words:
    """An office's words for joining, what is paid in, what is paid out, and applying for it."""

    enrol: str = "参保"
    contribution: str = "互助费"
    benefit: str = "互助金"
    claim: str = "申请"


def chain_of(*, path: str) -> list[int]:
    """``/1/7/12/`` -> ``[1, 7, 12]``: the keys of the units from the root to the one with this path."""
    return [int(part) for part in path.strip("/").split("/")]


# -- what is offered ----------------------------------------------------------------------------------------------------


def offered(*, unit: Unit, on: datetime.date) -> list[PlanVersion]:
    """The versions in which an employer at or below ``unit`` may enrol on a day, one per family, by name.

    In an office the version of a family with the latest day not after ``on`` holds; when that one is withdrawn the office offers
    none of the family (no older edition comes back). Of several offices on the path the nearest that offers the family counts.
    """
    chain = chain_of(path=unit.path)
    versions = PlanVersion.objects.filter(
        office__in=chain, state__in=("published", "withdrawn"), offered_from_on__lte=on
    )
    latest = (
        versions.select_related("office").order_by("office", "family", "-offered_from_on").distinct("office", "family")
    )
    nearest: dict[str, PlanVersion] = {}
    for version in sorted(latest, key=lambda one: chain.index(one.office_id)):
        if version.state == "published":
            nearest[version.family] = version
    return sorted(nearest.values(), key=lambda one: (one.name_zh, one.plan))


def is_offered(*, version: PlanVersion, unit: Unit, on: datetime.date) -> bool:
    """Whether an employer at ``unit`` may enrol in this very version on a day."""
    return any(one.pk == version.pk for one in offered(unit=unit, on=on))


def words_for(*, unit: Unit, document: Document | None = None) -> Words:
    """The words of the nearest office on the unit's path that chose its own; else those of the plan; else the usual ones."""
    own = words_of_units(units=[unit])[unit.pk]
    if own is None:
        return Words(**document.vocabulary.model_dump()) if document is not None else Words()
    return own


def words_of_units(*, units: Sequence[Unit]) -> dict[int, Words | None]:
    """By the units' keys the words of the nearest office on each path that chose its own; None where none did. One query."""
    chains = {unit.pk: chain_of(path=unit.path) for unit in units}
    among = {office for chain in chains.values() for office in chain}
    own = {row.unit_id: row for row in OfficeWords.objects.filter(unit__in=among)}
    found: dict[int, Words | None] = {}
    for unit, chain in chains.items():
        nearest = next((own[office] for office in reversed(chain) if office in own), None)
        found[unit] = (
            None if nearest is None else Words(nearest.enrol, nearest.contribution, nearest.benefit, nearest.claim)
        )
    return found


# -- what a version says ------------------------------------------------------------------------------------------------


def draft_of(*, version: PlanVersion) -> Draft:
    """The version's document as read, with its lines."""
    return read_text(version.text)


def document_of(*, version: PlanVersion) -> Document:
    """What the version says. Documents are kept read, by their text."""
    return draft_of(version=version).document


def parts_of(*, version: PlanVersion) -> list[PlanVersion]:
    """The single plans of a combination, in its order: published in its office or above; empty for a single plan. One that is
    missing (of a draft) is left out."""
    wanted = document_of(version=version).combines or ()
    found = {one.plan: one for one in published_around(office=version.office).filter(plan__in=wanted)}
    return [found[plan] for plan in wanted if plan in found]


def published_around(*, office: Unit) -> QuerySet[PlanVersion]:
    """All that was ever published in an office or above it, withdrawn versions too."""
    return PlanVersion.objects.filter(office__in=chain_of(path=office.path), state__in=("published", "withdrawn"))


def loaded_versions(*, versions: Iterable[PlanVersion]) -> Loaded:
    """These versions and the parts of their combinations, compiled for the engine; kept compiled for the same set.

    Raises KeyError when a combination (a draft) lacks a part.
    """
    found: dict[str, str] = {}
    for version in versions:
        found[version.plan] = version.text
        for part in parts_of(version=version):
            found.setdefault(part.plan, part.text)
    return compiled(tuple(found[plan] for plan in sorted(found)))


def beside(*, office: Unit) -> list[Draft]:
    """Documents that one of this office may name: those published around it, then the shipped library's others."""
    published = [read_text(version.text, version.plan) for version in published_around(office=office)]
    known = {draft.document.plan for draft in published}
    return [*published, *(draft for draft in library_drafts() if draft.document.plan not in known)]


def prose_of(*, version: PlanVersion, lang: str, words: Words | None = None) -> Prose:
    """The version as a member reads it, with worked examples; ``words``: the office's own instead of the plan's.

    Raises ValueError for a language other than ``zh`` and ``en``.
    """
    document = document_of(version=version)
    if words is not None:
        document = document.model_copy(update={"vocabulary": Vocabulary(**asdict(words))})
    if is_combination(document) and len(parts_of(version=version)) < len(document.combines or ()):
        return plan_prose(document, lang)
    return plan_prose(document, lang, loaded_versions(versions=[version]))


def points_about(*, prose: Prose, words: Words, keys: Iterable[str]) -> list[Point]:
    """The statements of a plan about some matters, such as ``waiting``, ``goes_on`` and ``limit.filing``: those under the labels
    with these keys (``prose.wording``), in the order of the keys. ``words``: those in which the prose was written."""
    say = Wording(language(prose.lang), Vocabulary(**asdict(words)))
    blocks = [block for section in prose.sections for block in section.blocks]
    points = [point for block in blocks if isinstance(block, Points) for point in block.points]
    return [point for key in keys for point in points if point.label == say(key)]


def difference(*, before: PlanVersion, after: PlanVersion, lang: str = "zh") -> list[Change]:
    """Every rule that is not the same in two versions, in words, in the order of the plan."""
    return changed_rules(document_of(version=before), document_of(version=after), language(lang))


@dataclass(frozen=True)
class Checked:
    """What is to be said of a text that is not kept: its faults, by line; what keeps it from being published; its document when
    it has no fault of form."""

    faults: tuple[PlanFault, ...]
    hindrances: tuple[Hindrance, ...] = ()
    document: Document | None = None


def checked_text(*, text: str, office: Unit) -> Checked:
    """A text read and checked as ``actions.draft_plan`` would, in an office."""
    try:
        draft = read_text(text)
    except PlanError as error:
        return Checked(tuple(error.faults))
    faults = tuple(faults_among(draft, beside(office=office)))
    return Checked(faults, () if faults else tuple(why_not_publishable(draft.document)), draft.document)


def changes_between(*, before: Document, after: Document, lang: str = "zh") -> list[Change]:
    """Every rule that is not the same in two documents, in words."""
    return changed_rules(before, after, language(lang))


@dataclass(frozen=True)
class Done:
    """One entry of a version's history: what was done (a word of the glossary), when, and by whom, by name."""

    what: str
    at: datetime.datetime
    who: str
    detail: dict[str, object]


def history_of(*, version: PlanVersion) -> list[Done]:
    """Who did what to a version, from the first to the last."""
    entries = list(AuditEntry.objects.filter(subject=subject_of(version)).order_by("id"))
    names = names_of_accounts(keys={entry.actor_key for entry in entries if entry.actor_kind != "system"})
    return [
        Done(entry.what, entry.at, names.get(entry.actor_key, entry.actor_key), dict(entry.detail)) for entry in entries
    ]


def names_of_plans(*, plans: Iterable[str], lang: str) -> dict[str, str]:
    """The names of plans by their ids, of the version published last; in English (``lang`` is ``en``) where there is one. What
    was never published is left out. One query."""
    published = PlanVersion.objects.filter(plan__in=set(plans), published_at__isnull=False).order_by("published_at")
    rows = published.values_list("plan", "name_zh", "name_en")
    return {plan: (english if lang == "en" else "") or chinese for plan, chinese, english in rows}


def names_of_accounts(*, keys: Iterable[str]) -> dict[str, str]:
    """The names under which staff are registered, else that of the account, by the accounts' keys."""
    wanted = [int(key) for key in keys if key.isascii() and key.isdecimal()]
    of_staff = Staff.objects.filter(account=OuterRef("pk")).values("name")[:1]
    found = Account.objects.filter(pk__in=wanted).annotate(of_staff=Subquery(of_staff))
    return {str(pk): str(known or name) for pk, name, known in found.values_list("pk", "name", "of_staff")}


# -- whether it may be published ----------------------------------------------------------------------------------------


def hindrances(*, version: PlanVersion) -> list[Hindrance]:
    """Why a version cannot be published now, whatever its state: of its document, its id, and the parts of a combination."""
    document = document_of(version=version)
    found = [
        Hindrance(fault.place or f":{fault.line}", fault.zh, fault.en)
        for fault in faults_among(draft_of(version=version), beside(office=version.office))
    ]
    found += why_not_publishable(document)
    if document.term.begins == "fixed" and document.term.on is None and document.term.first_on is None:
        found.append(
            Hindrance(
                "term",
                "没有起始日；会员须知道保障从哪天起，请写 on、first_on 或 begins",
                "there is no first day; members must know from when they are covered, write on, first_on or begins",
            )
        )
    taken = PlanVersion.objects.filter(plan=version.plan, state__in=("published", "withdrawn")).exclude(pk=version.pk)
    if taken.exists():
        found.append(
            Hindrance(
                "plan",
                f"计划编号 {version.plan} 已经发布过；发布过的版本不能改，请给这一版另取编号",
                f"the plan id {version.plan} was published before, and what was published never changes; "
                "give this edition an id of its own",
            )
        )
    return found + _missing_parts(version, document.combines or ())


def _missing_parts(version: PlanVersion, wanted: Sequence[str]) -> list[Hindrance]:
    there = set(published_around(office=version.office).filter(~Q(state="withdrawn")).values_list("plan", flat=True))
    return [
        Hindrance(
            f"combines[{i}]",
            f"单项计划 {plan} 没有在本办事处或上级办事处发布；请先发布它",
            f"the single plan {plan} is not published in this office or above; publish it first",
        )
        for i, plan in enumerate(wanted)
        if plan not in there
    ]


# -- among other versions -----------------------------------------------------------------------------------------------


def base_of(*, version: PlanVersion) -> PlanVersion | None:
    """With what a version is compared: the one that it is based on, else the edition of its family in the office before it."""
    if version.based_on is not None:
        return version.based_on
    earlier = PlanVersion.objects.filter(
        office=version.office_id, family=version.family, state__in=("published", "withdrawn")
    ).exclude(pk=version.pk)
    if version.offered_from_on is not None:
        earlier = earlier.filter(offered_from_on__lt=version.offered_from_on)
    return earlier.order_by("-offered_from_on").first()


def standings(*, versions: Iterable[PlanVersion], on: datetime.date) -> dict[int, str]:
    """What published versions are on a day, by key: ``offered`` now, ``upcoming``, or ``replaced`` by a later edition of their
    office. One query for all."""
    wanted = [version for version in versions if version.state == "published"]
    families = {version.family for version in wanted}
    published = PlanVersion.objects.filter(family__in=families, state__in=("published", "withdrawn"))
    holds: dict[tuple[int, str], datetime.date] = {}
    for office, family, day in published.values_list("office_id", "family", "offered_from_on"):
        if day is not None and day <= on:
            holds[(office, family)] = max(day, holds.get((office, family), day))
    found = {}
    for version in wanted:
        day = version.offered_from_on
        if day is None or day > on:
            found[version.pk] = "upcoming"
        else:
            found[version.pk] = "offered" if holds.get((version.office_id, version.family)) == day else "replaced"
    return found
