"""Who walks the road and how: each step within the bounds of whoever takes it, as a request of theirs would be."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import openpyxl
from django.db import connection, transaction

from mutualaid.core import papers
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.roster.columns import COLUMNS
from mutualaid.notices.models import Notice
from mutualaid.people.access import branches_of, own_member
from mutualaid.people.models import Account, Employer, Level, RoleName, Staff, Unit
from tests.people.cast import BY, account, resident_id, staff, unit
from tests.people.cast import as_staff as actor_of

STAMPED = b"%PDF-1.7\n% an invented form with an invented stamp\n"
NAMES = ("林晓禾", "尉迟安", "帕孜丽娅·乌拉木", "𠮷晓岚", "司马清和", "欧阳一舟", "段木兰", "慕容雪")


@contextmanager
def acting(actor: Actor, at: datetime.datetime) -> Iterator[None]:
    """What somebody sees and writes in a request that changes something."""
    with within([EVERYTHING]):
        branches, member = branches_of(actor=actor, on=day_of(at)), own_member(actor=actor)
    with within(branches, member=member):
        papers.holding(by=actor)
        yield
        papers.holding(by=BY)
    # What PostgreSQL looks at only when a transaction commits; by then its bounds are no longer told.
    with within([]), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def looking(actor: Actor, at: datetime.datetime) -> Iterator[None]:
    """The same for a request that only looks: PostgreSQL refuses to write."""
    with within([EVERYTHING]):
        branches, member = branches_of(actor=actor, on=day_of(at)), own_member(actor=actor)
    with transaction.atomic(), within(branches, member=member), transaction.atomic():
        papers.holding(by=actor)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('transaction_read_only', 'on', true)")
        yield
        transaction.set_rollback(True)


@contextmanager
def the_worker() -> Iterator[None]:
    """The bounds of a worker: none."""
    with within([EVERYTHING]):
        yield


@dataclass(frozen=True)
class Office:
    """Two cities of a province; who works in the first of them, and an applicant who belongs to nobody yet."""

    province: Unit
    city: Unit
    other_city: Unit
    enroller: Staff
    finance: Staff
    designer: Staff
    approver: Staff
    outsider: Staff
    applicant: Account

    @property
    def by_clerk(self) -> Actor:
        """The applicant, who becomes the clerk."""
        return Actor(ActorKind.CLERK, str(self.applicant.pk))

    @property
    def by_enroller(self) -> Actor:
        """Who looks at papers and rosters."""
        return actor_of(self.enroller)

    @property
    def by_finance(self) -> Actor:
        """Who sees the bank."""
        return actor_of(self.finance)


def office() -> Office:
    """Everybody, before anything has happened."""
    nation = unit(Level.NATIONAL, None, "CN", "全国总会")
    province = unit(Level.PROVINCE, nation, "45", "南省办事处")
    city, other = (
        unit(Level.CITY, province, code, name) for code, name in (("4505", "海市办事处"), ("4501", "邕市办事处"))
    )
    return Office(
        *(province, city, other),
        enroller=staff("参保甲", city, RoleName.ENROLMENT_CLERK),
        finance=staff("财务乙", city, RoleName.FINANCE),
        designer=staff("设计丙", city, RoleName.DESIGNER),
        approver=staff("复核丁", city, RoleName.SENIOR_REVIEWER),
        outsider=staff("参保戊", other, RoleName.ENROLMENT_CLERK),
        applicant=account("周一帆"),
    )


def persons(count: int, *, first: int = 102) -> list[dict[str, str]]:
    """Invented women with what a roster may ask of them."""
    return [
        {
            "name": NAMES[place % len(NAMES)],
            "identity_number": resident_id(order=first + 2 * place),
            "phone": f"139000{first + place:05d}",
            "basic_insurance": "职工医保",
        }
        for place in range(count)
    ]


def filled(template: bytes, rows: Sequence[Mapping[str, str]]) -> bytes:
    """The downloaded template with rows written into it, as a clerk does in a spreadsheet program."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    page = book["花名册"]
    headers = {str(cell.value).rstrip("*"): cell.column for cell in page[1]}
    places = {column.field: headers[column.zh] for column in COLUMNS if column.zh in headers}
    for line, row in enumerate(rows, start=2):
        for name, text in row.items():
            if name in places:
                page.cell(line, places[name], text)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def told(account: Account, portal: str) -> list[str]:
    """The templates of the notices in an inbox, oldest first."""
    return list(Notice.objects.filter(account=account, portal=portal).order_by("id").values_list("template", flat=True))


def staff_of(employer: Employer) -> int:
    """How many work there, as the register says."""
    return employer.employments.filter(until_on=None).count()
