"""The rivals in SQL: what a good programmer would write by hand for this one plan, from Parquet to Parquet, with whole fen.

- ``BARE``: the reimbursement only: deductible, brackets, cap of the period by a running sum; nothing is checked
- ``LINES``: the same rows as ours, in the same order: both benefits, gates, the bill's identities, reasons, provisional lines

Everybody has one cover here, no stay is reversed or continued, and no sum passes 64 bits; the plan language knows all that.
"""

from __future__ import annotations

import duckdb

FEN = "CREATE MACRO fen(yuan) AS CAST(CAST(yuan AS DECIMAL(15, 2)) * CAST(100 AS DECIMAL(3, 0)) AS BIGINT)"
YUAN = "CREATE MACRO yuan(fen) AS CAST(CAST(fen AS DECIMAL(15, 0)) * CAST(0.01 AS DECIMAL(3, 2)) AS DECIMAL(18, 2))"
RATED = """CREATE MACRO rated(self_paid) AS (
    30 * least(greatest(self_paid - 100000, 0), 1000000)
    + 40 * greatest(least(self_paid - 100000, 3000000) - 1000000, 0)
    + 60 * greatest(least(self_paid - 100000, 5000000) - 3000000, 0)
    + 95 * greatest(self_paid - 5100000, 0) + 50) // 100"""

BARE = """
COPY (
    WITH stays AS (
        SELECT file_row_number AS place, "case", event, rated(coalesce(fen(self_paid), 0)) AS rated
        FROM read_parquet('{source}', file_row_number = true) WHERE event IS NOT NULL
    ), summed AS (
        SELECT *, sum(rated) OVER (PARTITION BY "case" ORDER BY place) AS upto FROM stays
    )
    SELECT "case", event, yuan(least(upto, 100000000) - least(upto - rated, 100000000)) AS amount FROM summed
) TO '{sink}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
"""

