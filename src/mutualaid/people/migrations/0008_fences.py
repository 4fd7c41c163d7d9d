"""Row-level security of people; the triggers that keep what it compares."""

from django.db import migrations

from mutualaid.core.encryption import only_encrypted
from mutualaid.people.fences import fences


class Migration(migrations.Migration):
    dependencies = [("core", "0003_own_rows"), ("people", "0007_search_and_numbers")]

    operations = [*fences(), only_encrypted("people_employerapplication", "contact_phone")]
