"""Who may see and do what with bills, statements and orders. Strangers are told "not found"."""

from __future__ import annotations

import datetime
import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from mutualaid.contributions.models import (
    Bill,
    ChannelRefund,
    Difference,
    FeeSplit,
    FiscalNote,
    Fund,
    Order,
    PayerKind,
    Payment,
    Receipt,
    Reconciliation,
    Refund,
    RefundPart,
    Statement,
    StatementLine,
    Subsidy,
)
from mutualaid.contributions.queries import Genuine, verify_receipt
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.people.access import NotFound, client_branches, employers_of_clerk, units_of_roles
from mutualaid.people.models import Employer, Level, Member, RoleName, Scope, Unit
from mutualaid.people.roles import account_of, branches_of_staff, in_branches

STATEMENT_FILE = "statement"
"""The kind of a stored file that is a bank's."""
SEE_BILLS = (RoleName.FINANCE, RoleName.ENROLMENT_CLERK, RoleName.SENIOR_REVIEWER)
"""Finance deals with bills; who takes rosters sees whether they are paid; who reads the books sees what entries come from."""


def bills_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Bill]:
    """Clerks: those that their employers pay. Members: their own. Finance and enrolment clerks: of their branches, and
    those that a union of their branch pays for others. A program that may read bills: of its branch."""
    if actor.kind is ActorKind.MEMBER:
        own = Member.objects.filter(account=account_of(actor=actor), account__is_active=True)
        return Bill.objects.filter(payer_member__in=own)
    if actor.kind is ActorKind.STAFF:
        return Bill.objects.filter(
            _of_employer(actor, on, "employer", SEE_BILLS) | _into_fund(actor, on, "fund") | _paid_by(actor, on, "")
        )
    if actor.kind is ActorKind.CLIENT:
        branches = client_branches(actor=actor, on=on, scope=Scope.READ_BILLS)
        return Bill.objects.filter(in_branches(branches=branches, column="employer__unit_path"))
    return Bill.objects.filter(_of_employer(actor, on, "employer", SEE_BILLS) | _into_fund(actor, on, "fund"))


def bill_for(*, actor: Actor, number: str, on: datetime.date) -> Bill:
    """A bill by its number. Raises NotFound."""
    seen = bills_visible_to(actor=actor, on=on).filter(number=number)
    # A union may pay for employers of other branches: whose bill it is, and for what, it is told with the bill.
    with within([EVERYTHING], reads=True):
        bill = seen.select_related("employer__unit", "fund", "enrolment__version", "subsidy", "payer_unit").first()
    if bill is None:
        raise NotFound("没有找到该账单，请核对账单编号", "no such bill was found; check the number")
    return bill


def bill_of_member(*, actor: Actor, number: str) -> Bill:
    """A bill that a member owes themself, to be looked at and paid. Raises NotFound."""
    found = None
    if actor.kind is ActorKind.MEMBER:
        own = Bill.objects.filter(payer_member__account=account_of(actor=actor), payer_member__account__is_active=True)
        found = own.filter(number=number).first()
    if found is None:
        raise NotFound("没有找到该账单，请核对账单编号", "no such bill was found; check the number")
    return found


def bill_to_pay(*, actor: Actor, cover: Cover) -> Bill | None:
    """What a member owes themself for a cover that waits for it; None where nothing is open."""
    if actor.kind is not ActorKind.MEMBER or cover.state != "pending":
        return None
    own = Bill.objects.filter(enrolment=cover.enrolment_id, payer_member=cover.member_id, state="issued")
    return own.filter(payer_member__account=account_of(actor=actor)).first()


def bill_to_deal_with(*, actor: Actor, number: str, on: datetime.date) -> Bill:
    """A bill that finance may cancel or match. Raises NotFound."""
    may = _of_employer(actor, on, "employer", (RoleName.FINANCE,)) | _into_fund(actor, on, "fund")
    bill = Bill.objects.filter(may, number=number).first()
    if bill is None or actor.kind is ActorKind.CLERK:  # clerks pay bills, they do not deal with them
        raise NotFound("没有找到该账单，请核对账单编号", "no such bill was found; check the number")
    return bill


