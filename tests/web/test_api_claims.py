"""Claims by the interface: what another system sends, what it is told, and what stays sealed to the employer's."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from mutualaid.claims.actions.reviewing import return_for_papers
from mutualaid.claims.models import Claim, ClaimPaper, Particulars
from mutualaid.claims.queries import stands
from mutualaid.core.models import AuditEntry
from mutualaid.notices.actions.webhooks import make_endpoint
from mutualaid.notices.models import WebhookDelivery
from mutualaid.people.actions.members import give_consent, withdraw_consent
from mutualaid.people.models import ApiClient, Purpose, Scope
from tests.people.cast import AT, BY, as_staff
from tests.web.claims_scene import DAYS, page, sent, with_claims
from tests.web.test_api import problem

if TYPE_CHECKING:
    from tests.claims.scene import Scene
    from tests.web.api_scene import Api
    from tests.web.conftest import Clock


@pytest.fixture
def scene(api: Api, web_clock: Clock) -> Scene:
    """With a cover, on a day after the stay; calls come from the city's system."""
    made = with_claims(api)
    web_clock.forward(days=DAYS)
    return made


def post(api: Api, path: str, body: Any = None, **more: Any) -> Any:
    """From the city's system."""
    return api.post(path, body, token=more.pop("token", api.city_token), **more)


def entered(api: Api, **more: Any) -> dict[str, Any]:
    """A claim that was taken."""
    answer = post(api, "/claims", sent(api, **more))
    assert answer.status_code == 201, answer.content.decode()
    assert answer["Location"].endswith(answer.json()["number"])
    told: dict[str, Any] = answer.json()
    return told


# --- sent and decided -------------------------------------------------------------------------------------------------


def test_a_claim_is_decided_at_once_and_told_line_by_line(api: Api, scene: Scene) -> None:
    told = entered(api)
    # 80 % of 1200.00 less 100.00
    (line,) = told["lines"]
    assert (told["total"], line["amount"], line["outcome"], line["plan"]) == ("880.00", "880.00", "pay", "hai-1")
    stored = stands(claim=Claim.objects.get())
    assert stored is not None
    assert line["working"] == list(stored.lines[0].working)  # with its clauses
    assert line["event"] == told["number"]
    assert (told["state"], told["event"], told["employer"]) == ("first_review", "HIS-2025-0042", "G1")
    assert told["payments"] == []
    read = api.get(f"/claims/{told['number']}", token=api.city_token)
    assert read.json() == told
    claim = Claim.objects.get()
    assert (claim.source, claim.by_kind, claim.filed_on) == ("api", "client", datetime.date(2025, 5, 30))


def test_the_member_may_be_named_by_their_document(api: Api, scene: Scene) -> None:
    lin = api.people.lin
    by_document = {"identity_kind": lin.identity_kind, "identity_number": lin.identity_number}
    assert entered(api, member=by_document)["member"] == lin.number
    assert lin.identity_number not in str(list(AuditEntry.objects.values()))
    far = {"identity_kind": lin.identity_kind, "identity_number": api.people.pa.identity_number}
    problem(post(api, "/claims", sent(api, member=far)), 404, "not_found")
    wrong = {"identity_kind": lin.identity_kind, "identity_number": "123"}
    problem(post(api, "/claims", sent(api, member=wrong)), 404, "not_found")


def test_the_same_key_is_one_claim(api: Api, scene: Scene) -> None:
    first = post(api, "/claims", sent(api), idempotency_key="one-key-for-all")
    again = post(api, "/claims", sent(api), idempotency_key="one-key-for-all")
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    other = post(api, "/claims", sent(api, self_paid="1.00"), idempotency_key="one-key-for-all")
    problem(other, 409, "key_reused")
    assert Claim.objects.count() == 1


