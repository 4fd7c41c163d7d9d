"""Programs told of events, by a real server on this machine that is slow, fails, breaks off and gets things twice."""

from __future__ import annotations

import datetime
import json
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection, transaction
from django.utils import timezone

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import run_waiting
from mutualaid.notices import jobs, webhooks
from mutualaid.notices.actions import webhooks as events
from mutualaid.notices.actions.webhooks import EndpointUnfit, announce
from mutualaid.notices.models import Endpoint, Notice, WebhookDelivery
from mutualaid.people.access import branches_of
from mutualaid.people.actions.clients import make_client, revoke_client
from mutualaid.people.models import ApiClient, RoleName, Unit
from tests.notices.listener import Listener, is_ours
from tests.people.cast import AT, BY, Cast, as_staff, staff

FACTS = {"state": "approved", "amount": "1234.50"}


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """Listening, on a network that the operator named."""
    monkeypatch.setenv(webhooks.NETWORKS, "127.0.0.0/8")
    found = Listener.start()
    yield found
    found.stop()


def program(unit: Unit) -> ApiClient:
    """A program of a unit."""
    day = timezone.now().date() + datetime.timedelta(days=30)
    return make_client(name="人事系统", unit=unit, scopes=["members:read"], expires_on=day, by=BY, at=timezone.now())[0]


def endpoint(cast: Cast, listener: Listener, unit: Unit | None = None, **more: Any) -> tuple[Endpoint, str]:
    """A place to be told at."""
    facts: dict[str, Any] = {"address": listener.address, "events": ["claim.decided", "claim.paid"], **more}
    return events.make_endpoint(client=program(unit or cast.mill.unit), **facts, by=BY, at=timezone.now())


def told(unit: Unit, event: str = "claim.decided") -> int:
    """Something happened."""
    with transaction.atomic():
        facts = {"unit_path": unit.path, "subject": "L00000017", "facts": FACTS}
        return announce(event=event, **facts, by=BY, at=timezone.now())  # type: ignore[arg-type]


def deliver(delivery: WebhookDelivery | None = None) -> WebhookDelivery:
    """One attempt, now, whatever it waits for."""
    found = delivery or WebhookDelivery.objects.get()
    jobs.send_event(key=found.key.hex, at=timezone.now())
    found.refresh_from_db()
    return found


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_program_is_told_and_can_prove_who_told(cast: Cast, listener: Listener) -> None:
    _, secret = endpoint(cast, listener)
    assert told(cast.mill.unit) == 1
    assert listener.heard == []  # never within the transaction
    run_waiting()
    ((headers, body),) = listener.heard
    now = int(timezone.now().timestamp())
    assert is_ours(secret, headers, body, now)
    assert not is_ours(secret, headers, body + b" ", now)
    assert not is_ours("other", headers, body, now)
    assert not is_ours(secret, headers, body, now + 301)
    assert headers["Mutualaid-Event"] == "claim.decided"
    said = json.loads(body)
    assert (said["subject"], said["facts"], said["id"]) == ("L00000017", FACTS, headers["Mutualaid-Delivery"])
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.answer, delivery.tries) == ("delivered", "204", 1)


def test_programs_of_the_unit_and_above_are_told(cast: Cast, listener: Listener) -> None:
    for unit in (cast.mill.unit, cast.city, cast.other_city, cast.yard.unit):
        endpoint(cast, listener, unit)
    endpoint(cast, listener, cast.mill.unit, events=["claim.filed"])
    assert told(cast.mill.unit) == 2
    units = set(WebhookDelivery.objects.values_list("endpoint__client__unit__code", flat=True))
    assert units == {"G1", cast.city.code}


def test_what_is_sealed_to_employers_their_programs_are_not_told(cast: Cast, listener: Listener) -> None:
    (own, _), (office, _) = endpoint(cast, listener), endpoint(cast, listener, cast.city)
    with transaction.atomic():
        path = cast.mill.unit.path
        announce(
            event="claim.paid", unit_path=path, subject="L1", facts=FACTS, sealed=["amount"], by=BY, at=timezone.now()
        )
    facts = dict(WebhookDelivery.objects.values_list("endpoint", "facts"))
    assert facts == {own.pk: {"state": "approved"}, office.pk: FACTS}


