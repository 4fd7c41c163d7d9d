"""The books: accounts, entries and their postings. Rows are only ever added; PostgreSQL refuses all else (see the migration)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from mutualaid.core.money import MoneyField
from mutualaid.ledger.chart import CHART
from mutualaid.ledger.lines import AccountKey, Period
from mutualaid.people.models import Unit


class Book(models.Model):
    """The books of one fund: money that is kept apart and spent only on benefits. Those of an office are read in its branch;
    without one, where everything is seen."""

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=100)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="books")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class LedgerAccount(models.Model):
    """An account of the chart in one book, split by the dimensions that the chart names. Made when first posted to."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="accounts")
    code = models.CharField(max_length=10)
    plan = models.CharField(max_length=64, blank=True)
    period_from_on = models.DateField(null=True)
    period_until_on = models.DateField(null=True)
    unit = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["book", "code", "plan", "period_from_on", "period_until_on", "unit"],
                nulls_distinct=False,
                name="ledger_account_once",
            ),
            # A code that the chart lacks (running costs, say) is refused by the database too.
            models.CheckConstraint(condition=Q(code__in=list(CHART)), name="ledger_account_in_chart"),
            models.CheckConstraint(
                condition=Q(period_from_on__isnull=True, period_until_on__isnull=True)
                | Q(period_from_on__isnull=False, period_until_on__gt=F("period_from_on")),
                name="ledger_account_period",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {CHART[self.code].zh}"

    @property
    def key(self) -> AccountKey:
        """The account as lines name it."""
        period = None
        if self.period_from_on is not None and self.period_until_on is not None:
            period = Period(self.period_from_on, self.period_until_on)
        return AccountKey(self.code, self.plan, period, self.unit)


class Entry(models.Model):
    """A balanced entry (分录). ``subject`` is the row that it came from (``contributions.bill:17``), ``event`` what happened
    to it; together they are booked once only. The voucher's number, given at closing, will be a row of its own, since a row
    here never changes."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="entries")
    posted_on = models.DateField()
    posted_at = models.DateTimeField()
    text = models.CharField(max_length=200)
    subject = models.CharField(max_length=128)
    event = models.CharField(max_length=64)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversal")
    written_in = models.BigIntegerField(db_default=models.Func(function="txid_current"), editable=False)
    """The transaction that wrote it: only there may it be given postings."""

    class Meta:
        indexes = (models.Index(fields=["book", "posted_on", "id"], name="ledger_entry_by_day"),)
        constraints = (
            models.UniqueConstraint(fields=["book", "subject", "event"], name="ledger_event_once"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(event=""), name="ledger_event_named"),
        )

    def __str__(self) -> str:
        return f"{self.posted_on} {self.text} {self.subject}"


class Posting(models.Model):
    """One line of an entry. Debit positive, credit negative, never zero. ``book_id`` is the entry's, written by the database: by
    it rows are fenced."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="postings")
    amount = MoneyField()
    book_id = models.BigIntegerField(editable=False, db_default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(amount=0), name="ledger_posting_not_zero"),)

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount}"
