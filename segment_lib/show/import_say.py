"""What an import has come to, in sentences: what arrived, whether it adds up, what is left for a person to decide."""

import pandas as pd

from segment_lib.show.findings import Findings, bold, plain, rows_of
from segment_lib.show.say_data import thin_field_lines
from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_field,
    format_money,
    format_share,
    join_words,
)

# From this change of the number of rows on, somebody should look.
MUCH = 0.2


def say_import(imports: pd.DataFrame, totals: pd.DataFrame, waiting: pd.DataFrame, families: pd.DataFrame) -> Findings:
    """Say how many rows arrived, whether they add up, what waits, and what the contacts can be told apart by.

    Parameters
    ----------
    imports : rows_read, rows_accepted, rows_quarantined, rows_skipped of each file.
    totals : unit, read, balances of each file.
    waiting : waiting, resolved of each file.
    families : family, any_share of the contacts.

    Returns
    -------
    Findings
    """
    read, accepted, refused, skipped = (
        int(imports[f"rows_{outcome}"].sum()) for outcome in ("read", "accepted", "quarantined", "skipped")
    )
    lines = [
        f"{count_words(read, 'rows')} of {count_words(len(imports), 'files')} were read: {format_count(accepted)} "
        f"accepted, {format_count(refused)} refused with their reasons, {format_count(skipped)} skipped by a declared "
        "policy or as known.",
        _balance(totals),
    ]
    wait, mended = int(waiting["waiting"].sum()), int(waiting["resolved"].sum())
    if wait or mended:
        after = f"; {format_count(mended)} came in after all" if mended else ""
        lines.append(
            f"{count_words(wait, 'refused rows')} {'waits' if wait == 1 else 'wait'} in the quarantine{after}."
        )
    thin = families[families["any_share"] < MUCH].sort_values("any_share", kind="stable")
    if len(thin):
        names = [f"{plain(row['family'])} ({format_share(row['any_share'])})" for row in rows_of(thin)]
        what = "one family" if len(names) == 1 else f"{len(names)} families"
        lines.append(f"Little is known of the contacts in {what} of fields: {join_words(names)}.")
    return Findings(tuple(lines))


def say_notes(notes: pd.DataFrame) -> Findings:
    """Say how many faults of cells were let pass.

    Parameters
    ----------
    notes : file, note, rows.

    Returns
    -------
    Findings
    """
    if notes.empty:
        return Findings(("Every cell of the accepted rows could be read, and is within its range.",))
    top = rows_of(notes)[0]
    return Findings(
        (
            f"{count_words(int(notes['rows'].sum()), 'faults')} of cells cost no row; most often: {plain(top['note'])} "
            f"({plain(top['file'])}, {count_words(top['rows'], 'rows')}).",
        )
    )


def say_changes(changes: pd.DataFrame) -> Findings:
    """Say which sources differ much from their import before: in rows, in what was refused, in their header.

    Parameters
    ----------
    changes : of `segment_lib.loading.quality.compare_imports`.

    Returns
    -------
    Findings
    """
    again = changes[changes["earlier_rows_read"].notna()]
    lines = []
    for row in rows_of(again):
        said = []
        before, now = int(row["earlier_rows_read"]), int(row["rows_read"])
        if before and abs(now - before) >= MUCH * before:
            more = "more" if now > before else "fewer"
            said.append(f"{format_share(abs(now - before) / before)} {more} rows ({format_count(now)})")
        if _share_refused(row, "") > _share_refused(row, "earlier_") + 0.01:
            said.append(
                f"{format_share(_share_refused(row, ''), digits=1)} refused instead of "
                f"{format_share(_share_refused(row, 'earlier_'), digits=1)}"
            )
        if row["header"]:
            said.append(f"another header ({plain(row['header'])})")
        if said:
            lines.append(f"{bold(row['source'])} has {join_words(said)}.")
    if again.empty:
        return Findings(("Every source was imported once: there is nothing to compare with yet.",))
    quiet = len(again) - len(lines)
    if quiet:
        lines.append(f"{count_words(quiet, 'sources')} came as {'it' if quiet == 1 else 'they'} did before.")
    return Findings(tuple(lines))


def say_mending(waiting: pd.DataFrame) -> Findings:
    """Say what is open in the quarantine and how such rows come in after all.

    Parameters
    ----------
    waiting : file, waiting, resolved.

    Returns
    -------
    Findings
    """
    wait = waiting[waiting["waiting"] > 0]
    if wait.empty:
        return Findings(("No refused row is waiting.",))
    files = [f"{plain(row['file'])} ({format_count(row['waiting'])})" for row in rows_of(wait)]
    return Findings(
        (
            f"Waiting: {join_words(files, most=5)}.",
            "Mend them where they come from and import the new export; or export the refused rows, mend that file and "
            "import it: only those rows are read then. Either way they leave this list.",
            "Where the recipe was too strict, change it: the files are read again by the new one.",
        )
    )


def say_import_decisions(
    totals: pd.DataFrame, reasons: pd.DataFrame, changes: pd.DataFrame, completeness: pd.DataFrame
) -> Findings:
    """Say what a person has to choose about the files.

    Parameters
    ----------
    totals : unit, read, balances of each file.
    reasons : file, reason, rows of what was refused.
    changes : of `segment_lib.loading.quality.compare_imports`.
    completeness : field, family, filled_share, used_by_goal of the contacts.

    Returns
    -------
    Findings
    """
    lines = []
    if not totals["balances"].all():
        lines.append("**Do not go on before the totals add up**: rows or amounts are missing.")
    if len(reasons):
        rows = totals[totals["unit"] == "rows"]
        share = int(rows["quarantined"].sum()) / max(int(rows["read"].sum()), 1)
        files = join_words([plain(file) for file in dict.fromkeys(reasons["file"])], most=4)
        lines.append(f"Mend the refused rows ({files}), or do without {format_share(share, digits=2)} of rows?")
    lost = [row for row in rows_of(changes) if row["columns_missing"]]
    lines += [
        f"{bold(row['source'])} lost {join_words([plain(name) for name in row['columns_missing']], most=4)}: "
        "was that meant?"
        for row in lost
    ]
    lines += thin_field_lines(completeness, "Fill")
    empty = completeness[completeness["used_by_goal"].astype(bool) & (completeness["filled_share"] <= 0)]
    if len(empty):
        names = join_words([plain(format_field(row["field"])) for row in rows_of(empty)], most=4)
        lines.append(f"The leading goal looks at {names}, which no file brings: collect them, or leave them aside?")
    return Findings(
        tuple(lines)
        or ("Nothing has to be decided: no row was refused, and no field that the leading goal needs is half empty.",)
    )


def _balance(totals: pd.DataFrame) -> str:
    wrong = totals[~totals["balances"].astype(bool)]
    if len(wrong):
        places = [f"{plain(row['file'])} in {plain(row['unit'])}" for row in rows_of(wrong)]
        return f"**The control totals of {join_words(places, most=4)} do not add up.**"
    amounts = totals[totals["unit"] != "rows"].groupby("unit", sort=False)["read"].sum()
    said = [format_money(amount, str(unit), digits=2) for unit, amount in amounts.items()]
    return f"Every row is accounted for{f', and so is every amount ({join_words(said)})' if said else ''}."


def _share_refused(row: dict[str, object], prefix: str) -> float:
    return as_float(row[f"{prefix}rows_quarantined"]) / max(as_float(row[f"{prefix}rows_read"]), 1.0)
