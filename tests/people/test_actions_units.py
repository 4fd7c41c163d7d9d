"""Units, employers and clerks: each move and each refusal, in Python and by the database itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.people.actions.units import (
    ClerkAlready,
    CodeTaken,
    MisplacedUnit,
    NoEvidence,
    NotGrassroots,
    OwnBinding,
    bind_clerk,
    register_clerk,
    register_employer,
    register_unit,
    release_clerk,
)
from mutualaid.people.contacts import NotAContact
from mutualaid.people.models import STANDS_UNDER, Employer, EmployerClerk, Level, Unit
from mutualaid.people.refusals import Refused
from tests.people.cast import AT, BY, Cast, account, as_clerk, credit_code, unit


def sql(statement: str, *values: str | int) -> None:
    """A statement by itself, past all of Python's checks."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def last() -> AuditEntry:
    found = AuditEntry.objects.exclude(what="notify").order_by("id").last()
    assert found is not None
    return found


# --- the tree ---------------------------------------------------------------------------------------------------------


def test_a_unit_takes_its_place(cast: Cast) -> None:
    ids = [cast.nation.pk, cast.province.pk, cast.city.pk, cast.county.pk, cast.mill.unit.pk]
    assert cast.mill.unit.path == "/" + "".join(f"{pk}/" for pk in ids)
    assert Unit.objects.get(pk=cast.county.pk).path == cast.county.path
    new = unit(Level.INDUSTRY, cast.city, "4505-R", "海市铁路工会")
    assert (last().what, last().subject) == ("register_unit", f"people.unit:{new.pk}")
    assert last().detail == {"level": "industry", "code": "4505-R"}


@pytest.mark.django_db
def test_levels_stand_where_the_table_says_in_python_and_in_the_database() -> None:
    above: dict[Level, Unit] = {Level.NATIONAL: unit(Level.NATIONAL, None, "n", "n")}
    for level in list(Level)[1:]:
        parent = next(above[Level(one)] for one in reversed(Level.values) if one in STANDS_UNDER[level])
        above[level] = unit(level, parent, level, level)
    for level in Level:
        for parent_level, parent in above.items():
            allowed = parent_level in STANDS_UNDER[level]
            code = f"{parent_level}-{level}"
            by_sql = "INSERT INTO people_unit (level, parent_id, code, name, region_code) VALUES (%s, %s, %s, %s, '')"
            if allowed:
                assert unit(level, parent, code, code).path.startswith(parent.path)
                sql(by_sql, level, parent.pk, f"{code}-sql", f"{code}-sql")
            else:
                with pytest.raises(MisplacedUnit, match="expected"):
                    unit(level, parent, code, code)
                with pytest.raises(IntegrityError):
                    sql(by_sql, level, parent.pk, code, code)


def test_there_is_one_root(cast: Cast) -> None:
    with pytest.raises(MisplacedUnit, match="there is one already"):
        unit(Level.NATIONAL, None, "x", "x")
    with pytest.raises(MisplacedUnit, match="expected a city unit under province, found nothing"):
        unit(Level.CITY, None, "x", "x")
    for level in ("national", "city"):
        with pytest.raises(IntegrityError):
            sql("INSERT INTO people_unit (level, code, name, region_code) VALUES (%s, 'x', 'x', '')", level)


def test_codes_and_names_are_taken_once(cast: Cast) -> None:
    with pytest.raises(CodeTaken, match="4505"):
        unit(Level.CITY, cast.province, "4505", "另一处")
    with pytest.raises(IntegrityError, match="unit_name_among_siblings"), transaction.atomic():
        unit(Level.CITY, cast.province, "4509", "海市办事处")
    with pytest.raises(IntegrityError, match="unit_region_code"), transaction.atomic():
        register_unit(level=Level.CITY, parent=cast.province, code="x", name="x", region_code="45", by=BY, at=AT)


@pytest.mark.parametrize("change", ["parent_id = 1", "path = '/1/'", "level = 'county'", "id = 0"])
def test_a_unit_stays_where_it_is(cast: Cast, change: str) -> None:
    with pytest.raises(DatabaseError, match=r"stays (where|what) it is"):
        sql(f"UPDATE people_unit SET {change} WHERE code = '4505'")  # noqa: S608 - the cases above
    sql("UPDATE people_unit SET name = '海市办事处（新）' WHERE code = '4505'")


def test_a_path_that_is_written_by_hand_does_not_count(cast: Cast) -> None:
    sql(
        "INSERT INTO people_unit (level, parent_id, code, name, region_code, path)"
        " VALUES ('county', %s, 'x', 'x', '', '/')",
        cast.city.pk,
    )
    found = Unit.objects.get(code="x")
    assert found.path == f"{cast.city.path}{found.pk}/"


# --- employers --------------------------------------------------------------------------------------------------------


def employer_at(place: Unit, **changed: Any) -> Employer:
    facts: dict[str, Any] = {
        "unit": place,
        "credit_code": credit_code(9),
        "headcount_declared": 20,
        "contact_name": "周一帆",
        "contact_phone": "13900000009",
        "by": BY,
        "at": AT,
    }
    return register_employer(**{**facts, **changed})


def test_an_employer_comes_in(cast: Cast) -> None:
    place = unit(Level.GRASSROOTS, cast.county, "G9", "第九厂工会")
    found = employer_at(place, credit_code=credit_code(9).lower())
    stored = Employer.objects.get(pk=found.pk)
    assert (stored.credit_code, stored.contact_phone) == (credit_code(9), "13900000009")
    assert (last().what, last().detail) == ("register_employer", {"headcount_declared": 20})
    with connection.cursor() as cursor:
        cursor.execute("SELECT people_employer::text FROM people_employer WHERE unit_id = %s", [place.pk])
        assert "13900000009" not in cursor.fetchone()[0]


