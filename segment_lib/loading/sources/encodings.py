"""Which encoding a text is written in: its mark, strict UTF-8 over all of it, and only then a guess."""

import codecs
import re
from collections.abc import Callable, Iterator

from segment_lib.errors import InvalidFile

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 1 << 16
# Fewer letters than these tell one code page from another only by chance.
ENOUGH = 40
HIGH = re.compile(rb"[\x80-\xff]")
UTF_8_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b"))
ASCII = bytes(range(128))


def find_encoding(read: Callable[[], Iterator[bytes]], *, name: str) -> tuple[str, str]:
    """Return the encoding of a text and how it was found.

    Parameters
    ----------
    read : yields all of its bytes; called again where they are not UTF-8.
    name : of the file, for messages.

    Returns
    -------
    tuple of a codec's name and `its mark`, `evidence` or nothing
        Nothing where it is UTF-8, which needs no word.

    Raises
    ------
    InvalidFile
        The bytes are no text, or a text in UTF-8 with bytes that are none.

    Examples
    --------
    >>> find_encoding(lambda: iter([b"M\\xfcller"]), name="people.csv")
    ('cp1252', 'evidence')
    """
    chunks = read()
    head = next(chunks, b"")
    marked = next((encoding for mark, encoding in MARKS if head.startswith(mark)), "")
    wide = "" if marked else wide_encoding(head)
    if marked not in ("", "utf-8") or wide:
        # The rest of an archive has to be unpacked once: only its end tells that it is whole.
        for _ in chunks:
            pass
        return marked or wide, "its mark" if marked else "evidence"
    binary = InvalidFile(f"{name} must be a text file, got bytes of another kind. Is it a spreadsheet?")
    if head.count(0) > 0.2 * len(head) and len(head) > 64:
        raise binary
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        decoder.decode(head)
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
        return "utf-8", ""
    except UnicodeDecodeError:
        if len(head) - len(head.translate(None, CONTROL)) > 0.05 * len(head):
            raise binary from None
        return _find_code_page(read(), name), "evidence"


def _find_code_page(chunks: Iterator[bytes], name: str) -> str:
    """Return the likeliest encoding of a text that is not UTF-8."""
    sample, high, pairs, strays = bytearray(), set[int](), 0, 0
    for chunk in chunks:
        if not chunk.isascii():
            rest = chunk.translate(None, ASCII)
            found = sum(map(len, UTF_8_PAIR.findall(chunk)))
            high.update(rest)
            pairs, strays = pairs + found, strays + len(rest) - found
            if len(sample) < SAMPLE:
                sample += b"\n".join(row for row in chunk.split(b"\n") if not row.isascii())[:SAMPLE]
    if pairs > 4 * max(strays, 1):
        raise InvalidFile(
            f"{name} must be text in one encoding, got UTF-8 with {max(strays, 1)} bytes that are none. "
            "Declare `encoding` to read it all the same."
        )
    return _code_page(bytes(sample), high)


def _code_page(sample: bytes, high: set[int]) -> str:
    """Return the likeliest encoding that is not UTF-8; one that can decode every byte that occurs."""
    western = "cp1252" if _decodes("cp1252", high) else "latin-1"
    if len(HIGH.findall(sample)) < ENOUGH:
        return western
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample).best()
    if best is None:
        return western
    guess = codecs.lookup(best.encoding).name
    multibyte = guess.startswith(("shift", "euc", "gb", "big5", "cp932", "cp949", "johab"))
    if guess in ("iso8859-1", "iso8859-15", "cp1252", "utf-8", "ascii", "mac-roman", "cp850", "cp437"):
        return western
    return guess if multibyte or _decodes(guess, high) else western


def _decodes(encoding: str, high: set[int]) -> bool:
    try:
        bytes(sorted(high)).decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def wide_encoding(head: bytes) -> str:
    """Return the form of UTF-16 that a text without a mark is written in, nothing where it is in none.

    Examples
    --------
    >>> wide_encoding("a,b".encode("utf-16-le"))
    'utf-16-le'
    """
    even, odd = head[:4096:2], head[1:4096:2]
    if len(head) < 4 or not (even.count(0) or odd.count(0)):
        return ""
    if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return ""
