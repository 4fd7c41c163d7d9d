"""Doubles for the tests of merging: a second record of the member, and the two who merge."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.claims.actions.merging import Paper, confirm_merge, propose_merge
from mutualaid.claims.models import Merge
from mutualaid.core.actors import Actor
from mutualaid.people.models import Employer, Member, RoleName, Staff
from tests.claims.scene import Scene, actor
from tests.people.cast import member, staff

PAPER = Paper("户口簿.png", b"\x89PNG\r\n\x1a\n" + b"0" * 64)
REASON = "同一人，身份证和旧号码各登记一次"


@dataclass
class Double:
    """The scene, the member with her double, who proposes and who decides."""

    scene: Scene
    kept: Member
    merged: Member
    proposer: Staff
    decider: Staff

    @property
    def proposing(self) -> Actor:
        """As an actor."""
        return actor(self.proposer)

    @property
    def deciding(self) -> Actor:
        """As an actor."""
        return actor(self.decider)

    def propose(self, by: Actor | None = None) -> Merge:
        """With reason and paper."""
        return propose_merge(
            kept=self.kept, merged=self.merged, reason=REASON, paper=PAPER, by=by or self.proposing, at=self.scene.now()
        )

    def merge(self) -> Merge:
        """Proposed and confirmed."""
        done = confirm_merge(merge=self.propose(), by=self.deciding, at=self.scene.now())
        self.kept.refresh_from_db()
        self.merged.refresh_from_db()
        return done


def double(scene: Scene, *, at: Employer | None = None, order: int = 302) -> Double:
    """The member was registered again at another employer, by another number."""
    return Double(
        scene,
        scene.lin,
        member(at or scene.cast.yard, order, "林小禾", "13900000077"),
        staff("参保辛", scene.cast.city, RoleName.ENROLMENT_CLERK),
        staff("参保壬", scene.cast.city, RoleName.ENROLMENT_CLERK),
    )