def bills_paid_by(*, actor: Actor, on: datetime.date) -> QuerySet[Bill]:
    """Those that unions of somebody's branches pay for employers, wherever these are. To be read with what they are for, which
    may stand in other branches (``payer_queries``)."""
    return Bill.objects.filter(_paid_by(actor, on, ""))


def may_deal_with(*, actor: Actor, bill: Bill, on: datetime.date) -> bool:
    """Whether somebody is finance of a bill's fund or its employer's branch, and not only of a union that pays it."""
    may = _of_employer(actor, on, "employer", (RoleName.FINANCE,)) | _into_fund(actor, on, "fund")
    return actor.kind is not ActorKind.CLERK and Bill.objects.filter(may, pk=bill.pk).exists()


def receipts_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Receipt]:
    """Of the bills that somebody sees."""
    may = _of_employer(actor, on, "bill__employer", SEE_BILLS) | _into_fund(actor, on, "bill__fund")
    if actor.kind is ActorKind.STAFF:
        may |= _paid_by(actor, on, "bill__")
    return Receipt.objects.filter(may)


def receipt_held(*, check_code: str) -> Genuine:
    """What anybody who holds a receipt may compare with it: who has the code has the paper. Raises NotFound."""
    found = verify_receipt(check_code=check_code)
    if found is None:
        raise NotFound(
            "没有找到该核验码对应的收款凭证；请核对 16 位核验码，仍找不到的，凭证可能不是本平台开具",
            "no receipt has this check code; check its 16 letters: if none is found, the receipt is perhaps not ours",
        )
    return found


def receipt_for(*, actor: Actor, number: str, on: datetime.date) -> Receipt:
    """A receipt by its number, for whoever sees its bill. Raises NotFound."""
    seen = receipts_visible_to(actor=actor, on=on).filter(number=number)
    # As of a bill: what it is for, a union that pays for others is told with it.
    with within([EVERYTHING], reads=True):
        receipt = seen.select_related("bill__enrolment__version", "bill__fund", "bill__employer__unit").first()
    if receipt is None:
        raise NotFound("没有找到该收款凭证，请核对编号", "no such receipt was found; check the number")
    return receipt


def notes_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[FiscalNote]:
    """Fiscal notes of the bills that somebody sees."""
    return FiscalNote.objects.filter(_of_employer(actor, on, "receipt__bill__employer", SEE_BILLS))


def note_for(*, actor: Actor, number: str, on: datetime.date) -> FiscalNote:
    """A fiscal note by the number of our request, for whoever sees its bill. Raises NotFound."""
    seen = notes_visible_to(actor=actor, on=on).filter(number=number)
    note = seen.select_related("receipt__bill__fund__unit", "undoes", "face").first()
    if note is None:
        raise NotFound("没有找到该互助票据，请从列表进入", "no such fiscal note was found; go there from the list")
    return note


def note_to_deal_with(*, actor: Actor, number: str, on: datetime.date) -> FiscalNote:
    """A fiscal note of which finance decides. Raises NotFound."""
    note = note_for(actor=actor, number=number, on=on)
    bill_to_deal_with(actor=actor, number=note.receipt.bill.number, on=on)
    return note


def funds_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Fund]:
    """Finance: of the offices in their branches."""
    return Fund.objects.filter(_of_fund(actor, on, "unit__path"))


def fund_for(*, actor: Actor, code: str, on: datetime.date) -> Fund:
    """The fund of an office, by the unit's code. Raises NotFound."""
    fund = funds_visible_to(actor=actor, on=on).filter(unit__code=code).select_related("unit", "book").first()
    if fund is None:
        raise NotFound("没有找到该互助专户，请核对机构编码", "no such fund was found; check the office's code")
    return fund