def test_with_nobody_listening_it_costs_one_statement(
    cast: Cast, listener: Listener, django_assert_num_queries: Any
) -> None:
    endpoint(cast, listener, cast.far.unit)
    with transaction.atomic(), django_assert_num_queries(1):
        announce(event="claim.paid", unit_path=cast.mill.unit.path, subject="x", facts={}, by=BY, at=AT)


def test_an_unheard_of_event_is_a_slip_of_the_program(cast: Cast) -> None:
    with pytest.raises(ValueError, match=r"claim\.decided"):
        told(cast.mill.unit, "claim.sung")


def test_what_is_rolled_back_is_not_told(cast: Cast, listener: Listener) -> None:
    endpoint(cast, listener)
    with transaction.atomic():
        told(cast.mill.unit)
        transaction.set_rollback(True)
    run_waiting()
    assert listener.heard == []


def test_one_delivered_twice_by_a_worker_that_died_has_one_name(cast: Cast, listener: Listener) -> None:
    endpoint(cast, listener)
    told(cast.mill.unit)
    deliver()
    WebhookDelivery.objects.update(state="waiting")  # it died before it wrote what came of it
    deliver()
    names = {headers["Mutualaid-Delivery"] for headers, _ in listener.heard}
    assert (len(listener.heard), len(names)) == (2, 1)
    assert len({body for _, body in listener.heard}) == 1
    deliver()  # and a third time nothing is sent
    assert len(listener.heard) == 2


# --- programs that do not take it -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "answer"),
    [("fail", "500"), ("redirect", "302"), ("close", "no-answer"), ("slow", "timed-out"), ("drip", "timed-out")],
)
def test_what_is_not_taken_is_told_again_later(
    how: str, answer: str, cast: Cast, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SECONDS_MOST", 1)
    endpoint(cast, listener)
    listener.how = how
    told(cast.mill.unit)
    run_waiting()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.tries) == ("waiting", 1)
    assert delivery.answer.startswith(answer)
    assert len(listener.heard) == 1  # a redirect is not followed
    assert run_waiting() == 0  # not at once
    listener.how = "take"
    assert deliver().state == "delivered"
    assert Endpoint.objects.get().failures == 0


def test_at_last_it_is_given_up_and_the_office_told_once(cast: Cast, listener: Listener) -> None:
    admin = staff("管理员甲", cast.city, RoleName.SYSTEM_ADMIN)
    endpoint(cast, listener)
    listener.how = "fail"
    for _ in range(2):
        told(cast.mill.unit)
    for delivery in WebhookDelivery.objects.all():
        for _ in range(len(events.WAITS) + 1):
            assert delivery.state == "waiting"
            deliver(delivery)
            delivery.refresh_from_db()
        assert delivery.state == "given_up"
    notice = Notice.objects.get(account=admin.account, template="webhook_given_up")
    assert notice.link.startswith("/workbench/clients/K")
    listener.how = "take"
    again = events.deliver_again(delivery=delivery, by=as_staff(admin), at=timezone.now())
    run_waiting()
    again.refresh_from_db()
    assert (again.state, again.tries) == ("delivered", 1)
    with pytest.raises(IllegalMove):
        events.deliver_again(delivery=again, by=as_staff(admin), at=timezone.now())


def test_nothing_listens_there(cast: Cast, listener: Listener) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint(cast, listener, address=f"http://127.0.0.1:{port}/")
    told(cast.mill.unit)
    assert deliver().answer == "no-answer (ConnectionRefusedError)"


def test_a_token_ends_at_midnight_in_china(cast: Cast, listener: Listener) -> None:
    endpoint(cast, listener)
    told(cast.mill.unit)
    client = ApiClient.objects.get()
    ends = datetime.datetime.combine(client.expires_on, datetime.time(), datetime.timezone(datetime.timedelta(hours=8)))
    jobs.send_event(key=WebhookDelivery.objects.get().key.hex, at=ends.astimezone(datetime.UTC))
    assert listener.heard == []
    assert WebhookDelivery.objects.get().answer == "closed"


