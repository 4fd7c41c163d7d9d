"""Who sees which rows of claims, told to PostgreSQL.

A claim itself is seen in its branch (an employer's clerk too: number, state and days) and by its member. What it tells of health,
money or papers is seen by offices, which are told a branch above the employer's, and by the member; by whoever wrote it for the
member only until it is filed: then it is sealed to them. Returned for papers, they read again what they wrote, not what the
office computed and remarked (``0012_seal_decisions``), nor pages that it had in hands (``access.paper_for``).
"""

from __future__ import annotations

from django.db import migrations

from mutualaid.core.row_security import SELF, TOLD_PATHS, fenced

# As the owner, so that one look at the claim decides, without its own fence on the way.
FUNCTION = """
CREATE FUNCTION claims_may_read(claim bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM claims_claim c WHERE c.id = claim AND (
            c.unit_path ^@ ANY (core_told_paths()) AND c.unit_path <> ALL (core_told_paths())
            OR c.member_id = core_self()
            OR c.state IN ('draft', 'returned') AND core_is_holder(c.by_kind, c.by_key)))
$$
"""
UNDO = "DROP FUNCTION claims_may_read(bigint)"
_IN_BRANCH = f"unit_path ^@ ANY ({TOLD_PATHS})"
_OF_CLAIM = "EXISTS (SELECT FROM claims_claim c WHERE c.id = claim_id)"  # itself under its fence
_OF_MEMBER = f"member_id = {SELF} OR EXISTS (SELECT FROM people_member m WHERE m.id = member_id)"  # nosec B608
_OF_ASSESSMENT = "EXISTS (SELECT FROM claims_assessment a WHERE a.id = assessment_id)"
_STAFF = "EXISTS (SELECT FROM people_staff s WHERE s.id = staff_id)"
SEALED = (
    "particulars",
    "expenseline",
    "claimpaper",
    "paperswanted",
    "assessment",
    "consumption",
    "reviewtask",
    "letter",
)
"""Tables whose rows belong to a claim and are sealed to the employer."""


def fences() -> list[migrations.RunSQL]:
    """The steps of the migration."""
    return [
        migrations.RunSQL(FUNCTION, UNDO),
        fenced("claims_claim", f"{_IN_BRANCH} OR member_id = {SELF}"),
        *(fenced(f"claims_{table}", "claims_may_read(claim_id)") for table in SEALED),
        fenced("claims_assessmentline", _OF_ASSESSMENT),
        fenced("claims_claimnote", "claims_may_read(claim_id)"),
        fenced("claims_confirmation", _OF_CLAIM),
        fenced("claims_opening", _OF_MEMBER),
        fenced("claims_callnote", _OF_MEMBER),
    ]
