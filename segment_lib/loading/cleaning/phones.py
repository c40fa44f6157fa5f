"""Phone numbers in one form: E.164."""

import re
from functools import lru_cache

# `x752`, `ext. 12`: E.164 has no place for what an operator dials on.
_EXTENSION = re.compile(r"(?i)\s*(?:;?\s*ext(?:ension|\.)?|#|x|durchwahl|dw|poste)[:.=\s]*\d{1,7}\s*$")
_LETTERS = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=65536)
def clean_phone(text: str, region: str | None) -> str | None:
    """Return a phone number in E.164, or None where it is no possible number.

    Parameters
    ----------
    text : the cell.
    region : ISO country of numbers without a country code, or None where there is none.

    Returns
    -------
    str or None
        Extensions are dropped; a leading `00` is a `+`. Possible is not assigned: whether someone answers is not known.

    Examples
    --------
    >>> clean_phone("(212) 555-0100 x752", "US"), clean_phone("0034 612 345 678", None), clean_phone("12", "US")
    ('+12125550100', '+34612345678', None)
    """
    # Slow to import, and most who import this package clean nothing.
    import phonenumbers

    number = re.sub(r"(?i)^\s*(?:tel|phone|mobile|fax|p|t|m)[.:]+\s*", "", text)
    # A spreadsheet keeps a number's plus by an apostrophe, and loses it by making it a number.
    number = re.sub(r"\.0+$", "", _EXTENSION.sub("", number.strip().lstrip("'")))
    # Several numbers in a cell: the first; a slash may also be inside one, so only where both parts are long.
    parts = [part for part in re.split(r"\s*[;,|]\s*|\s+/\s+|\s+or\s+", number) if part]
    number = parts[0] if parts else ""
    if _LETTERS.search(number):
        return None
    number = re.sub(r"^\s*00(?=[1-9 ])\s*", "+", number)
    # `+44 (0)20 ...`: the zero is dialled inside the country alone.
    if number.lstrip("( ").startswith("+"):
        number = re.sub(r"\(\s*0\s*\)", "", number)
    try:
        parsed = phonenumbers.parse(number, region.upper() if region else None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