def test_what_is_approved_is_told_with_its_payment(api: Api, scene: Scene) -> None:
    number = entered(api)["number"]
    scene.approve(Claim.objects.get())
    told = api.get(f"/claims/{number}", token=api.city_token).json()
    assert told["state"] == "approved"
    (payment,) = told["payments"]
    assert (payment["state"], payment["amount"]) == ("created", "880.00")


def test_an_employer_s_program_sends_and_sees_where_it_stands(api: Api, scene: Scene) -> None:
    answer = post(api, "/claims", sent(api, papers=[page()]), token=api.token)
    assert answer.status_code == 201
    for told in (answer.json(), api.get(f"/claims/{answer.json()['number']}").json()):
        assert told["state"] == "first_review"
        assert {told[name] for name in ("event", "total", "wanted", "payments")} == {None}
        assert told["lines"] is None
    assert "J18" not in answer.content.decode()
    (row,) = api.get("/claims").json()["items"]
    assert row["total"] is None


def test_a_program_sees_its_branch(api: Api, scene: Scene) -> None:
    from tests.web.api_scene import token_of

    number = entered(api)["number"]
    _, other = token_of(api.people.other_city)
    _, yard = token_of(api.people.yard.unit)
    for token in (other, yard):
        problem(api.get(f"/claims/{number}", token=token), 404, "not_found")
        assert api.get("/claims", token=token).json()["items"] == []
        problem(post(api, "/claims", sent(api), token=token), 404, "not_found")
        problem(post(api, f"/claims/{number}/withdrawal", token=token), 404, "not_found")


def test_reads_stand_in_the_trail(api: Api, scene: Scene) -> None:
    number = entered(api)["number"]
    api.get(f"/claims/{number}", token=api.city_token)
    entry = AuditEntry.objects.filter(what="api_read").latest("id")
    assert entry.detail == {"resource": "claim"}
    assert entry.subject == f"claims.claim:{Claim.objects.get().pk}"


# --- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"event": {"ended_on": "2025-05-01"}}, "ended_on"),
        ({"event": {"filed_on": "2025-05-20"}}, "filed_on"),
        ({"event": {"kind": "wedding"}}, "kind"),
        ({"event": {"amounts": {"x_unheard_of": "-"}}}, None),
        ({"expenses": [{"item": "药费", "amount": "1.00"}], "event": {"amounts": {"total": "2.00"}}}, "amounts.total"),
    ],
)
def test_faults_of_an_event_are_told_by_field(api: Api, scene: Scene, wrong: Any, said: str | None) -> None:
    answer = post(api, "/claims", sent(api, **wrong))
    if said is None:
        problem(answer, 422, "invalid")
    else:
        fields = [one["field"] for one in problem(answer, 409, "conflict")["errors"]]
        assert any(field.endswith(said) for field in fields), fields
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent": False},
        {"member": {}},
        {"member": {"number": "M1", "identity_number": "1"}},
        {"surprise": 1},
        {"event": {"surprise": 1}},
        {"event": {"amounts": {"surprise": "1.00"}}},
        {"event": {"amounts": {"total": "1"}}},
        {"event": {"amounts": {"total": "-1.00"}}},
        {"event": {"amounts": {"total": 1.0}}},
        {"event": {"started_on": "2025-5-1"}},
        {"event": {"reverses": "L00000001"}},
        {"event": {"replaces": "L00000001"}},
        {"papers": [{"paper": "poem", "name": "x", "content": "AAAA"}]},
        {"papers": [{"paper": "invoice", "name": "x", "content": "not base64!"}]},
        {"papers": [{"paper": "invoice", "name": "x", "content": "AAAAA"}]},
    ],
)
def test_what_does_not_have_the_form_is_refused_and_takes_no_key(api: Api, scene: Scene, wrong: Any) -> None:
    for body in (wrong, wrong):
        problem(post(api, "/claims", sent(api, **body), idempotency_key="key-of-a-bad-one"), 422, "invalid")
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    "payee",
    [
        {"name": "尉迟安", "account_number": "6222020000001234566", "bank_name": "海市银行"},
        {"name": "林晓禾", "account_number": "12345678", "bank_name": "海市银行"},
    ],
)
def test_benefits_go_to_the_member_s_own_account(api: Api, scene: Scene, payee: Any) -> None:
    problem(post(api, "/claims", sent(api, payee=payee)), 409, "conflict")
    assert not Claim.objects.exists()


