"""The page that says whether a document is ours, the published heads and key, and the proofs of the audit trail."""

from __future__ import annotations

import datetime
import hashlib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mutualaid.core.actors import system
from mutualaid.core.audit import record_all
from mutualaid.people.models import Account, RoleName
from mutualaid.proofs import actions as limits
from mutualaid.proofs.actions import TooManyAskings, count_asking, forget_askings, sequence_leaves
from mutualaid.proofs.heads import fingerprint, read_head, read_pem
from mutualaid.proofs.models import Asking, Leaf, TreeHead
from mutualaid.proofs.paper import with_proof
from mutualaid.proofs.signing import signing_key
from mutualaid.proofs.tree import consistent
from mutualaid.proofs.verifying import verify
from mutualaid.web.common import clock
from mutualaid.web.common.middleware import SHORTER
from tests.people import cast as people
from tests.people.cast import AT, BY
from tests.proofs.test_documents_proven import content_for, letter, proof_for, proven
from tests.proofs.trail import as_superuser
from tests.web.cast import Web, sign_in_as
from tests.web.pages_proofs import issued, proof_address, proven_letter, uploaded

pytestmark = pytest.mark.django_db


def brought(web: Web, content: bytes, name: str = "a.pdf", **headers: Any) -> tuple[int, str]:
    """What is said of a file."""
    answer = web.client("anonymous").post(reverse("common:proofs"), uploaded(content, name), **headers)
    return answer.status_code, answer.content.decode()


def test_a_letter_of_ours_is_told_so_in_both_languages(web: Web) -> None:
    content = proven_letter(web)
    status, page = brought(web, content)
    assert status == 200
    assert "一个字节也没有改过" in page
    assert "都是本平台的" in page
    assert "没有给出公钥" not in page  # it is our own key that was asked
    client = web.client("anonymous")
    client.cookies["language"] = "en"
    english = client.post(reverse("common:proofs"), uploaded(content)).content.decode()
    assert "the decision letter L00000017 as it was issued" in english
    assert "both are ours" in english


def test_what_does_not_hold_is_told(web: Web) -> None:
    content = proven_letter(web)
    assert "文件被改动" in brought(web, b"X" + content[1:])[1]
    assert "文件里没有证明" in brought(web, letter())[1]
    assert "文件不完整" in brought(web, content[:-40])[1]
    assert "不是用本系统的密钥签的" in brought(web, proven())[1]
    assert "没有通过核验" in brought(web, b"\x00" * 3000)[1]


def test_a_head_that_our_key_signed_and_our_log_does_not_have(web: Web) -> None:
    issued(web)
    key = signing_key()
    other = with_proof(body=letter(), proof=proof_for(content_for(letter()), key=key))
    assert verify(other, key=key.public_key()).good
    assert "日志头不在本系统的日志里" in brought(web, other)[1]


def test_a_key_of_the_same_name_is_not_enough(web: Web) -> None:
    issued(web)
    content = with_proof(body=letter(), proof=proof_for(content_for(letter()), key=Ed25519PrivateKey.generate()))
    page = brought(web, content)[1]
    assert "证明成立" not in page
    assert "没有通过核验" in page


def test_files_that_are_none_or_too_long_stay_outside(web: Web) -> None:
    answer = web.client("anonymous").post(reverse("common:proofs"), {})
    assert answer.status_code == 422
    status, page = brought(web, b"%PDF" + bytes(5 * 2**20))
    assert (status, "最大 5 MB" in page) == (422, True)
    assert brought(web, b"", "empty.pdf")[0] == 422


def test_an_empty_log_says_so(web: Web) -> None:
    with as_superuser() as cursor:
        cursor.execute("DELETE FROM proofs_treehead; DELETE FROM proofs_publickey")
    page = web.client("anonymous").get(reverse("common:proofs")).content.decode()
    assert "还没有签署过日志头" in page
    assert web.client("anonymous").get(reverse("common:proof_key")).status_code == 404
    assert web.client("anonymous").get(reverse("common:proof_heads")).json()["heads"] == []


def test_the_key_and_the_heads_are_enough_to_check(web: Web) -> None:
    issued(web)
    for count in (1, 5, 17):
        record_all(what="registered", rows=[(Account(pk=1), {"n": n}) for n in range(count)], by=BY, at=AT)
        sequence_leaves(by=system("proofs"), at=AT)
    client = web.client("anonymous")
    pem = client.get(reverse("common:proof_key"))
    assert "attachment" in pem["Content-Disposition"]
    key = read_pem(pem.content.decode())
    told = client.get(reverse("common:proof_heads")).json()
    assert [fingerprint(read_pem(one["pem"])) for one in told["keys"]] == [fingerprint(key)]
    heads = told["heads"]
    assert len(heads) == 4
    for later, earlier in pairwise(heads):
        assert read_head(later["text"]).signed_by(key, bytes.fromhex(later["signature"]))
        adds = later["adds_to"]
        assert adds["size"] == earlier["size"]
        assert consistent(
            earlier=earlier["size"],
            earlier_root=bytes.fromhex(earlier["root"]),
            later=later["size"],
            later_root=bytes.fromhex(later["root"]),
            path=[bytes.fromhex(step) for step in adds["path"]],
        )
    assert "adds_to" not in heads[-1]
    asked = client.get(reverse("common:proof_heads"), {"earlier": heads[-1]["size"]}).json()["heads"]
    assert [head["size"] for head in asked] == [heads[0]["size"], heads[-1]["size"]]
    for bad in ("0", "x", "999999", "9" * 40, "-1"):
        assert client.get(reverse("common:proof_heads"), {"earlier": bad}).status_code == 400


