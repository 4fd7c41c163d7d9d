"""Row-level security of claims, encrypted columns, and tables that only grow."""

from django.db import migrations

from mutualaid.claims.fences import fences
from mutualaid.core.append_only import append_only
from mutualaid.core.encryption import only_encrypted


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("claims", "0001_reviewing"), ("people", "0010_clients"), ("core", "0003_own_rows")]

    operations = [
        only_encrypted("claims_particulars", "facts", "account_number", "applicant", "reason"),
        only_encrypted("claims_paperswanted", "text"),
        only_encrypted("claims_assessmentline", "working"),
        only_encrypted("claims_reviewtask", "text", "answer"),
        only_encrypted("claims_claimnote", "text"),
        only_encrypted("claims_callnote", "text"),
        append_only("claims_assessment"),
        append_only("claims_assessmentline"),
        append_only("claims_consumption"),
        append_only("claims_opening"),
        append_only("claims_claimnote"),
        append_only("claims_callnote"),
        append_only("claims_confirmation"),
        *fences(),
    ]