def test_employers_that_are_refused(cast: Cast) -> None:
    place = unit(Level.GRASSROOTS, cast.county, "G9", "第九厂工会")
    with pytest.raises(NotGrassroots, match="found a county unit"):
        employer_at(cast.county)
    with pytest.raises(CodeTaken, match="another employer"):
        employer_at(place, credit_code=credit_code(1))
    with pytest.raises(Refused, match="at least 1, found 0"):
        employer_at(place, headcount_declared=0)
    with pytest.raises(NotAContact, match="credit code"):
        employer_at(place, credit_code="91")
    with pytest.raises(NotAContact, match="mobile number"):
        employer_at(place, contact_phone="1")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("credit_code = 'IIIIIIIIIIIIIIIIII'", "employer_credit_code"),
        ("headcount_declared = 0", "employer_headcount"),
        ("contact_phone = '13900000001'", "encrypted"),
        ("unit_id = (SELECT id FROM people_unit WHERE code = '45')", "must be a grassroots union"),
        ("credit_code = (SELECT max(credit_code) FROM people_employer)", "unique"),
    ],
)
def test_employers_that_the_database_refuses(cast: Cast, change: str, says: str) -> None:
    with pytest.raises(IntegrityError, match=says):
        sql(f"UPDATE people_employer SET {change} WHERE unit_id = %s", cast.mill.pk)  # noqa: S608 - the cases above


# --- clerks -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(cast: Cast) -> EmployerClerk:
    return register_clerk(employer=cast.yard, account=account("new"), name="吴二", evidence=" f-2 ", by=BY, at=AT)


def test_a_clerk_is_registered(cast: Cast, waiting: EmployerClerk) -> None:
    assert (waiting.state, waiting.evidence) == ("registered", "f-2")
    assert (last().what, last().detail) == ("register_clerk", {"employer": cast.yard.pk})


def test_a_clerk_is_bound_and_released(waiting: EmployerClerk) -> None:
    assert bind_clerk(clerk=waiting, by=BY, at=AT).state == "bound"
    assert (last().what, last().detail) == ("bind_clerk", {"from": "registered", "to": "bound"})
    assert release_clerk(clerk=waiting, reason="left", by=BY, at=AT).state == "released"
    assert last().detail == {"from": "bound", "to": "released", "reason": "left"}


def test_a_clerk_may_be_released_unbound_and_registered_again(cast: Cast, waiting: EmployerClerk) -> None:
    release_clerk(clerk=waiting, reason="form is not stamped", by=BY, at=AT)
    again = register_clerk(employer=cast.yard, account=waiting.account, name="吴二", evidence="f-3", by=BY, at=AT)
    assert bind_clerk(clerk=again, by=BY, at=AT).state == "bound"


Action = Callable[[EmployerClerk], object]
BIND: Action = lambda clerk: bind_clerk(clerk=clerk, by=BY, at=AT)  # noqa: E731 - a table of actions
RELEASE: Action = lambda clerk: release_clerk(clerk=clerk, reason="r", by=BY, at=AT)  # noqa: E731


@pytest.mark.parametrize(("before", "refused"), [((BIND,), BIND), ((RELEASE,), BIND), ((RELEASE,), RELEASE)])
def test_moves_that_are_refused(waiting: EmployerClerk, before: tuple[Action, ...], refused: Action) -> None:
    for move in before:
        move(waiting)
    with pytest.raises(IllegalMove, match="expected registered"):
        refused(waiting)


def test_clerks_that_are_refused(cast: Cast, waiting: EmployerClerk) -> None:
    with pytest.raises(NoEvidence, match="stamped form"):
        register_clerk(employer=cast.mill, account=waiting.account, name="吴二", evidence=" ", by=BY, at=AT)
    with pytest.raises(ClerkAlready, match="release it first"):
        register_clerk(employer=cast.yard, account=waiting.account, name="吴二", evidence="f", by=BY, at=AT)
    with pytest.raises(OwnBinding, match="somebody else"):
        bind_clerk(clerk=waiting, by=as_clerk(waiting), at=AT)
    with pytest.raises(OwnBinding):
        bind_clerk(clerk=waiting, by=Actor(ActorKind.STAFF, str(waiting.account_id)), at=AT)


def test_one_account_may_serve_two_employers(cast: Cast, waiting: EmployerClerk) -> None:
    register_clerk(employer=cast.mill, account=waiting.account, name="吴二", evidence="f", by=BY, at=AT)
    assert waiting.account.clerks.count() == 2


def test_clerks_that_the_database_refuses(waiting: EmployerClerk) -> None:
    for change, says in (("state = 'lost'", "clerk_state"), ("evidence = ''", "clerk_evidence")):
        with pytest.raises(IntegrityError, match=says):
            sql(f"UPDATE people_employerclerk SET {change}")  # noqa: S608 - the cases above
    copy = "SELECT name, evidence, 'bound', employer_id, account_id FROM people_employerclerk WHERE id = %s"
    with pytest.raises(IntegrityError, match="clerk_once_at_an_employer"):
        sql(
            f"INSERT INTO people_employerclerk (name, evidence, state, employer_id, account_id) {copy}",
            waiting.pk,
        )