def test_the_page_asks_little_of_a_long_log(web: Web) -> None:
    issued(web)
    for _ in range(12):
        record_all(what="registered", rows=[(Account(pk=1), {"n": n}) for n in range(40)], by=BY, at=AT)
        sequence_leaves(by=system("proofs"), at=AT)
    content = proven_letter(web)
    client = web.client("anonymous")
    for ask in (
        lambda: client.get(reverse("common:proofs")),
        lambda: client.post(reverse("common:proofs"), uploaded(content)),
        lambda: client.get(reverse("common:proof_heads")),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert ask().status_code == 200
        assert len(asked) <= 12


def test_the_trail_shows_positions_and_gives_proofs(web: Web) -> None:
    entry = issued(web)
    client = web.client("audit_admin")
    page = client.get(reverse("workbench:audit"), {"since": "2025-01-01"}).content.decode()
    assert proof_address(web) in page
    assert f"第 {Leaf.objects.get(entry=entry).position} 号" in page
    assert "存证日志" in page
    answer = client.get(proof_address(web))
    assert answer["Content-Disposition"].startswith("attachment")
    verdict = verify(answer.content, key=signing_key().public_key())
    assert verdict.good
    assert verdict.entry["detail"]["sha256"] == hashlib.sha256(letter()).hexdigest()
    assert "这是一条记录的证明" in brought(web, answer.content, "proof.json")[1]


def test_a_row_without_a_position_waits(web: Web) -> None:
    issued(web)
    record_all(what="registered", rows=[(Account(pk=1), {})], by=web.actor("reviewer"), at=AT)
    page = web.client("audit_admin").get(reverse("workbench:audit"), {"since": "2025-01-01"}).content.decode()
    assert "待排位" in page
    size = TreeHead.objects.order_by("-size")[0].size
    for position in (size, 10**18, 2**63):
        address = reverse("workbench:audit_proof", args=[position])
        assert web.client("audit_admin").get(address).status_code == 404


def test_an_administrator_of_another_branch_finds_nothing(web: Web) -> None:
    far = people.staff("审计乙", web.people.other_city, RoleName.AUDIT_ADMIN)
    client = web.client("anonymous")
    address = proof_address(web)
    sign_in_as(client, far.account, web.accounts["audit_admin"][1])
    assert client.get(address).status_code == 404


def test_so_many_documents_are_verified_for_one_network(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ASKINGS_MOST", 3)
    monkeypatch.setattr(clock, "now", lambda: AT)
    content = proven_letter(web)
    for _ in range(3):
        assert brought(web, content, REMOTE_ADDR="198.51.100.7")[0] == 200
    client = web.client("anonymous")
    refused = client.post(reverse("common:proofs"), uploaded(content), REMOTE_ADDR="198.51.100.7")
    assert (refused.status_code, refused["Retry-After"]) == (429, "600")
    page = refused.content.decode()
    assert "最多核验 3 份" in page
    assert "10 分钟后再试" in page
    assert "mutualaid proof verify" in page
    assert 'type="file"' in page, "the form stays"
    assert brought(web, content, REMOTE_ADDR="198.51.100.8")[0] == 200, "another network"
    assert client.get(reverse("common:proofs"), REMOTE_ADDR="198.51.100.7").status_code == 200, "reading is free"
    monkeypatch.setattr(clock, "now", lambda: AT + limits.ASKINGS_WITHIN)
    assert brought(web, content, REMOTE_ADDR="198.51.100.7")[0] == 200


def test_the_network_is_what_our_proxy_says(web: Web, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ASKINGS_MOST", 1)
    content = proven_letter(web)

    def asked(**headers: str) -> int:
        return brought(web, content, **headers)[0]

    assert asked(REMOTE_ADDR="198.51.100.9", HTTP_X_FORWARDED_FOR="203.0.113.1") == 200
    assert asked(REMOTE_ADDR="198.51.100.9", HTTP_X_FORWARDED_FOR="203.0.113.2") == 429, (
        "without a proxy anybody may write it"
    )
    settings.BEHIND_PROXY = True
    proxied = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}
    assert asked(**proxied, HTTP_X_FORWARDED_FOR="9.9.9.9, 203.0.113.3") == 200
    assert asked(**proxied, HTTP_X_FORWARDED_FOR="8.8.8.8, 203.0.113.3") == 429
    assert asked(**proxied, HTTP_X_FORWARDED_FOR="2001:db8:1:2::1") == 200
    assert asked(**proxied, HTTP_X_FORWARDED_FOR="2001:db8:1:2:ffff::9") == 429, "the same household"
    assert asked(**proxied, HTTP_X_FORWARDED_FOR="2001:db8:1:3::1") == 200
    kept = Asking.objects.values_list("address_hash", flat=True)
    assert all(len(one) == 64 and "." not in one for one in kept), "no address is kept"


def test_a_document_that_is_far_too_long_is_refused_unread(web: Web) -> None:
    kind, most = SHORTER["/proofs"]
    form = "multipart/form-data; boundary=x"
    answer = web.client("anonymous").generic("POST", reverse("common:proofs"), b"", form, CONTENT_LENGTH=str(most + 1))
    assert (answer.status_code, kind) == (413, "document_too_large")
    page = answer.content.decode()
    assert "最大 5 MB" in page
    assert "PDF 原文件" in page


def test_old_counts_go(web: Web) -> None:
    brought(web, b"x" * 100)
    assert forget_askings(by=BY, at=web.at) == 0
    Asking.objects.update(begun_at=AT - datetime.timedelta(days=2))
    assert forget_askings(by=BY, at=AT) == 1
    assert not Asking.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_processes_count_together() -> None:
    def ask(_: int) -> bool:
        try:
            count_asking(address="198.51.100.7", by=BY, at=AT)
        except TooManyAskings:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(60))) == limits.ASKINGS_MOST
