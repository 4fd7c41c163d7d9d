"""Nobody is covered by the record of a double that was merged."""

from typing import ClassVar

from django.db import migrations

from mutualaid.people.merged import nothing_new


class Migration(migrations.Migration):
    dependencies: ClassVar = [("enrolment", "0004_place_of_a_cover"), ("people", "0015_doubles")]
    operations: ClassVar = [nothing_new("enrolment_cover")]