LINES = """
COPY (
    WITH rows AS (
        SELECT * FROM read_parquet('{source}', file_row_number = true)
    ), persons AS (
        SELECT "case", cover_from, cover_until,
            member_employment <> 'in_service' AS wrong_employment, member_employment IS NULL AS no_employment,
            member_basic_insurance <> 'employee' AS wrong_insurance, member_basic_insurance IS NULL AS no_insurance
        FROM rows WHERE cover_plan IS NOT NULL
    ), bills AS (
        SELECT file_row_number AS place, "case", event, started_on, ended_on, fen(self_paid) AS own, fen(total) AS total,
            fen(coalesce(basic_deductible, 0)) + fen(coalesce(copay, 0)) + fen(coalesce(above_ceiling, 0))
                + fen(coalesce(pre_self_paid, 0)) + fen(coalesce(over_limit, 0)) AS parts,
            basic_deductible IS NOT NULL AND copay IS NOT NULL AND above_ceiling IS NOT NULL
                AND pre_self_paid IS NOT NULL AND over_limit IS NOT NULL AS all_parts,
            coalesce(basic_deductible, copay, above_ceiling, pre_self_paid, over_limit) IS NOT NULL AS any_parts,
            fen(coalesce(fund_paid, 0)) + fen(coalesce(supplement_paid, 0)) + fen(coalesce(medical_aid_paid, 0)) AS others,
            fund_paid IS NOT NULL AND supplement_paid IS NOT NULL AND medical_aid_paid IS NOT NULL AS all_others,
            fen(coalesce(hospital_borne, 0)) AS hospital, fen(coalesce(out_of_scope, 0)) AS outside,
            out_of_scope IS NOT NULL AS knows_outside,
            fen(coalesce(account_paid, 0)) + fen(coalesce(cash_paid, 0)) AS purses,
            account_paid IS NOT NULL AND cash_paid IS NOT NULL AS both_purses, fen(coalesce(other_aid_paid, 0)) AS aid
        FROM rows WHERE event IS NOT NULL
    ), sums AS (
        SELECT *, CASE WHEN all_parts THEN coalesce(own, parts) ELSE own END AS self_paid,
            coalesce(own, parts) AS at_least, coalesce(own, parts) + outside AS borne FROM bills
    ), checked AS (
        SELECT *, self_paid IS NOT NULL AND knows_outside AS whole,
            abs(others + borne - total) <= 1 AS without, abs(others + borne + hospital - total) <= 1 AS with_hospital
        FROM sums
    ), burdens AS (
        SELECT *,
            borne - CASE WHEN whole AND all_others AND without AND NOT with_hospital THEN hospital ELSE 0 END AS burden,
            own IS NOT NULL AND any_parts AND CASE WHEN all_parts THEN abs(parts - own) > 1 ELSE parts > own + 1 END
            OR total IS NOT NULL AND (
                CASE WHEN whole AND all_others THEN NOT (without OR with_hospital) ELSE others + borne > total + 1 END
                OR hospital > total + 1 OR others + purses > total + 1) AS disagrees
        FROM checked
    ), events AS (
        SELECT b.*,
            disagrees OR burden < 0 OR CASE WHEN whole AND both_purses THEN abs(purses - burden) > 1
                WHEN both_purses THEN at_least + outside - hospital > purses + 1
                ELSE whole AND purses > burden + 1 END AS disagree,
            NOT (cover_from <= started_on AND started_on < cover_until) AS not_covered,
            coalesce(wrong_employment, false) AS wrong_employment, coalesce(wrong_insurance, false) AS wrong_insurance,
            no_employment, no_insurance
        FROM burdens AS b JOIN persons USING ("case")
    ), judged AS (
        SELECT *, not_covered OR wrong_employment OR wrong_insurance AS failed,
            no_employment OR no_insurance AS unknown, rated(self_paid) AS rated
        FROM events
    ), standing AS (
        SELECT *, NOT (failed OR unknown OR disagree) AS stands,
            NOT failed AND (unknown OR disagree OR self_paid IS NULL OR ended_on IS NULL) AS refers
        FROM judged
    ), limited AS (
        SELECT *, stands AND self_paid IS NOT NULL AS computed, greatest(burden - aid, 0) AS remaining,
            CASE WHEN stands AND self_paid IS NOT NULL THEN least(rated, greatest(burden - aid, 0)) ELSE 0 END AS due
        FROM standing
    ), running AS (
        SELECT *, sum(due) OVER person AS upto, sum(refers::INT) OVER person - refers::INT > 0 AS waits
        FROM limited WINDOW person AS (PARTITION BY "case" ORDER BY place)
    ), paid AS (
        SELECT *, least(upto, 100000000) - least(upto - due, 100000000) AS inpatient,
            100000000 - least(upto - due, 100000000) AS room, 5000 * greatest(ended_on - started_on, 1) AS daily,
            concat_ws(';', CASE WHEN not_covered THEN 'not_covered' END, CASE WHEN wrong_employment THEN 'employment' END,
                CASE WHEN wrong_insurance THEN 'insurance' END) AS gates,
            concat_ws(';', CASE WHEN no_insurance THEN 'basic_insurance' END, CASE WHEN no_employment THEN 'employment' END)
                AS facts
        FROM running
    ), lines AS (
        SELECT place, 0 AS line, "case", event, 'inpatient' AS benefit,
            CASE WHEN failed THEN 'refuse' WHEN NOT computed THEN 'refer' WHEN inpatient > 0 THEN 'pay' ELSE 'refuse' END
                AS outcome,
            inpatient AS amount,
            CASE WHEN failed THEN gates
                WHEN NOT stands THEN concat_ws(';', CASE WHEN unknown THEN 'fact_unknown' END,
                    CASE WHEN disagree THEN 'amounts_disagree' END)
                WHEN NOT computed THEN 'amount_unknown' WHEN rated = 0 THEN 'below_deductible'
                ELSE concat_ws(';', CASE WHEN rated > room THEN 'cap_reached' END,
                    CASE WHEN room > 0 AND least(rated, room) > remaining THEN 'exceeds_out_of_pocket' END) END AS reasons,
            CASE WHEN failed OR computed THEN NULL WHEN stands THEN 'amounts.self_paid' ELSE nullif(facts, '') END AS missing,
            computed AND waits AS provisional
        FROM paid
        UNION ALL
        SELECT place, 1, "case", event, 'allowance',
            CASE WHEN failed THEN 'refuse' WHEN stands AND ended_on IS NOT NULL THEN 'pay' ELSE 'refer' END,
            CASE WHEN stands AND ended_on IS NOT NULL THEN least(daily, 20000) ELSE 0 END,
            CASE WHEN failed THEN gates
                WHEN stands AND ended_on IS NOT NULL THEN CASE WHEN daily > 20000 THEN 'cap_reached' ELSE '' END
                ELSE concat_ws(';', CASE WHEN unknown OR ended_on IS NULL THEN 'fact_unknown' END,
                    CASE WHEN disagree THEN 'amounts_disagree' END) END,
            CASE WHEN failed OR stands AND ended_on IS NOT NULL THEN NULL
                ELSE nullif(concat_ws(';', nullif(facts, ''), CASE WHEN ended_on IS NULL THEN 'ended_on' END), '') END,
            false
        FROM paid
    )
    SELECT "case", event, 'guangxi-huzhubao-1-2025' AS plan, benefit, outcome, yuan(amount) AS amount, reasons, missing,
        provisional, NULL::DECIMAL(18, 2) AS paid_before, NULL::DECIMAL(18, 2) AS due, NULL::BIGINT AS line,
        NULL::VARCHAR AS error
    FROM lines {order}
) TO '{sink}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
"""
WAYS = {
    "bare": BARE,
    "lines": LINES.replace("{order}", "ORDER BY place, lines.line"),
    "unordered": LINES.replace("{order}", ""),
}


def connected(threads: int) -> duckdb.DuckDBPyConnection:
    """A connection that knows the macros, with as many threads as ours; it need not keep an order that nobody asked for."""
    connection = duckdb.connect(config={"threads": threads})
    for text in (FEN, YUAN, RATED, "SET preserve_insertion_order = false"):
        connection.execute(text)
    return connection


def decide(connection: duckdb.DuckDBPyConnection, way: str, source: str, sink: str) -> None:
    """One of ``WAYS`` from file to file."""
    connection.execute(WAYS[way].format(source=source, sink=sink))
