"""Positions and heads: each committed row gets one, none is passed over, and nothing goes back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from mutualaid.core import work
from mutualaid.core.audit import content_of, record_all
from mutualaid.core.encryption import KeyFault
from mutualaid.core.leaves import leaf_of
from mutualaid.core.models import AuditEntry
from mutualaid.people.models import Account
from mutualaid.proofs import actions
from mutualaid.proofs.actions import ask_for_sequencing, sequence_leaves
from mutualaid.proofs.checking import check_log
from mutualaid.proofs.heads import fingerprint, key_id, read_pem
from mutualaid.proofs.models import Leaf, PublicKey, Subtree, TreeHead, WaitingLeaf
from mutualaid.proofs.queries import between, head_of, is_ours, latest_head, proof_of, waiting
from mutualaid.proofs.signing import NAME, new_key, signing_key
from mutualaid.proofs.tree import consistent
from mutualaid.proofs.verifying import verify
from tests.proofs.trail import AT, BY, as_superuser, later, write


def sequence(minutes: int = 0, most: int = actions.MOST) -> int:
    return sequence_leaves(by=BY, at=later(minutes), most=most)


@pytest.mark.django_db
def test_rows_get_positions_in_the_order_of_their_ids() -> None:
    rows = write(5)
    assert waiting() == 5
    assert sequence() == 5
    found = list(Leaf.objects.order_by("position").values_list("position", "entry_id"))
    assert found == list(enumerate(row.pk for row in rows))
    head = latest_head()
    assert head is not None
    assert (head.size, head.at, head.key_id) == (5, AT, key_id(signing_key().public_key()))
    assert head_of(row=head).signed_by(signing_key().public_key(), bytes(head.signature))
    assert is_ours(head=head_of(row=head))


@pytest.mark.django_db
def test_nothing_waits_nothing_happens() -> None:
    assert sequence() == 0
    assert latest_head() is None


@pytest.mark.django_db
def test_in_pieces_or_at_once_the_log_is_the_same() -> None:
    write(77)
    while sequence(most=9):
        pass
    rows = list(AuditEntry.objects.order_by("id"))
    assert [row.what for row in rows].count("proof_key_taken") == 1  # the key's own record is a leaf too
    assert Leaf.objects.count() == len(rows) == 78
    assert set(Subtree.objects.values_list("height", "index")) == {
        *((4, index) for index in range(4)),
        *((5, index) for index in range(2)),
        (6, 0),
    }
    report = check_log()
    assert (report.count, report.leaves, report.heads) == (0, 78, 9)


@pytest.mark.django_db
def test_each_row_is_proven_under_each_head() -> None:
    for _ in range(6):
        write(13)
        sequence()
    sequence()  # the record of the key
    heads = list(TreeHead.objects.order_by("size"))
    for row in AuditEntry.objects.order_by("id"):
        position = Leaf.objects.get(entry=row).position
        for head in heads:
            proof = proof_of(entry=row, head=head)
            assert (proof is None) == (position >= head.size)
            if proof:
                assert verify(proof.text().encode(), key=signing_key().public_key()).fault == ""
    for earlier in heads:
        for later_one in heads:
            if earlier.size <= later_one.size:
                found = between(earlier=earlier.size, later=later_one.size)
                assert consistent(
                    earlier=earlier.size,
                    earlier_root=bytes(earlier.root),
                    later=later_one.size,
                    later_root=bytes(later_one.root),
                    path=found.path,
                )


@pytest.mark.django_db
def test_a_proof_asks_few_questions_of_a_long_log() -> None:
    record_all(what="registered", rows=[(Account(pk=1), {"n": n}) for n in range(3000)], by=BY, at=AT)
    sequence()
    entry = AuditEntry.objects.order_by("id")[1234]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        proof = proof_of(entry=entry)
    assert proof is not None
    assert len(proof.path) == 12
    assert len(asked) == 4  # leaf, head, kept subtrees, a few leaves


@pytest.mark.django_db
def test_a_new_key_signs_from_then_on_and_old_heads_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    first = signing_key().public_key()
    write(3)
    sequence()
    monkeypatch.setenv(NAME, new_key())
    second = signing_key().public_key()
    write(3)
    sequence(1)
    assert [head.key.key_id for head in TreeHead.objects.order_by("size")] == [key_id(first), key_id(second)]
    pems = [read_pem(row.pem) for row in PublicKey.objects.order_by("id")]
    assert [fingerprint(pem) for pem in pems] == [fingerprint(first), fingerprint(second)]
    taken = AuditEntry.objects.filter(what="proof_key_taken").order_by("id")
    assert [row.detail for row in taken] == [{"key": key_id(first)}, {"key": key_id(second)}]
    assert check_log().count == 0


@pytest.mark.django_db
def test_a_broken_key_stops_the_sequencer_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "no key")
    write(2)
    with pytest.raises(KeyFault) as found:
        sequence()
    assert "Ed25519" in found.value.zh
    assert (waiting(), Leaf.objects.count()) == (2, 0)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME)
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    made = signing_key().public_key()
    assert fingerprint(signing_key().public_key()) == fingerprint(made)
    assert (tmp_path / "proof-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_a_clock_that_was_set_back_does_not_set_the_log_back() -> None:
    write(1)
    sequence(5)
    write(1)
    sequence(0)
    assert set(TreeHead.objects.values_list("at", flat=True)) == {later(5)}


_HEAD = (
    "INSERT INTO proofs_treehead (size, root, at, signature, key_id) SELECT {}, signature, key_id FROM proofs_treehead"
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE proofs_leaf SET hash = hash", "append-only"),
        ("DELETE FROM proofs_leaf", "append-only"),
        ("TRUNCATE proofs_leaf", "append-only"),
        ("UPDATE proofs_subtree SET hash = hash", "append-only"),
        ("DELETE FROM proofs_subtree", "append-only"),
        ("UPDATE proofs_treehead SET root = root", "append-only"),
        ("DELETE FROM proofs_treehead", "append-only"),
        ("TRUNCATE proofs_treehead", "append-only"),
        ("DELETE FROM proofs_publickey", "append-only"),
        ("UPDATE proofs_publickey SET pem = ''", "append-only"),
        ("DELETE FROM proofs_waitingleaf", "stays until it has one"),
        ("UPDATE proofs_waitingleaf SET entry = entry", "append-only"),
        ("TRUNCATE proofs_waitingleaf", "append-only"),
        (
            "INSERT INTO proofs_leaf (position, entry_id, hash) SELECT 90, max(id), sha256('') FROM core_auditentry",
            "follow each other",
        ),
        (_HEAD.format("size - 1, root, at"), "never goes back"),
        (_HEAD.format("size + 1, root, at"), "never goes back"),
    ],
)
def test_the_database_keeps_the_log(change: str, why: str) -> None:
    write(20)
    sequence()
    write(1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET ROLE NONE")  # not even the owner of the tables may
        with pytest.raises(DatabaseError, match=why), transaction.atomic():
            cursor.execute(change)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE core_auditentry SET what = 'other' WHERE id = {row}", "changed"),
        ("UPDATE core_auditentry SET detail = '{{\"number\": 1.5}}' WHERE id = {row}", "changed"),
        ("UPDATE core_auditentry SET at = at + interval '1 microsecond' WHERE id = {row}", "changed"),
        ("UPDATE core_auditentry SET salt = substr(sha256(salt), 1, 16) WHERE id = {row}", "changed"),
        ("UPDATE core_auditentry SET leaf = sha256('') WHERE id = {row}", "changed"),
        ("DELETE FROM core_auditentry WHERE id = {row}", "gone"),
        ("DELETE FROM proofs_leaf WHERE entry_id = {row}", "gap"),
        ("DELETE FROM proofs_waitingleaf", "passed_over"),
        ("UPDATE proofs_subtree SET hash = sha256('') WHERE height = 4 AND index = 0", "subtree"),
        ("UPDATE proofs_treehead SET at = at + interval '1 second' WHERE size = 20", "signature"),
        ("UPDATE proofs_treehead SET root = sha256('') WHERE size = 20", "head"),
        ("UPDATE proofs_leaf SET hash = sha256('') WHERE entry_id = {row}", "changed"),
    ],
)
def test_whoever_puts_the_rules_aside_is_found_out(change: str, what: str) -> None:
    rows = write(20)
    sequence()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with as_superuser() as cursor:
        cursor.execute(change.format(row=rows[11].pk))
    report = check_log()
    assert what in {difference.what for difference in report.differences}
    assert report.count == len(report.differences)
    assert all(difference.zh and difference.en for difference in report.differences)


@pytest.mark.django_db
def test_a_row_that_was_changed_with_all_its_hashes_is_found_by_the_heads() -> None:
    rows = write(20)
    sequence()
    write(30)
    sequence()
    forged = rows[11]
    forged.what = "other"
    leaf = leaf_of(content_of(forged))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with as_superuser() as cursor:
        cursor.execute("UPDATE core_auditentry SET what = 'other', leaf = %s WHERE id = %s", [leaf, forged.pk])
        cursor.execute("UPDATE proofs_leaf SET hash = %s WHERE entry_id = %s", [leaf, forged.pk])
        cursor.execute("DELETE FROM proofs_subtree")
    report = check_log()
    assert [difference.what for difference in report.differences] == ["head"]
    assert "0" in report.differences[0].en


@pytest.mark.django_db
def test_a_row_that_is_gone_before_it_had_a_position_holds_up_nobody() -> None:
    rows = write(3)
    with as_superuser() as cursor:
        cursor.execute("DELETE FROM core_auditentry WHERE id = %s", [rows[1].pk])
    assert sequence() == 2
    assert [(difference.what, str(rows[1].pk) in difference.en) for difference in check_log().differences] == [
        ("gone", True)
    ]


@pytest.mark.django_db
def test_asking_costs_one_statement_and_one_row() -> None:
    with CaptureQueriesContext(connection) as asked:
        ask_for_sequencing(by=BY, at=AT)
        ask_for_sequencing(by=BY, at=AT)
    assert len(asked) == 2
    assert ProcrastinateJob.objects.filter(task_name="timer.proofs.sequence").count() == 1
    write(3)
    assert work.run_waiting() >= 1
    assert TreeHead.objects.order_by("-size").values_list("size", flat=True)[0] == 3
    with pytest.raises(work.Unknown, match="declares the timer"):
        work.soon(name="proofs.nothing")


# --- many at once -----------------------------------------------------------------------------------------------------

WRITERS, EACH = 6, 40


@pytest.mark.django_db(transaction=True)
def test_writers_and_two_sequencers_at_once() -> None:
    stop = threading.Event()

    def writing(writer: int) -> None:
        try:
            for number in range(EACH):
                with transaction.atomic():
                    write(1 + number % 3, writer=writer)
                    if number % 7 == 0:
                        time.sleep(0.005)  # ids are given now, the commit comes later
                    if number % 5 == 0:
                        transaction.set_rollback(True)
        finally:
            connection.close()

    def sequencing() -> list[int]:
        counts = []
        try:
            while not stop.is_set():
                counts.append(sequence(most=17))
        finally:
            connection.close()
        return counts

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        sequencers = [pool.submit(sequencing) for _ in range(2)]
        for done in [pool.submit(writing, writer) for writer in range(WRITERS)]:
            done.result()
        stop.set()
        counts = [count for future in sequencers for count in future.result()]
    while count := sequence():
        counts.append(count)
    rows = AuditEntry.objects.count()
    assert rows == WRITERS * sum(1 + number % 3 for number in range(EACH) if number % 5) + 1
    assert sum(counts) == rows == Leaf.objects.count()
    assert not WaitingLeaf.objects.exists()
    positions = list(Leaf.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(rows))
    report = check_log()
    assert (report.count, report.leaves) == (0, rows)
    sizes = list(TreeHead.objects.order_by("size").values_list("size", flat=True))
    assert len(sizes) == len([count for count in counts if count])
    for earlier, after in pairwise(sizes):
        between(earlier=earlier, later=after)


@pytest.mark.django_db(transaction=True)
def test_a_row_with_a_smaller_id_that_is_committed_later_is_not_lost() -> None:
    begun, go = threading.Event(), threading.Event()

    def slow() -> int:
        try:
            with transaction.atomic():
                (row,) = write(1)
                begun.set()
                go.wait(timeout=30)
            return row.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(slow)
        begun.wait(timeout=30)
        (late,) = write(1)
        assert sequence() == 1
        go.set()
        first = early.result()
    assert first < late.pk
    sequence()
    order = dict(Leaf.objects.values_list("entry_id", "position"))
    assert (order[late.pk], set(order.values())) == (0, {0, 1, 2})
    assert check_log().count == 0


@pytest.mark.django_db(transaction=True)
def test_a_sequencer_whose_connection_is_cut_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    write(40)
    sequence(most=20)

    def cut(*arguments: Any, **facts: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_sign", cut)
        with pytest.raises(DatabaseError):
            sequence()
    connection.close()
    assert (Leaf.objects.count(), TreeHead.objects.count()) == (20, 1)
    sequence()
    assert check_log().count == 0


KILLED = """
import datetime, django
django.setup()
from mutualaid.proofs import actions
from mutualaid.core.actors import system
print("ready", flush=True)
at = datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)
while True:
    actions.sequence_leaves(by=system("proofs"), at=at, most=3)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_processes_that_are_killed_while_they_sequence() -> None:
    place = connection.settings_dict
    url = f"postgresql://{place['USER']}@/{place['NAME']}?host={place['HOST']}"
    environment = {**os.environ, "DATABASE_URL": url, "MUTUALAID_AS_OWNER": "0"}
    for round_ in range(8):
        write(60)
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED], env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.005 * round_)
        process.kill()
        process.wait()
        process.stdout.close()
    while sequence():
        pass
    assert waiting() == 0
    report = check_log()
    assert report.count == 0
    assert report.leaves == AuditEntry.objects.count() >= 480