@pytest.mark.parametrize("how", ["closed", "revoked"])
def test_who_may_no_more_ask_is_no_more_told(how: str, cast: Cast, listener: Listener) -> None:
    found, _ = endpoint(cast, listener)
    told(cast.mill.unit)
    if how == "closed":
        events.close_endpoint(endpoint=found, by=BY, at=timezone.now())
    else:
        revoke_client(client=found.client, by=BY, at=timezone.now())
    run_waiting()
    assert (WebhookDelivery.objects.get().state, listener.heard) == ("given_up", [])
    assert told(cast.mill.unit) == 0


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_after_a_change_both_secrets_sign_for_a_day(cast: Cast, listener: Listener) -> None:
    found, old = endpoint(cast, listener)
    found, new = events.change_secret(endpoint=found, by=BY, at=timezone.now())
    told(cast.mill.unit)
    deliver()
    headers, body = listener.heard[-1]
    now = int(timezone.now().timestamp())
    assert is_ours(old, headers, body, now)
    assert is_ours(new, headers, body, now)
    Endpoint.objects.update(former_until=timezone.now())
    told(cast.mill.unit)
    deliver(WebhookDelivery.objects.latest("id"))
    headers, body = listener.heard[-1]
    assert not is_ours(old, headers, body, now)
    assert is_ours(new, headers, body, now)
    events.clear_deliveries(by=BY, at=timezone.now() + datetime.timedelta(days=1))
    found.refresh_from_db()
    assert found.former_secret is None
    assert WebhookDelivery.objects.count() == 2
    assert events.clear_deliveries(by=BY, at=timezone.now() + datetime.timedelta(days=91)) == 2


def test_a_secret_is_not_read_from_the_disk_or_the_trail(cast: Cast, listener: Listener) -> None:
    _, secret = endpoint(cast, listener)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM notices_endpoint")
        assert secret not in str(cursor.fetchall()) + str(list(AuditEntry.objects.values()))


