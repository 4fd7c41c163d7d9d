"""Row-level security of take-overs, and the encrypted column of their rows."""

from django.db import migrations

from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import fenced, secured


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("takeover", "0001_initial"), ("people", "0010_clients"), ("core", "0003_own_rows")]

    operations = [
        only_encrypted("takeover_takeoverrow", "content"),
        secured("takeover_takeover", "(SELECT u.path FROM people_unit u WHERE u.id = office_id)"),
        # Itself under its fence.
        fenced("takeover_takeoverrow", "EXISTS (SELECT FROM takeover_takeover t WHERE t.id = takeover_id)"),
    ]
