"""What else happens between us: e-mail, visits, support, quotes, calls, surveys, and how long ago."""

from segment_lib.features.record import Feature
from segment_lib.vocabulary import Family


def _count(name: str, kind: str, unit: str, meaning: str, *, within: str = "") -> Feature:
    where = f"in_last('{within}')" if within else ""
    return Feature(name, "count(*)", unit, "interaction", meaning, "integer", kind=kind, where=where, zero=True)


def _last(name: str, kind: str, meaning: str) -> Feature:
    return Feature(f"last_{name}_at", "max(occurred_at)", "", "interaction", meaning, "timestamp", kind=kind)


def _since(name: str, meaning: str, *, family: Family = "interaction") -> Feature:
    return Feature(f"days_since_{name}", f"days_since(last_{name}_at)", "days", family, meaning, "integer", "contact")


def _share(name: str, sql: str, meaning: str, *, unit: str = "share") -> Feature:
    return Feature(name, sql, unit, "interaction", meaning, level="contact")


def _score(name: str, sql: str, unit: str, meaning: str, *, where: str = "") -> Feature:
    return Feature(name, sql, unit, "preference", meaning, kind="survey", where=where)


ENGAGEMENT: tuple[Feature, ...] = (
    _count("emails_sent", "email_sent", "e-mails", "E-mails sent to the contact"),
    _count("emails_sent_90d", "email_sent", "e-mails", "E-mails sent in the last 90 days", within="90 days"),
    _last("email_sent", "email_sent", "Last e-mail sent"),
    _since("email_sent", "Days since the last e-mail was sent"),
    _count("email_opens", "email_open", "opens", "Opens of e-mails; one e-mail may be opened several times"),
    _count("email_opens_90d", "email_open", "opens", "Opens of e-mails in the last 90 days", within="90 days"),
    _last("email_open", "email_open", "Last e-mail opened"),
    _since("email_open", "Days since an e-mail was opened"),
    _count("email_clicks", "email_click", "clicks", "Clicks in e-mails"),
    _count("email_clicks_90d", "email_click", "clicks", "Clicks in e-mails in the last 90 days", within="90 days"),
    _last("email_click", "email_click", "Last click in an e-mail"),
    _since("email_click", "Days since a click in an e-mail"),
    _share("email_open_rate", "email_opens / nullif(emails_sent, 0)", "Opens for an e-mail sent"),
    _share("email_open_rate_90d", "email_opens_90d / nullif(emails_sent_90d, 0)",
           "Opens for an e-mail sent, both in the last 90 days"),
    _share("email_click_rate", "email_clicks / nullif(emails_sent, 0)", "Clicks for an e-mail sent"),
    _share("click_to_open_rate", "email_clicks / nullif(email_opens, 0)", "Clicks for an e-mail opened"),
    _count("visits", "visit", "visits", "Visits"),
    _count("visits_30d", "visit", "visits", "Visits in the last 30 days", within="30 days"),
    _count("visits_90d", "visit", "visits", "Visits in the last 90 days", within="90 days"),
    _last("visit", "visit", "Last visit"),
    _since("visit", "Days since the last visit"),
    _share("visits_for_purchase", "visits / nullif(purchases, 0)", "Visits for an order", unit="visits"),
    _count("support_requests", "support_request", "requests", "Support requests"),
    _count("support_requests_90d", "support_request", "requests", "Support requests in the last 90 days",
           within="90 days"),
    _count("support_requests_365d", "support_request", "requests", "Support requests in the last 365 days",
           within="365 days"),
    _last("support_request", "support_request", "Last support request"),
    _since("support_request", "Days since the last support request"),
    _share("support_for_purchase", "support_requests / nullif(purchases, 0)", "Support requests for an order",
           unit="requests"),
    _count("quote_requests", "quote_request", "requests", "Quotes asked for"),
    _count("quote_requests_365d", "quote_request", "requests", "Quotes asked for in the last 365 days",
           within="365 days"),
    _last("quote_request", "quote_request", "Last quote asked for"),
    _since("quote_request", "Days since the last quote was asked for"),
    _count("calls", "call", "calls", "Calls"),
    _count("calls_365d", "call", "calls", "Calls in the last 365 days", within="365 days"),
    _last("call", "call", "Last call"),
    _since("call", "Days since the last call"),
    _since("refund", "Days since the last refund", family="financial"),
    _last("subscription", "subscription", "Last subscription"),
    _since("subscription", "Days since the last subscription"),
    _last("campaign_response", "campaign_response", "Last response to a campaign"),
    _since("campaign_response", "Days since the last response to a campaign"),
    _score("satisfaction", "avg(cast(score as decimal(18, 4)))", "points", "Mean score of surveys"),
    _score("last_satisfaction", "arg_max(score, struct_pack(a := occurred_at, b := score))", "points",
           "Score of the last survey", where="score is not null"),
    _last("survey", "survey", "Last survey"),
    _since("survey", "Days since the last survey", family="preference"),
    Feature("survey_scores", "count(score)", "surveys", "preference", "Surveys with a score", "integer", kind="survey",
            zero=True),
    Feature("promoter_scores", "count(*)", "surveys", "preference", "Surveys of 9 or more", "integer", kind="survey",
            where="score >= 9", zero=True),
    Feature("detractor_scores", "count(*)", "surveys", "preference", "Surveys of 6 or less", "integer", kind="survey",
            where="score <= 6", zero=True),
    Feature("nps", "case when highest_score() > 5 and highest_score() <= 10 then "
            "100.0 * (promoter_scores - detractor_scores) / nullif(survey_scores, 0) end", "points", "preference",
            "Net promoter score of the contact's surveys; nothing unless the highest score of all is above 5 and at "
            "most 10: others are of another scale than 0 to 10", level="contact"),
)  # fmt: skip
