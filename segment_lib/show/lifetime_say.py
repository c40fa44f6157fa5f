"""Lifetime models and contracts in words and tables: what was found, whether it may be relied on, and why."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from segment_lib.checks import check_columns
from segment_lib.features.contractual.survival import SurvivalComparison
from segment_lib.features.lifetime.verdict import LifetimeVerdict
from segment_lib.show.findings import Findings, bold, plain, rows_of
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_number,
    format_share,
    is_missing,
    join_words,
)

MODELS = ("model", "log_likelihood", "expected", "error", "share_misplaced", "adequate", "chosen")
MEDIANS = ("group", "median_days", "low", "high")
TONES = {"passed": "ok", "failed": "miss", "cannot tell": "soft"}
# What chance does once in twenty times is taken for a difference.
SIGNIFICANT = 0.05


def say_lifetime(verdict: LifetimeVerdict, customers: pd.DataFrame | None = None) -> Findings:
    """Say whether lifetime figures may be relied on, what stands against them, and how many customers are still there.

    Parameters
    ----------
    verdict : from `judge_lifetime`.
    customers : one row a customer with `p_alive`; told only where the model is adequate.

    Returns
    -------
    Findings
    """
    head, _, rest = verdict.finding.partition(": ")
    lines = [f"{bold(head)}: {plain(rest)}"]
    if not verdict.adequate:
        lines.append("Probabilities, expected purchases and values are therefore not shown.")
    elif not verdict.spend_adequate:
        lines.append("Expected values in money are therefore not shown; probabilities and expected purchases are.")
    doubts = [a for a in verdict.aspects if a.outcome == "cannot tell" and a.stands]
    if verdict.adequate and doubts:
        lines.append(f"These data cannot tell all: {plain('; '.join(aspect.finding for aspect in doubts))}.")
    if verdict.adequate and customers is not None:
        check_columns([str(name) for name in customers.columns], ["p_alive"], table="customers")
        known = customers["p_alive"].dropna().astype(float)
        if len(known):
            share = format_share(known.mean())
            lines.append(
                f"About {bold(format_count(known.sum()))} of {count_words(len(known), 'customers')} are still there "
                f"({share}); {format_count((known < 0.5).sum())} have more likely gone than not."
            )
    return Findings(tuple(lines))


def say_survival(medians: pd.DataFrame, comparison: SurvivalComparison | None = None) -> Findings:
    """Say after how long half of the contracts have ended, and whether groups differ.

    Parameters
    ----------
    medians : from `median_survival`: group, median_days, low, high.
    comparison : from `compare_survival`, where there are groups.

    Returns
    -------
    Findings
    """
    check_columns([str(name) for name in medians.columns], MEDIANS, table="medians")
    lines = []
    for row in rows_of(medians):
        group = f"{bold(row['group'])}: " if len(medians) > 1 else ""
        if is_missing(row["median_days"]):
            lines.append(f"{group}more than half of the contracts last longer than any has been watched.")
            continue
        low, high = (format_number(row[name]) if not is_missing(row[name]) else "" for name in ("low", "high"))
        interval = f"{low} to {high}" if low and high else f"{low} or more" if low else ""
        lines.append(
            f"{group}half of the contracts end within {count_words(row['median_days'], 'days')}"
            f"{f' (95% interval {interval})' if interval else ''}."
        )
    if comparison is not None:
        chance = "less than 0.001" if comparison.p_value < 0.001 else f"{comparison.p_value:.3f}"
        lines.append(
            f"The groups end at different rates: by chance alone with a probability of {chance} (log-rank test)."
            if comparison.p_value < SIGNIFICANT
            else f"Whether the groups differ, these data cannot tell (log-rank test, p = {chance})."
        )
    return Findings(tuple(lines) or ("There are no contracts yet.",))


def table_adequacy(verdict: LifetimeVerdict) -> ReportTable:
    """Write what was looked at to judge a lifetime model, and what came of it.

    Parameters
    ----------
    verdict : from `judge_lifetime`.

    Returns
    -------
    ReportTable
    """
    rows = [
        {"looked_at": f"{a.name[:1].upper()}{a.name[1:]}", "outcome": a.outcome, "finding": _sentence(a.finding)}
        for a in verdict.aspects
    ]
    return table_html(
        pd.DataFrame(rows, columns=["looked_at", "outcome", "finding"]),
        caption="Whether the lifetime model describes these customers, aspect by aspect.",
        tones={"outcome": lambda row: TONES.get(str(row["outcome"]), "")},
    )


def table_purchase_models(models: pd.DataFrame) -> ReportTable:
    """Write how the purchase models that were tried did, and which one was chosen.

    Parameters
    ----------
    models : `table` of a `ModelChoice`: model, log_likelihood, expected, error, share_misplaced, adequate, chosen.

    Returns
    -------
    ReportTable
    """
    check_columns([str(name) for name in models.columns], MODELS, table="models")
    rows = models[list(MODELS)].assign(
        adequate=["yes" if value else "no" for value in models["adequate"]],
        chosen=["chosen" if value else "" for value in models["chosen"]],
    )
    return table_html(
        rows,
        caption="Purchase models on the same history: how likely they make it, and how they foretold the holdout.",
        heads={
            "log_likelihood": "Log-likelihood",
            "expected": "Purchases expected",
            "error": "Off in total",
            "share_misplaced": "Off by frequency",
            "chosen": "",
        },
        formats={
            "log_likelihood": lambda value: f"{as_float(value):,.1f}".replace("-", "−"),
            "expected": format_count,
            "error": _off,
            "share_misplaced": format_share,
        },
        tones={"adequate": _tone},
    )


def say_purchase_models(models: pd.DataFrame, reason: str) -> Findings:
    """Say which purchase model was chosen, and which were refused.

    Parameters
    ----------
    models : as for `table_purchase_models`.
    reason : of the choice, in words.

    Returns
    -------
    Findings
    """
    check_columns([str(name) for name in models.columns], MODELS, table="models")
    inadequate = models.loc[~models["adequate"].astype(bool)].to_dict("records")
    refused = [plain(row["model"]) + (f" ({plain(row['reason'])})" if row.get("reason") else "") for row in inadequate]
    lines = [_sentence(plain(reason))]
    if refused and len(refused) < len(models):
        lines.append(f"Not adequate for these customers: {join_words(refused)}.")
    return Findings(tuple(lines))


def _tone(row: Mapping[str, Any]) -> str:
    return "ok" if row["adequate"] == "yes" else "miss"


def _off(share: float) -> str:
    if is_missing(share):
        return "–"
    return f"{format_share(abs(share))} {'more' if share > 0 else 'fewer'}"


def _sentence(text: str) -> str:
    """Return a text as a sentence."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")