def test_a_closed_address_is_left_alone(cast: Cast, listener: Listener) -> None:
    found, _ = endpoint(cast, listener)
    events.close_endpoint(endpoint=found, by=BY, at=AT)
    for action in (events.close_endpoint, events.change_secret):
        with pytest.raises(EndpointUnfit, match="switched off"):
            action(endpoint=found, by=BY, at=AT)


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://hr.example.org/events",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://[fd00::1]/",
        "https://[64:ff9b::a01:203]/",
        "https://[2002:a01:203::]/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://user:word@example.org/",
        "https://example.org/#here",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://exa mple.org/",
        "https://例子.中国/",
        "https:///nowhere",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://example.org/\r\nX: y",
        "https://[::1",
        "https://example.org/" + "x" * 300,
        "",
    ],
)
def test_an_address_that_is_not_the_world_s_is_refused(address: str, cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.delenv(webhooks.NETWORKS, raising=False)
    with pytest.raises(EndpointUnfit):
        events.make_endpoint(client=program(cast.city), address=address, events=["claim.paid"], by=BY, at=AT)


@pytest.mark.parametrize("address", ["https://hr.example.org/events?x=1", "https://8.8.8.8:8443/", "https://a/"])
def test_addresses_of_the_world(address: str) -> None:
    assert webhooks.check_address(address).scheme == "https"


@pytest.mark.parametrize("number", ["10.1.2.3", "127.0.0.1", "::1", "::ffff:10.1.2.3", "169.254.169.254", "fe80::1"])
def test_a_name_that_leads_into_our_own_network_is_not_told(number: str, cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.delenv(webhooks.NETWORKS, raising=False)
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))
    bad = (family, socket.SOCK_STREAM, 6, "", (number, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: [good, bad])
    found = webhooks.tell(address="https://hr.example.org/", event="x", key="k", body=b"{}", timestamp=1, secrets=["s"])
    assert found == webhooks.Told(False, "address-not-allowed")


def test_the_connection_goes_to_the_number_that_was_checked(listener: Listener, monkeypatch: Any) -> None:
    asked: list[Any] = []
    real = socket.getaddrinfo

    def once(host: Any, *args: Any, **more: Any) -> Any:
        asked.append(host)
        names = [one for one in asked if one == "localhost"]
        return real(host if host != "localhost" else "127.0.0.1" if len(names) == 1 else "203.0.113.9", *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    address = listener.address.replace("127.0.0.1", "localhost")
    found = webhooks.tell(address=address, event="x", key="k", body=b"{}", timestamp=1, secrets=["s"])
    assert found.taken
    assert asked.count("localhost") == 1
    assert listener.heard[0][0]["Host"].startswith("localhost:")


def test_a_host_that_there_is_not(monkeypatch: Any) -> None:
    def nowhere(*_args: Any, **_more: Any) -> Any:
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    found = webhooks.tell(address="https://hr.example.org/", event="x", key="k", body=b"", timestamp=1, secrets=["s"])
    assert found.answer == "host-not-found"


def test_what_lists_no_network_lists_nothing(monkeypatch: Any) -> None:
    monkeypatch.setenv(webhooks.NETWORKS, "everything, 10.1.0.0/16,")
    with pytest.raises(webhooks.AddressUnfit):
        webhooks.check_address("https://10.2.0.1/")
    assert webhooks.check_address("https://10.1.0.1/")


def test_events_are_of_the_list_and_addresses_few(cast: Cast, listener: Listener) -> None:
    for wrong in ([], ["claim.sung"]):
        with pytest.raises(EndpointUnfit, match="at least one event"):
            endpoint(cast, listener, events=wrong)
    found, _ = endpoint(cast, listener)
    facts: dict[str, Any] = {"client": found.client, "address": listener.address, "events": ["claim.paid"]}
    for _ in range(events.ADDRESSES_MOST - 1):
        events.make_endpoint(**facts, by=BY, at=AT)
    with pytest.raises(EndpointUnfit, match="at most 10"):
        events.make_endpoint(**facts, by=BY, at=AT)


def test_rows_are_fenced(cast: Cast, listener: Listener) -> None:
    endpoint(cast, listener)
    told(cast.mill.unit)
    seen = {}
    for name, who in (("near", cast.reviewer), ("far", cast.outsider)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE mutualaid_app")
            with within(branches_of(actor=as_staff(who), on=AT.date())):
                seen[name] = (Endpoint.objects.count(), WebhookDelivery.objects.count())
            with within(branches_of(actor=as_staff(who), on=AT.date())):
                assert told(cast.mill.unit, "claim.paid") == 1  # from anywhere
            cursor.execute("RESET ROLE")
    assert seen == {"near": (1, 1), "far": (0, 0)}
    with within([EVERYTHING]):
        assert WebhookDelivery.objects.count() == 3


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def secured(listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The listener behind TLS, by a certificate that this machine trusts; its address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    listener.server.socket = context.wrap_socket(listener.server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    monkeypatch.setattr(socket, "getaddrinfo", partial(_by_ipv4, socket.getaddrinfo))
    return f"https://localhost:{listener.server.server_port}/events"


def _by_ipv4(real: Any, host: str, *args: Any, **more: Any) -> Any:
    return real("127.0.0.1" if host == "localhost" else host, *args, **more)


def attempt(address: str) -> str:
    """What one attempt comes to."""
    return webhooks.tell(address=address, event="x", key="k", body=b"{}", timestamp=1, secrets=["s"]).answer


def test_over_tls(secured: str, listener: Listener) -> None:
    assert attempt(secured) == "204"
    assert listener.heard[0][0]["Host"] == secured.split("/")[2]


def test_a_certificate_that_nobody_vouches_for(secured: str, listener: Listener, monkeypatch: Any) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert attempt(secured) == "no-answer (SSLCertVerificationError)"
    assert attempt(secured.replace("localhost", "127.0.0.1")) == "no-answer (SSLCertVerificationError)"
    assert listener.heard == []


def test_who_never_ends_the_greeting_is_cut_off(monkeypatch: Any) -> None:
    monkeypatch.setattr(webhooks, "SECONDS_MOST", 1)
    monkeypatch.setenv(webhooks.NETWORKS, "127.0.0.0/8")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert attempt(f"https://127.0.0.1:{silent.getsockname()[1]}/") == "timed-out"
