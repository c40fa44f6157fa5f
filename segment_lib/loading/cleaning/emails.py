"""E-mail addresses as a mailer can use them."""

import re
from functools import lru_cache

_ANGLES = re.compile(r"<\s*([^<>]*@[^<>]*?)\s*>")
_SEPARATORS = re.compile(r"[,;|\s]+")


@lru_cache(maxsize=65536)
def clean_email(text: str) -> str | None:
    """Return the first e-mail address of a text in lower case, or None where it is not readable.

    Mended are `Anna <a@b.es>`, `mailto:a@b.es`, brackets and quotes around, and points and semicolons after it. Whether
    the address exists is not asked; test domains such as `example.test` are allowed.

    Parameters
    ----------
    text : the cell.

    Returns
    -------
    str or None

    Examples
    --------
    >>> clean_email("Anna <Anna@Shop.ES>;"), clean_email("anna(at)shop.es")
    ('anna@shop.es', None)
    """
    if "@" not in text:
        return None
    # Slow to import, and most who import this package clean nothing.
    from email_validator import EmailNotValidError, validate_email

    angles = _ANGLES.search(text)
    inner = angles[1] if angles else text
    # A list: the first address is the primary one, in Freshsales' exports for one.
    parts = [part for part in _SEPARATORS.split(inner) if "@" in part]
    if not parts:
        return None
    first = re.sub(r"^mailto:", "", parts[0].strip("<>()[]{}\"'`"), flags=re.IGNORECASE).split("?", 1)[0]
    candidate = first.strip("<>()[]{}\"'`").rstrip(".:").lower()
    try:
        address = validate_email(
            candidate, check_deliverability=False, test_environment=True, allow_domain_literal=False
        ).normalized
    except EmailNotValidError:
        return None
    return address.lower()
