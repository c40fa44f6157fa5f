"""Cleaning: text cells become right values, and say so when they cannot."""

from segment_lib.loading.cleaning.booleans import boolean_sql
from segment_lib.loading.cleaning.countries import country_code
from segment_lib.loading.cleaning.currencies import currency_sql
from segment_lib.loading.cleaning.date_order import decide_date_format
from segment_lib.loading.cleaning.dates import date_sql, timestamp_sql
from segment_lib.loading.cleaning.decimal_mark import decide_decimal
from segment_lib.loading.cleaning.decision import Decision
from segment_lib.loading.cleaning.emails import clean_email
from segment_lib.loading.cleaning.identifiers import identifier_sql
from segment_lib.loading.cleaning.languages import language_code
from segment_lib.loading.cleaning.missing import MISSING, missing_markers, missing_sql
from segment_lib.loading.cleaning.numbers import number_sql
from segment_lib.loading.cleaning.phones import clean_phone
from segment_lib.loading.cleaning.recognition import looks_like
from segment_lib.loading.cleaning.text import normalised_sql

__all__ = [
    "MISSING",
    "Decision",
    "boolean_sql",
    "clean_email",
    "clean_phone",
    "country_code",
    "currency_sql",
    "date_sql",
    "decide_date_format",
    "decide_decimal",
    "identifier_sql",
    "language_code",
    "looks_like",
    "missing_markers",
    "missing_sql",
    "normalised_sql",
    "number_sql",
    "timestamp_sql",
]
