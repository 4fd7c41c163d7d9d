"""An invented province in a private database, as large as a real one, written by SQL so that it takes a minute and not a day.

Units, staff and the plan are made by the product's own actions; members, employments and covers by ``INSERT … SELECT`` into
the real tables with their indexes and constraints. Of what is encrypted a few hundred values are repeated; what must be
unique is counted. Nobody in it exists.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from mutualaid.claims.models import Particulars
from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.dates import day_of
from mutualaid.enrolment.models import Cover
from mutualaid.people.actions.staff import assign_role, open_account, register_staff
from mutualaid.people.actions.units import register_unit
from mutualaid.people.models import Account, Employer, Level, Member, RoleName, Unit
from mutualaid.people.names import initials, search_key, unit_key
from mutualaid.plans.actions import publish_library
from mutualaid.plans.models import PlanVersion
from mutualaid.web.common import sessions

BY = system("bench")
PLAN = "demo-inpatient-2026"
CITIES, COUNTIES = 14, 6
PERSONS_AT_AN_EMPLOYER = 50
SIGNED_IN = 400
"""Members who have an account and a session."""
SURNAMES = "林周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施"
GIVEN = ("晓禾", "一帆", "安然", "海燕", "志远", "思齐", "明月", "长青", "子墨", "雨桐", "建国", "春生")


@dataclass(frozen=True)
class Province:
    """What the load needs: cookies of sessions, by who they are for."""

    members: tuple[str, ...]
    reviewer: str
    senior_reviewer: str
    enrolment_clerk: str
    clerk: str


def make(*, members: int, claims: int) -> Province:
    """Fill an empty database, as the owner of its tables."""
    at = timezone.now() - datetime.timedelta(days=200)
    province, counties = _tree(at)
    officers = {role: _staff(role, province, at) for role in (RoleName.REVIEWER, RoleName.ENROLMENT_CLERK)}
    designer, checker = (_staff(role, province, at) for role in (RoleName.DESIGNER, RoleName.SENIOR_REVIEWER))
    (version,) = publish_library(
        office=province,
        plans=[PLAN],
        by_designer=_actor(designer),
        by=_actor(checker),
        at=at,
    )
    employers = members // PERSONS_AT_AN_EMPLOYER
    _employers(counties, employers)
    _members(members, employers)
    _covers(version, day_of(at))
    _claims(members, claims, province, at)
    own = _accounts(at)
    clerk = _clerk(at)
    _run("ANALYZE")
    return Province(
        tuple(_session(account, ActorKind.MEMBER) for account in own),
        _session(officers[RoleName.REVIEWER], ActorKind.STAFF),
        _session(checker, ActorKind.STAFF),
        _session(officers[RoleName.ENROLMENT_CLERK], ActorKind.STAFF),
        _session(clerk, ActorKind.CLERK),
    )


def _run(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _actor(account: Account) -> Actor:
    return Actor(ActorKind.STAFF, str(account.pk))


def _tree(at: datetime.datetime) -> tuple[Unit, list[int]]:
    def unit(level: Level, parent: Unit | None, code: str, name: str) -> Unit:
        return register_unit(level=level, parent=parent, code=code, name=name, by=BY, at=at)

    nation = unit(Level.NATIONAL, None, "CN", "全国总部（虚构）")
    province = unit(Level.PROVINCE, nation, "99", "某省办事处（虚构）")
    counties: list[int] = []
    for city in range(1, CITIES + 1):
        office = unit(Level.CITY, province, f"99{city:02d}", f"第{city}市办事处")
        counties += [
            unit(Level.COUNTY, office, f"99{city:02d}{county:02d}", f"第{city}市第{county}区工会").pk
            for county in range(1, COUNTIES + 1)
        ]
    return province, counties


def _staff(role: RoleName, office: Unit, at: datetime.datetime) -> Account:
    account = open_account(name=f"bench-{role.value}", by=BY, at=at)
    staff = register_staff(account=account, unit=office, name=role.label, by=BY, at=at)
    assign_role(staff=staff, role=role, unit=office, from_on=day_of(at), by=BY, at=at)
    return account


def _employers(counties: list[int], count: int) -> None:
    """Grassroots unions and their employers, in the counties in turn."""
    name = "第%s厂工会"
    _run(
        """
        INSERT INTO people_unit (level, parent_id, code, name, name_key, initials, region_code)
        SELECT 'grassroots', (%s::bigint[])[1 + n %% %s], 'G' || n, format('第%%s厂工会', n), format(%s, n), 'DCGH', ''
        FROM generate_series(1, %s) AS n
        """,
        [counties, len(counties), unit_key(name % "") + "%s", count],
    )
    phone = Employer._meta.get_field("contact_phone").get_prep_value("13900000000")
    _run(
        """
        INSERT INTO people_employer (unit_id, credit_code, headcount_declared, contact_name, contact_phone)
        SELECT id, '91450500MA' || lpad(row_number() OVER (ORDER BY id)::text, 8, '0'), %s, '周一帆', %s
        FROM people_unit WHERE level = 'grassroots'
        """,
        [PERSONS_AT_AN_EMPLOYER, phone],
    )


def _members(count: int, employers: int) -> None:
    names = [surname + given for surname in SURNAMES for given in GIVEN]
    encrypted = Member._meta.get_field("identity_number")
    numbers = [encrypted.get_prep_value(f"45050219880607{n:04d}") for n in range(300)]
    _run(
        """
        INSERT INTO people_member (identity_kind, identity_number, identity_index, identity_tail_index, name, name_key,
            initials, sex, birth_date)
        SELECT 'resident_id', (%s::text[])[1 + n %% 300], '1:' || md5(n::text), '1:' || md5((n %% 10000)::text),
            (%s::text[])[1 + n %% %s], (%s::text[])[1 + n %% %s], (%s::text[])[1 + n %% %s],
            CASE n %% 2 WHEN 0 THEN 'F' ELSE 'M' END, DATE '1970-01-01' + n %% 10000
        FROM generate_series(1, %s) AS n
        """,
        [
            numbers,
            *(names, len(names)),
            *([search_key(name) for name in names], len(names)),
            *([initials(name) for name in names], len(names)),
            count,
        ],
    )
    _run(
        """
        INSERT INTO people_employment (member_id, employer_id, from_on)
        SELECT m.id, e.unit_id, DATE '2020-01-01'
        FROM people_member m
        JOIN (SELECT unit_id, row_number() OVER (ORDER BY unit_id) - 1 AS at FROM people_employer) e ON e.at = m.id %% %s
        """,
        [employers],
    )


def _covers(version: PlanVersion, from_on: datetime.date) -> None:
    """An enrolment of each employer, and a cover of each member, paid for and in force. Whether a member has room for a unit
    more is not asked 200,000 times over; all other constraints hold."""
    until_on = from_on + datetime.timedelta(days=365)
    _run(
        """
        INSERT INTO enrolment_enrolment (employer_id, version_id, from_on, until_on, headcount, state, begun_at, submitted_at,
            accepted_at, remark)
        SELECT unit_id, %s, %s, %s, headcount_declared, 'accepted', now(), now(), now(), '' FROM people_employer
        """,
        [version.pk, from_on, until_on],
    )
    _run("ALTER TABLE enrolment_cover DISABLE TRIGGER cover_units_of_a_member")
    _run(
        """
        INSERT INTO enrolment_cover (member_id, enrolment_id, employer_id, version_id, plan, family, option, risk_class,
            employment, basic_insurance, groups, units, units_most, from_on, until_on, joined_on, consecutive_periods,
            fee_amount, state)
        SELECT w.member_id, n.id, n.employer_id, n.version_id, %s, %s, '', '', 'in_service', 'employee', '{}', 1, 1, n.from_on,
            n.until_on, n.from_on, 1, 100, 'begun'
        FROM enrolment_enrolment n JOIN people_employment w ON w.employer_id = n.employer_id
        """,
        [version.plan, version.family],
    )
    _run("ALTER TABLE enrolment_cover ENABLE TRIGGER cover_units_of_a_member")


def _claims(members: int, count: int, office: Unit, at: datetime.datetime) -> None:
    """Claims of the members in turn, one after the other: most are decided, two in a hundred wait for review. Each with its
    particulars and a computation. References are right as they are made, and not looked up four million times."""
    values = {"members": members, "count": count, "office": office.pk, "at": at}
    _run("SET session_replication_role = replica")
    _run(
        """
        INSERT INTO claims_claim (member_id, employer_id, office_id, unit_path, source, by_kind, by_key, begun_at, filed_on,
            completed_at, place, counts, state, due_on, first_by, final_by, decided_at)
        SELECT c.member_id, c.employer_id, %(office)s, c.unit_path, 'member', 'member', '0', moment, moment::date,
            moment, n, true, stands, moment::date + 30,
            CASE stands WHEN 'first_review' THEN '' ELSE 'reviewer-' || n %% 40 END, '',
            CASE WHEN stands IN ('approved', 'refused') THEN moment END
        FROM generate_series(1, %(count)s) AS n
        JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM enrolment_cover) c ON c.place = n %% %(members)s
        CROSS JOIN LATERAL (SELECT
            %(at)s + n * interval '10 seconds' AS moment,
            CASE WHEN n %% 100 = 7 THEN 'first_review' WHEN n %% 100 = 57 THEN 'final_review'
                WHEN n %% 100 = 77 THEN 'refused' ELSE 'approved' END AS stands) AS told
        """,
        values,
    )
    facts = Particulars._meta.get_field("facts")
    told = [
        facts.get_prep_value(json.dumps({"kind": "inpatient", "amounts": {"total": f"{n}.00"}})) for n in range(300)
    ]
    _run(
        """
        INSERT INTO claims_particulars (claim_id, kind, started_on, ended_on, hospital, total_amount, facts,
            payee_name, bank_name, bank_code, reason_word)
        SELECT id, 'inpatient', filed_on - 20, filed_on - 10, '市第一医院（虚构）', 1000 + id %% 90000,
            (%(told)s::text[])[1 + id %% 300], '林晓禾', '示范银行（虚构）', '', '' FROM claims_claim
        """,
        {"told": told},
    )
    _run(
        """
        INSERT INTO claims_assessment (claim_id, round, at, total_amount, refers, refuses, provisional, sha256)
        SELECT id, 1, completed_at, 500 + id % 9000, false, state = 'refused', false, repeat('0', 64) FROM claims_claim
        """
    )
    _run("SET session_replication_role = origin")


def _accounts(at: datetime.datetime) -> list[Account]:
    """Accounts for the first members, one at each of so many employers."""
    accounts = []
    for member in Member.objects.order_by("pk")[:SIGNED_IN]:
        account = open_account(name=f"bench-{member.number}", by=BY, at=at)
        Member.objects.filter(pk=member.pk).update(account=account)
        accounts.append(account)
    return accounts


def _clerk(at: datetime.datetime) -> Account:
    from mutualaid.people.actions.units import bind_clerk, register_clerk

    account = open_account(name="bench-clerk", by=BY, at=at)
    employer = Cover.objects.order_by("pk")[0].employer
    clerk = register_clerk(employer=employer, account=account, name="周一帆", evidence="form", by=BY, at=at)
    bind_clerk(clerk=clerk, by=BY, at=at)
    return account


def _session(account: Account, kind: ActorKind) -> str:
    """The cookie of a session that began now."""
    account.refresh_from_db()
    request = HttpRequest()
    request.session = SessionStore()
    sessions.begin(request, account, kind, timezone.now())
    request.session.save()
    return f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}"