def offices_without_fund(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """Offices in the branches of finance that have no dedicated account yet; employers' own unions have none."""
    offices = units_of_roles(actor=actor, on=on, roles=(RoleName.FINANCE,)).exclude(level=Level.GRASSROOTS)
    return offices.filter(fund=None).order_by("path")


def office_for_fund(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """An office for which finance may enter a dedicated account. Raises NotFound."""
    offices = units_of_roles(actor=actor, on=on, roles=(RoleName.FINANCE,)).exclude(level=Level.GRASSROOTS)
    office = offices.filter(code=code).first()
    if office is None:
        raise NotFound("没有找到该机构，请从列表选择", "no such office was found; choose one from the list")
    return office


def upload_for(*, actor: Actor, key: str, on: datetime.date) -> StoredFile:
    """A bank's file that finance brought and that is not imported yet. Raises NotFound."""
    told = _key(key)
    brought = StoredFile.objects.filter(by_kind=actor.kind, by_key=actor.key, kind=STATEMENT_FILE)
    file = brought.filter(key=told).first() if told and funds_visible_to(actor=actor, on=on).exists() else None
    if file is None or Statement.objects.filter(file=file).exists():
        raise NotFound(
            "没有找到待导入的流水文件：可能已导入，请从流水列表查看",
            "no such file waits to be imported: it is perhaps imported already; look at the list of statements",
        )
    return file


def statements_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Statement]:
    """Finance: of the funds in their branches."""
    return Statement.objects.filter(_of_fund(actor, on, "fund__unit__path"))


def statement_for(*, actor: Actor, key: str, on: datetime.date) -> Statement:
    """A statement by the key of its file. Raises NotFound."""
    seen = statements_visible_to(actor=actor, on=on).select_related("file", "fund")
    told = _key(key)
    statement = seen.filter(file__key=told).first() if told else None
    if statement is None:
        raise NotFound("没有找到该流水文件，请从列表进入", "no such statement was found; go there from the list")
    return statement


def lines_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[StatementLine]:
    """Finance: of the funds in their branches."""
    return StatementLine.objects.filter(_of_fund(actor, on, "fund__unit__path"))


def line_for(*, actor: Actor, fund: str, serial: str, on: datetime.date) -> StatementLine:
    """A line by the code of the fund's office and the bank's serial. Raises NotFound."""
    seen = lines_visible_to(actor=actor, on=on).select_related("fund__book")
    line = seen.filter(fund__unit__code=fund, serial=serial).first()
    if line is None:
        raise NotFound("没有找到该笔流水，请从列表进入", "no such line was found; go there from the list")
    return line


def orders_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Order]:
    """Whoever sees the bill; but staff other than finance have no business with orders."""
    may = _of_employer(actor, on, "bill__employer", (RoleName.FINANCE,))
    return Order.objects.filter(may | _into_fund(actor, on, "bill__fund"))


def order_for(*, actor: Actor, number: str, on: datetime.date) -> Order:
    """An order by its number. Raises NotFound."""
    order = orders_visible_to(actor=actor, on=on).filter(number=number).select_related("bill").first()
    if order is None:
        raise NotFound("没有找到该支付订单，请核对编号", "no such order was found; check the number")
    return order


def payments_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Payment]:
    """Finance: of the funds in their branches."""
    return Payment.objects.filter(_of_fund(actor, on, "fund__unit__path"))


def payment_for(*, actor: Actor, fund: str, serial: str, on: datetime.date) -> Payment:
    """A payment by the code of the fund's office and the bank's serial or our order's number. Raises NotFound."""
    by_source = Q(line__serial=serial) | Q(order__number=serial) | Q(difference__number=serial)
    seen = payments_visible_to(actor=actor, on=on).select_related("fund__book")
    payment = seen.filter(by_source, fund__unit__code=fund).first()
    if payment is None:
        raise NotFound("没有找到该笔到账，请从列表进入", "no such payment was found; go there from the list")
    return payment


