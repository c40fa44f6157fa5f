"""E-mails, phones, countries, languages, and what columns look like."""

import pytest

from segment_lib.loading.cleaning import clean_email, clean_phone, country_code, language_code, looks_like

EMAILS = [
    ("a@b.es", "a@b.es"), ("A@B.ES", "a@b.es"), ("Anna <Anna@b.es>", "anna@b.es"), ("<a@b.es>", "a@b.es"),
    ("mailto:a@b.es", "a@b.es"),
    ("MAILTO:a@b.es?subject=x", "a@b.es"), ("a@b.es.", "a@b.es"), ("a@b.es;", "a@b.es"), ("a@b.es, c@d.es", "a@b.es"),
    ("a@b.es;c@d.es", "a@b.es"), ("'a@b.es'", "a@b.es"), ('"a@b.es"', "a@b.es"), ("a@shop.test", "a@shop.test"),
    ("a@example.com", "a@example.com"), ("a+tag@b.es", "a+tag@b.es"), ("o'hara@b.es", "o'hara@b.es"),
    ("jürgen@müller.de", "jürgen@müller.de"),
    ("a@xn--mller-kva.de", "a@müller.de"), (" a@b.es ", "a@b.es"), ("Anna [a@b.es]", "a@b.es"),
    ("a@b", None), ("a@@b.es", None), ("a@b..es", None), ("@b.es", None), ("a@", None), ("a.es", None), ("", None),
    ("n/a", None),
    ("anna(at)b.es", None), ("a@b_c.es", None), ("a@[127.0.0.1]", None),
]  # fmt: skip
PHONES = [
    ("+34 612 345 678", None, "+34612345678"), ("0034 612345678", None, "+34612345678"),
    ("00 34 612345678", None, "+34612345678"),
    ("612 345 678", "ES", "+34612345678"), ("612345678.0", "ES", "+34612345678"), ("612 345 678", "es", "+34612345678"),
    ("(212) 555-0100", "US", "+12125550100"), ("(212) 555-0100 x752", "US", "+12125550100"),
    ("212.555.0100x12345", "US", "+12125550100"),
    ("001-581-896-2160x752", "US", "+15818962160"), ("+1-581-896-2160 ext. 5", None, "+15818962160"),
    ("+44 (0)20 7946 0958", None, "+442079460958"), ("020 7946 0958", "GB", "+442079460958"),
    ("'+34612345678", None, "+34612345678"),
    ("tel:+34612345678", None, "+34612345678"), ("+34 612 345 678 / +34 611 111 111", None, "+34612345678"),
    ("+34612345678, +34611111111", None, "+34612345678"), ("030 12345678", "DE", "+493012345678"),
    ("612345678", None, None), ("12", "US", None), ("abc", "US", None), ("", "US", None), ("1-800-FLOWERS", "US", None),
    ("+999 123", None, None), ("0", "ES", None), ("12345678901234567890", "US", None), ("612345678", "XX", None),
]  # fmt: skip
COUNTRIES = [
    ("ES", "ES"), ("es", "ES"), ("ESP", "ES"), ("Spain", "ES"), ("España", "ES"), ("ESPAÑA", "ES"), ("Espana", "ES"),
    ("Spanien", "ES"),
    ("Espagne", "ES"), ("Spagna", "ES"), ("Espanha", "ES"), ("Spanje", "ES"), ("UK", "GB"), ("U.K.", "GB"),
    ("England", "GB"), ("Wales", "GB"),
    ("Great Britain", "GB"), ("Vereinigtes Königreich", "GB"), ("USA", "US"), ("U.S.A.", "US"), ("United States", "US"),
    ("Estados Unidos", "US"), ("États-Unis", "US"), ("Kosovo", "XK"), ("Russia", "RU"), ("South Korea", "KR"),
    ("Korea, Republic of", "KR"), ("North Korea", "KP"), ("Ivory Coast", "CI"), ("Côte d'Ivoire", "CI"),
    ("EIRE", "IE"), ("RSA", "ZA"),
    ("NA", "NA"), ("Namibia", "NA"), ("Czech Republic", "CZ"), ("Holland", "NL"), ("The Netherlands", "NL"),
    ("Türkiye", "TR"),
    ("Turkey", "TR"), ("Viet Nam", "VN"), ("Vietnam", "VN"), ("Iran", "IR"),
    ("Bolivia (Plurinational State of)", "BO"), ("Taiwan", "TW"),
    ("Deutschland", "DE"), ("Österreich", "AT"), ("Oesterreich", "AT"), ("日本", "JP"), ("Россия", "RU"),
    ("Hong Kong", "HK"),
    ("St. Lucia", "LC"), ("Trinidad & Tobago", "TT"), ("Congo", "CG"), ("Niger", "NE"), ("Nigeria", "NG"),
    ("European Community", None), ("Unspecified", None), ("Channel Islands", None), ("Spian", None), ("", None),
    ("XX", None),
    ("Europe", None), ("123", None), ("Northern", None),
]  # fmt: skip
LANGUAGES = [
    ("en", "en"), ("EN", "en"), ("eng", "en"), ("English", "en"), ("en-US", "en"), ("en_GB", "en"),
    ("zh-Hans-CN", "zh"), ("ger", "de"),
    ("deu", "de"), ("Deutsch", "de"), ("German", "de"), ("allemand", "de"), ("alemán", "de"), ("Español", "es"),
    ("Castilian", "es"),
    ("pt-BR", "pt"), ("Português (Brasil)", "pt"), ("Greek", "el"), ("nb", "nb"), ("français", "fr"), ("Русский", "ru"),
    ("Klingon", None), ("", None), ("x", None), ("qq", None), ("en de fr es", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EMAILS)
def test_an_address_is_mended_or_refused(text: str, expected: str | None) -> None:
    assert clean_email(text) == expected


@pytest.mark.parametrize(("text", "region", "expected"), PHONES)
def test_a_phone_number_is_written_as_e164_or_refused(text: str, region: str | None, expected: str | None) -> None:
    assert clean_phone(text, region) == expected


@pytest.mark.parametrize(("text", "expected"), COUNTRIES)
def test_a_country_is_known_by_code_and_name_and_never_guessed(text: str, expected: str | None) -> None:
    assert country_code(text) == expected


@pytest.mark.parametrize(("text", "expected"), LANGUAGES)
def test_a_language_is_known_by_code_and_name(text: str, expected: str | None) -> None:
    assert language_code(text) == expected


def test_cleaning_twice_changes_nothing() -> None:
    assert all(clean_email(found) == found for _, found in EMAILS if found)
    assert all(clean_phone(found, None) == found for _, _, found in PHONES if found)
    assert all(country_code(found) == found for _, found in COUNTRIES if found)
    assert all(language_code(found) == found for _, found in LANGUAGES if found)


SAMPLES = [
    ("email", "anna@b.es", True), ("email", "anna", False), ("phone", "416-810-9897x752", True),
    ("phone", "(376)694-9481", True),
    ("phone", "2024-01-31", False), ("phone", "192.168.1.10", False), ("phone", "210833.37", False),
    ("country", "Ghana", True),
    ("country", "No", False), ("country", "NO", True), ("language", "fr", True), ("date", "31/01/2024", True),
    ("date", "20240131", True),
    ("date", "5. März 2024", True), ("date", "45292", False), ("date", "1704067200", False),
    ("date", "99/99/2024", False),
    ("money", "$90,000 ", True), ("money", "12.50", True), ("money", "12", False), ("number", "1.234,5", True),
    ("number", "12a", False),
    ("integer", "17850.0", True), ("integer", "1.5", False), ("boolean", "Yes", True), ("boolean", "2", False),
    ("id", "rec-12-org", True), ("id", "17850.0", True), ("id", "Anna", False), ("url", "https://b.es/x", True),
    ("url", "flowers.net", True),
    ("url", "a@b.es", False), ("postal code", "28013", True), ("postal code", "SW1A 1AA", True),
    ("postal code", "K1A 0B1", True),
    ("postal code", "1234 AB", True), ("postal code", "Madrid", False), ("ip", "192.168.1.10", True),
    ("ip", "::1", True),
    ("ip", "1.2.3", False), ("text list", '"VIP","Blog"', True), ("text list", "VIP;Blog", True),
    ("text list", "VIP, Blog", True),
    ("text list", "VIP", False), ("text list", "1,5", False), ("name", "Anna García", True),
    ("name", "O'Hara-Smith", True),
    ("name", "anna", False), ("currency", "EUR", True), ("currency", "EURO", False),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "expected"), SAMPLES)
def test_a_value_looks_like_what_it_is(kind: str, text: str, expected: bool) -> None:
    assert looks_like([text])[kind] == float(expected)


def test_shares_leave_missing_values_out_and_count_repeated_ones() -> None:
    found = looks_like(["1", "1", "1", "x", "", "n/a", "NULL"])
    assert (found["integer"], found["boolean"], found["email"]) == (0.75, 1.0, 0.0)


def test_a_sample_without_values_looks_like_nothing() -> None:
    assert set(looks_like([]).values()) == set(looks_like(["", "n/a"]).values()) == {0.0}