def test_of_a_death_next_of_kin_tell_the_account(api: Api, scene: Scene) -> None:
    death = {"kind": "death", "ended_on": None}
    problem(post(api, "/claims", sent(api, event=death)), 409, "conflict")
    assert post(api, "/claims", sent(api, event=death, payee=None)).status_code in (201, 409)


def test_a_consent_that_was_withdrawn_is_none(api: Api, scene: Scene) -> None:
    purpose = Purpose.CLAIM_HEALTH_DATA
    give_consent(member=api.people.lin, purpose=purpose, version="2025-1", by=BY, at=AT)
    withdraw_consent(member=api.people.lin, purpose=purpose, by=BY, at=AT)
    answer = post(api, "/claims", sent(api))
    assert "撤回" in problem(answer, 409, "conflict")["detail"]


def test_who_is_not_covered_has_no_claim(api: Api, scene: Scene) -> None:
    problem(post(api, "/claims", sent(api, member={"number": api.people.wei.number})), 409, "conflict")


# --- later ------------------------------------------------------------------------------------------------------------


def test_papers_come_with_it_and_later(api: Api, scene: Scene) -> None:
    number = entered(api, papers=[page("invoice"), page("settlement")])["number"]
    for _ in range(2):  # the same page again is the page that is there
        assert post(api, f"/claims/{number}/papers", page("record")).status_code == 200
    words = list(ClaimPaper.objects.order_by("id").values_list("word", flat=True))
    assert words == ["invoice", "settlement", "record"]
    file = ClaimPaper.objects.latest("id").file
    assert file.unit_path == api.people.county.path  # not the employer's
    text = {"paper": "invoice", "name": "x.txt", "content": "aGVsbG8gdGhlcmU="}
    problem(post(api, f"/claims/{number}/papers", text), 409, "conflict")
    scene.approve(Claim.objects.get())
    problem(post(api, f"/claims/{number}/papers", page("accident")), 409, "conflict")


def test_a_returned_claim_is_completed_and_filed_again(api: Api, scene: Scene, web_clock: Clock) -> None:
    number = entered(api, papers=[page("invoice"), page("settlement")])["number"]
    claim = Claim.objects.get()
    return_for_papers(
        claim=claim,
        words=["record"],
        text="请补出院记录",
        contact=scene.first,
        by=as_staff(scene.first),
        at=web_clock.at,
    )
    told = api.get(f"/claims/{number}", token=api.city_token).json()
    assert (told["state"], told["wanted"]["papers"]) == ("returned", ["record"])
    lacking = problem(post(api, f"/claims/{number}/submission"), 409, "conflict")["errors"]
    assert [one["field"] for one in lacking] == ["identity", "record"]
    for paper in ("identity", "record"):
        post(api, f"/claims/{number}/papers", page(paper))
    again = post(api, f"/claims/{number}/submission")
    assert (again.status_code, again.json()["state"], again.json()["total"]) == (200, "first_review", "880.00")


def test_a_returned_claim_stays_sealed_to_the_employer_s_program(api: Api, scene: Scene, web_clock: Clock) -> None:
    number = post(api, "/claims", sent(api), token=api.token).json()["number"]
    by, at = as_staff(scene.first), web_clock.at
    return_for_papers(claim=Claim.objects.get(), words=["record"], text="", contact=scene.first, by=by, at=at)
    for answer in (api.get(f"/claims/{number}"), api.post(f"/claims/{number}/papers", page("record"))):
        assert answer.status_code == 200
        told = answer.json()
        assert told["wanted"]["papers"] == ["record"]
        assert [told[name] for name in ("total", "lines", "payments")] == [None] * 3
    told = api.post(f"/claims/{number}/withdrawal").json()
    assert [told[name] for name in ("event", "total", "lines", "wanted", "payments")] == [None] * 5


