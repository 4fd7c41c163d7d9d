"""Every command of docs/api.md works as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools.check_docs import ROOT

if TYPE_CHECKING:
    from tests.web.conftest import Clock

COMMANDS = re.findall(
    r"^```sh\n(.*?)^```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.mark.django_db(transaction=True)
def test_the_commands_of_the_document_work(
    live_server: Any, web_clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    from tests.web import api_scene
    from tests.web.claims_scene import DAYS, with_claims

    api = api_scene.api()
    with_claims(api)
    web_clock.forward(days=DAYS)
    told = {"API": f"{live_server.url}/api/v1", "TOKEN": api.token, "PATH": os.environ["PATH"]}
    answers = []
    for command in COMMANDS:
        done = subprocess.run(["bash", "-c", command], env=told, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(done.stdout))
        name = "CLAIM" if answers[-1].get("number", "").startswith("L") else "ROSTER"
        told[name] = answers[-1].get("number", told.get(name, ""))
    members, since, plans, begun, filled, handed_in, read, sent, completed, stands, changed = answers
    assert len(members["items"]) == len(since["items"]) == 1
    assert len(plans["items"]) == 2
    assert sent == completed == stands
    assert (stands["state"], stands["lines"]) == ("first_review", None)
    assert [one["number"] for one in changed["items"]] == [sent["number"]]
    assert begun["state"] == "draft"
    assert filled["staged"] == {"rows": 1, "good": 1, "faulty": []}
    assert handed_in == read
    assert (read["state"], read["persons"], bool(read["bill"])) == ("accepted", 1, True)