def channel_refunds_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[ChannelRefund]:
    """Finance: of the funds in their branches."""
    return ChannelRefund.objects.filter(_of_fund(actor, on, "payment__fund__unit__path"))


def channel_refund_for(*, actor: Actor, number: str, on: datetime.date) -> ChannelRefund:
    """A refund at a channel by its number. Raises NotFound."""
    seen = channel_refunds_visible_to(actor=actor, on=on).select_related("payment__order")
    refund = seen.filter(number=number).first()
    if refund is None:
        raise NotFound("没有找到该笔原路退款，请核对编号", "no such refund at a channel was found; check the number")
    return refund


def reconciliations_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Reconciliation]:
    """Finance: of the funds in their branches."""
    return Reconciliation.objects.filter(_of_fund(actor, on, "fund__unit__path"))


def reconciliation_for(*, actor: Actor, channel: str, day: datetime.date, on: datetime.date) -> Reconciliation:
    """A channel's day. Raises NotFound."""
    found = reconciliations_visible_to(actor=actor, on=on).filter(channel=channel, day=day).first()
    if found is None:
        raise NotFound(
            "没有找到该渠道当日的对账，请从列表进入", "this day of the channel was not found; go there from the list"
        )
    return found


def differences_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Difference]:
    """Finance: of the funds in their branches."""
    return Difference.objects.filter(_of_fund(actor, on, "reconciliation__fund__unit__path"))


def difference_for(*, actor: Actor, number: str, on: datetime.date) -> Difference:
    """A difference by its number. Raises NotFound."""
    seen = differences_visible_to(actor=actor, on=on).select_related("reconciliation", "order", "refund")
    found = seen.filter(number=number).first()
    if found is None:
        raise NotFound("没有找到该笔对账差异，请从列表进入", "no such difference was found; go there from the list")
    return found


def refunds_visible_to(*, actor: Actor, on: datetime.date, text: str = "") -> QuerySet[Refund]:
    """Finance: of the funds in their branches. ``text``: a number of refund, bill or cover, the bank's serial of the money, or a
    part of the payer's name."""
    seen = Refund.objects.filter(_of_fund(actor, on, "fund__unit__path"))
    if not text:
        return seen
    wanted = Q(number__iexact=text) | Q(bill__number__iexact=text) | Q(request__number__iexact=text)
    wanted |= Q(Exists(RefundPart.objects.filter(refund=OuterRef("pk"), cover__number__iexact=text)))
    wanted |= Q(payment__line__serial__iexact=text) | Q(payment__line__payer_name__icontains=text)
    return seen.filter(wanted | Q(bill__payer_name__icontains=text))


def refund_for(*, actor: Actor, number: str, on: datetime.date) -> Refund:
    """A refund by its number. Raises NotFound."""
    seen = refunds_visible_to(actor=actor, on=on).select_related(
        "bill", "request", "payment__line", "payment__order", "fund__unit", "online__order", "channel_refund"
    )
    refund = seen.filter(number=number).first()
    if refund is None:
        raise NotFound("没有找到该笔退费，请从列表进入", "no such refund was found; go there from the list")
    return refund


# --- who bears the fee ------------------------------------------------------------------------------------------------


def subsidies_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Subsidy]:
    """Who sees bills: programmes of offices in their branches, and those that a union of their branch pays."""
    seen = _within(actor, on, "office__path", SEE_BILLS) | _within(actor, on, "payer_unit__path", SEE_BILLS)
    return Subsidy.objects.filter(seen).select_related("office", "payer_unit").order_by("-id")


def subsidies_paid_by(*, actor: Actor, on: datetime.date) -> QuerySet[Subsidy]:
    """Programmes that unions of somebody's branches pay, of whichever office."""
    paid = Subsidy.objects.filter(_within(actor, on, "payer_unit__path", SEE_BILLS))
    return paid.select_related("office", "payer_unit").order_by("-id")