def test_a_claim_is_taken_back_once(api: Api, scene: Scene) -> None:
    number = entered(api)["number"]
    answer = post(api, f"/claims/{number}/withdrawal")
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    problem(post(api, f"/claims/{number}/withdrawal"), 409, "conflict")


def test_a_program_takes_back_only_what_it_sent(api: Api, scene: Scene) -> None:
    number = entered(api)["number"]
    for path, body in (("withdrawal", {}), ("papers", page()), ("submission", {})):
        problem(api.post(f"/claims/{number}/{path}", body), 404, "not_found")  # the employer's program
    assert api.get(f"/claims/{number}").status_code == 200


@pytest.mark.parametrize("only", [Scope.READ_CLAIMS, Scope.WRITE_CLAIMS])
def test_reading_and_writing_have_scopes_of_their_own(api: Api, scene: Scene, only: Scope) -> None:
    from tests.web.api_scene import token_of

    _, token = token_of(api.people.city, only)
    written = post(api, "/claims", sent(api), token=token)
    read = api.get("/claims", token=token)
    may = {Scope.READ_CLAIMS: (403, 200), Scope.WRITE_CLAIMS: (201, 403)}
    assert (written.status_code, read.status_code) == may[only]


# --- keeping up -------------------------------------------------------------------------------------------------------


def test_a_list_tells_what_changed_since(api: Api, scene: Scene, web_clock: Clock) -> None:
    first = entered(api)["number"]
    web_clock.forward(minutes=30)
    since = web_clock.at.isoformat().replace("+", "%2B")
    second = entered(api, event={"started_on": "2025-05-20", "ended_on": "2025-05-21"})["number"]
    path = f"/claims?changed_since={since}"
    assert [one["number"] for one in api.get(path, token=api.city_token).json()["items"]] == [second]
    web_clock.forward(minutes=1)
    post(api, f"/claims/{first}/papers", page())
    post(api, f"/claims/{first}/withdrawal")
    assert [one["number"] for one in api.get(path, token=api.city_token).json()["items"]] == [first, second]
    assert api.get("/claims?state=withdrawn", token=api.city_token).json()["items"][0]["number"] == first
    assert len(api.get("/claims?employer=G1&limit=1", token=api.city_token).json()["items"]) == 1
    assert api.get(f"/claims?member={api.people.wei.number}", token=api.city_token).json()["items"] == []


def test_programs_are_told_of_what_happens(api: Api, scene: Scene) -> None:
    client = ApiClient.objects.exclude(pk=api.client.pk).get()
    wanted = ["claim.filed", "claim.decided", "claim.withdrawn"]
    make_endpoint(client=client, address="https://his.example.org/events", events=wanted, by=BY, at=AT)
    number = entered(api)["number"]
    scene.approve(Claim.objects.get())
    told = list(WebhookDelivery.objects.order_by("id").values_list("event", "subject", "facts__state"))
    assert told == [("claim.filed", number, "first_review"), ("claim.decided", number, "approved")]
    assert "J18" not in str(list(WebhookDelivery.objects.values("facts")))


def test_lists_ask_the_database_a_few_times(api: Api, scene: Scene, django_assert_max_num_queries: Any) -> None:
    for day in range(14, 18):
        entered(api, event={"started_on": f"2025-05-{day}", "ended_on": f"2025-05-{day + 1}"})
    with django_assert_max_num_queries(20):  # with those of token, savepoints and audit
        assert len(api.get("/claims", token=api.city_token).json()["items"]) == 4


def test_components_that_a_plan_names_are_kept(api: Api, scene: Scene) -> None:
    entered(api, event={"amounts": {"self_paid": "1200.00", "out_of_scope": "0.00", "x_rehabilitation": "10.00"}})
    assert "x_rehabilitation" in Particulars.objects.get().facts
