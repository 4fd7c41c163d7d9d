"""An invented province in a private database, as large as a real one, written by SQL so that it takes minutes and not a day.

Units, staff and the plan are made by the product's own actions; members, employments, covers and claims by ``INSERT … SELECT``
into the real tables; when pages are asked, all indexes and constraints stand and were checked (``pages_loading``). Of what is
encrypted a few hundred values are repeated; what must be unique is counted. Nobody in it exists.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass

from bench.pages_loading import run, unsynced, without_indexes, without_triggers
from django.conf import settings
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
from mutualaid.web.common.session_store import SessionStore

BY = system("bench")
PLAN = "demo-inpatient-2026"
CITIES, COUNTIES = 14, 6
PERSONS_AT_AN_EMPLOYER = 50
SIGNED_IN = 400
"""Members who have an account and a session."""
LONG = (
    *("people_member", "people_employment", "enrolment_cover"),
    *("claims_claim", "claims_particulars", "claims_assessment"),
)
"""Tables with a row for each member or claim."""
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
    with unsynced(), without_indexes(LONG):
        _employers(counties, employers)
        _members(members, employers)
        _covers(version, day_of(at))
        with without_triggers():
            _claims(members, claims, province, at)
    own = _accounts(at)
    clerk = _clerk(at)
    run("VACUUM (ANALYZE)")  # as the server does by itself after a while
    return Province(
        tuple(_session(account, ActorKind.MEMBER) for account in own),
        _session(officers[RoleName.REVIEWER], ActorKind.STAFF),
        _session(checker, ActorKind.STAFF),
        _session(officers[RoleName.ENROLMENT_CLERK], ActorKind.STAFF),
        _session(clerk, ActorKind.CLERK),
    )


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
    run(
        """
        INSERT INTO people_unit (level, parent_id, code, name, name_key, initials, region_code)
        SELECT 'grassroots', (%s::bigint[])[1 + n %% %s], 'G' || n, format('第%%s厂工会', n), format(%s, n), 'DCGH', ''
        FROM generate_series(1, %s) AS n
        """,
        [counties, len(counties), unit_key(name % "") + "%s", count],
    )
    phone = Employer._meta.get_field("contact_phone").get_prep_value("13900000000")
    run(
        """
        INSERT INTO people_employer (unit_id, credit_code, headcount_declared, contact_name, contact_phone)
        SELECT id, '91450500MA' || lpad(row_number() OVER (ORDER BY id)::text, 8, '0'), %s, '周一帆', %s
        FROM people_unit WHERE level = 'grassroots'
        """,
        [PERSONS_AT_AN_EMPLOYER, phone],
    )


def _members(count: int, employers: int) -> None:
    """Members with their employments, and what triggers would write: the path of the union, and the units on it."""
    encrypted = Member._meta.get_field("identity_number")
    names = [surname + given for surname in SURNAMES for given in GIVEN]
    values = {
        "count": count,
        "employers": employers,
        "numbers": [encrypted.get_prep_value(f"45050219880607{n:04d}") for n in range(300)],
        "names": names,
        "keys": [search_key(name) for name in names],
        "initials": [initials(name) for name in names],
    }
    with without_triggers():
        run(_MEMBERS, values)
        run(_EMPLOYMENTS, values)


# What is repeated is joined, not taken out of an array: to find the last of 300 texts in an array is to read them all.
_MEMBERS = """
INSERT INTO people_member (identity_kind, identity_number, identity_index, identity_tail_index, name, name_key, initials, sex,
    birth_date, unit_ids, changed_at)
SELECT 'resident_id', number, '1:' || md5(n::text), '1:' || md5((n %% 10000)::text), name, key, initial,
    CASE n %% 2 WHEN 0 THEN 'F' ELSE 'M' END, DATE '1970-01-01' + n %% 10000, '{-1,0}', now()
FROM generate_series(1, %(count)s) AS n
JOIN unnest(%(numbers)s::text[]) WITH ORDINALITY AS one (number, number_at) ON number_at = 1 + n %% 300
JOIN unnest(%(names)s::text[], %(keys)s::text[], %(initials)s::text[]) WITH ORDINALITY AS called (name, key, initial, name_at)
    ON name_at = 1 + n %% cardinality(%(names)s::text[])
ORDER BY n
"""
_EMPLOYMENTS = """
WITH placed AS (
    SELECT u.id, u.path, row_number() OVER (ORDER BY u.id) - 1 AS place,
        (SELECT array_agg(part ORDER BY part) FROM unnest('{0}' || string_to_array(trim(BOTH '/' FROM path), '/')::bigint[]) part)
            AS ids
    FROM people_unit u JOIN people_employer e ON e.unit_id = u.id
), employed AS (
    INSERT INTO people_employment (member_id, employer_id, unit_path, from_on)
    SELECT m.id, p.id, p.path, DATE '2020-01-01' FROM people_member m JOIN placed p ON p.place = m.id %% %(employers)s
    ORDER BY m.id
)
UPDATE people_member m SET unit_ids = p.ids FROM placed p WHERE p.place = m.id %% %(employers)s
"""


def _covers(version: PlanVersion, from_on: datetime.date) -> None:
    """An enrolment of each employer, and a cover of each member, paid for and in force. Whether a member has room for a unit
    more is not asked 200,000 times over; constraints hold."""
    until_on = from_on + datetime.timedelta(days=365)
    run(
        """
        INSERT INTO enrolment_enrolment (employer_id, version_id, from_on, until_on, headcount, state, begun_at, submitted_at,
            accepted_at, remark)
        SELECT unit_id, %s, %s, %s, headcount_declared, 'accepted', now(), now(), now(), '' FROM people_employer
        """,
        [version.pk, from_on, until_on],
    )
    with without_triggers():
        run(
            """
            INSERT INTO enrolment_cover (member_id, enrolment_id, employer_id, unit_path, version_id, plan, family, option,
                risk_class, employment, basic_insurance, groups, units, units_most, from_on, until_on, joined_on,
                consecutive_periods, fee_amount, state)
            SELECT w.member_id, n.id, n.employer_id, w.unit_path, n.version_id, %s, %s, '', '', 'in_service', 'employee', '{}',
                1, 1, n.from_on, n.until_on, n.from_on, 1, 100, 'begun'
            FROM enrolment_enrolment n JOIN people_employment w ON w.employer_id = n.employer_id
            ORDER BY w.member_id
            """,
            [version.plan, version.family],
        )


def _claims(members: int, count: int, office: Unit, at: datetime.datetime) -> None:
    """Claims of the members in turn, one after the other: most are decided, two in a hundred wait for review. Each with its
    particulars and a computation. References are right as they are made, and not looked up four million times."""
    values = {"members": members, "count": count, "office": office.pk, "at": at}
    run(
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
    run(
        """
        INSERT INTO claims_particulars (claim_id, kind, started_on, ended_on, hospital, total_amount, facts,
            payee_name, bank_name, bank_code, reason_word)
        SELECT id, 'inpatient', filed_on - 20, filed_on - 10, '市第一医院（虚构）', 1000 + id %% 90000,
            told, '林晓禾', '示范银行（虚构）', '', ''
        FROM claims_claim
        JOIN unnest(%(told)s::text[]) WITH ORDINALITY AS facts (told, nth) ON nth = 1 + id %% 300
        ORDER BY id
        """,
        {"told": told},
    )
    run(
        """
        INSERT INTO claims_assessment (claim_id, round, at, total_amount, refers, refuses, provisional, sha256)
        SELECT id, 1, completed_at, 500 + id % 9000, false, state = 'refused', false, repeat('0', 64) FROM claims_claim
        """
    )


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