def subsidy_for(*, actor: Actor, number: str, on: datetime.date) -> Subsidy:
    """A programme by its number. Raises NotFound."""
    return _the_subsidy(subsidies_visible_to(actor=actor, on=on), number)


def subsidy_to_deal_with(*, actor: Actor, number: str, on: datetime.date) -> Subsidy:
    """A programme that finance of its office may end. Raises NotFound."""
    return _the_subsidy(Subsidy.objects.filter(_within(actor, on, "office__path", (RoleName.FINANCE,))), number)


def _the_subsidy(among: QuerySet[Subsidy], number: str) -> Subsidy:
    # The office of a programme may stand outside the branches of the union that pays it.
    with within([EVERYTHING], reads=True):
        found = among.filter(number=number).first()
    if found is None:
        raise NotFound("没有找到该补贴，请从列表进入", "no such programme was found; go there from the list")
    return found


def splits_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[FeeSplit]:
    """Rules in force on who bears the fee, of the branches of whoever sees bills."""
    rules = FeeSplit.objects.filter(_within(actor, on, "unit__path", SEE_BILLS), until_on=None)
    return rules.select_related("unit", "version").prefetch_related("parts__payer_unit").order_by("unit__path", "id")


def units_to_rule(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """Units for whose employers finance says who bears the fee, from the top down."""
    return units_of_roles(actor=actor, on=on, roles=(RoleName.FINANCE,)).order_by("path")


def unit_to_rule(*, actor: Actor, code: str, on: datetime.date) -> Unit:
    """One of them by its code. Raises NotFound."""
    found = units_to_rule(actor=actor, on=on).filter(code=code).first()
    if found is None:
        raise NotFound("没有找到该工会或办事处，请核对代码", "no such unit was found; check its code")
    return found


def paying_union(*, code: str) -> Unit:
    """A union that bears a part, wherever it stands: its name is no secret. Raises NotFound."""
    with within([EVERYTHING], reads=True):
        found = Unit.objects.filter(code=code).first()
    if found is None:
        raise NotFound("没有找到出资的工会，请核对代码", "no union with this code was found; check it")
    return found


def _of_employer(actor: Actor, on: datetime.date, column: str, roles: tuple[RoleName, ...]) -> Q:
    """Rows of bills by employer: those that a clerk's own one pays, or one that became part of it; or those in the branches of
    roles."""
    if actor.kind is ActorKind.SYSTEM:
        return Q()
    if actor.kind is ActorKind.CLERK:
        payer = f"{column.removesuffix('employer')}payer_kind"
        return Q(**{f"{column}__in": employers_of_clerk(actor=actor), payer: PayerKind.EMPLOYER})
    # Not by a join: where the second fence hides the employer, a join would lose the bill that a union elsewhere pays.
    return Q(**{f"{column}__in": Employer.objects.filter(_within(actor, on, "unit_path", roles)).values("pk")})


def _paid_by(actor: Actor, on: datetime.date, before: str) -> Q:
    """Bills that unions of the branches pay, wherever the employer stands."""
    unions = Unit.objects.filter(_within(actor, on, "path", SEE_BILLS))
    return Q(**{f"{before}payer_unit__in": unions.values("pk")})


def _into_fund(actor: Actor, on: datetime.date, column: str) -> Q:
    """Bills that finance of a fund's office collects, wherever the employer has gone since."""
    if actor.kind is ActorKind.SYSTEM:
        return Q()
    offices = Unit.objects.filter(_within(actor, on, "path", (RoleName.FINANCE,)))
    return Q(**{f"{column}__in": offices.values("pk")})  # a fund's key is its office's


def _of_fund(actor: Actor, on: datetime.date, column: str) -> Q:
    return Q() if actor.kind is ActorKind.SYSTEM else _within(actor, on, column, (RoleName.FINANCE,))


def _within(actor: Actor, on: datetime.date, column: str, roles: tuple[RoleName, ...]) -> Q:
    return in_branches(branches=branches_of_staff(actor=actor, on=on, roles=roles), column=column)


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
