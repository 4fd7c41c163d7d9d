"""Tables of cover without names: so many places for whoever is on duty at a station, and who was found to have held one. Part of
``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.core.models import StoredFile
from mutualaid.core.money import MoneyField
from mutualaid.enrolment.states import GROUP_COVER, GROUP_PLACE
from mutualaid.people.models import Member


class GroupNumber(Func):
    """``J00000017``: numbers of covers of a group (集体保障)."""

    template = "'J' || lpad(nextval('enrolment_group_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class GroupCover(models.Model):
    """A station (an employer's unit) covers so many places for the term of its enrolment, whoever works there. Employer, version,
    option and days are those of the enrolment, by which it is billed; ``fee_amount`` is that of all places."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=GroupNumber())
    enrolment = models.OneToOneField("enrolment.Enrolment", models.PROTECT, related_name="group")
    places = models.PositiveIntegerField()
    fee_amount = MoneyField()
    state = models.CharField(max_length=10, choices=GROUP_COVER.choices, default=GROUP_COVER.first)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(GROUP_COVER.names)), name="group_state"),
            models.CheckConstraint(condition=Q(places__gt=0, fee_amount__gte=0), name="group_places"),
        )

    def __str__(self) -> str:
        return self.number


class GroupPlace(models.Model):
    """Something happened to somebody who worked at the station: its clerk names them, with the duty list of that day; somebody
    else at the office looks at it. Accepted, the person has the cover of one place for the whole term."""

    group = models.ForeignKey(GroupCover, models.PROTECT, related_name="named")
    member = models.ForeignKey(Member, models.PROTECT, related_name="group_places")
    happened_on = models.DateField()
    on_duty = models.PositiveIntegerField()
    """How many worked there on that day, by the list."""
    evidence = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    cover = models.OneToOneField("enrolment.Cover", models.PROTECT, null=True, related_name="group_place")
    state = models.CharField(max_length=10, choices=GROUP_PLACE.choices, default=GROUP_PLACE.first)
    named_at = models.DateTimeField()
    named_by = models.CharField(max_length=80)
    decided_by = models.CharField(max_length=80, blank=True)
    remark = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(GROUP_PLACE.names)), name="group_place_state"),
            models.CheckConstraint(condition=Q(on_duty__gt=0), name="group_place_on_duty"),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(cover__isnull=False) & ~Q(decided_by=F("named_by")),
                name="group_place_accepted_by_another",
            ),
            models.UniqueConstraint(
                fields=["group", "member"], condition=~Q(state="refused"), name="group_place_person_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.group_id} {self.member_id}"
