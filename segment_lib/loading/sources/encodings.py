"""Which encoding a text is written in: its mark, strict UTF-8 over all of it, and only then a guess."""

import codecs
import re
from collections.abc import Iterable, Iterator

import charset_normalizer

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


def find_encoding(chunks: Iterable[bytes], *, name: str) -> tuple[str, str]:
    """Return the encoding of a text and how it was found.

    Parameters
    ----------
    chunks : all of its bytes.
    name : of the file, for messages.

    Returns
    -------
    tuple of a codec's name and `mark`, `evidence` or nothing
        Nothing where it is UTF-8, which needs no word.

    Raises
    ------
    InvalidFile
        The bytes are no text, or a text in UTF-8 with bytes that are none.
    """
    stream = iter(chunks)
    head = next(stream, b"")
    for mark, encoding in MARKS:
        if head.startswith(mark) and encoding != "utf-8":
            _drain(stream)
            return encoding, "its mark"
    if wide := wide_encoding(head):
        _drain(stream)
        return wide, "evidence"
    if len(head.translate(None, CONTROL)) < 0.95 * len(head):
        raise InvalidFile(f"{name} must be a text file, got bytes of another kind. Is it a spreadsheet?")
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    sample, high, pairs, strays, line = bytearray(), set[int](), 0, 0, 0
    faulty, lines = False, 0
    for chunk in _with(head, stream):
        if not faulty:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                faulty, line = True, lines + 1
        lines += chunk.count(b"\n")
        rest = chunk if chunk.isascii() else chunk.translate(None, ASCII)
        if not chunk.isascii():
            high.update(rest)
            found = sum(map(len, UTF_8_PAIR.findall(chunk)))
            pairs, strays = pairs + found, strays + len(rest) - found
            if len(sample) < SAMPLE:
                sample += b"\n".join(row for row in chunk.split(b"\n") if not row.isascii())[:SAMPLE]
    if not faulty:
        try:
            decoder.decode(b"", final=True)
            return "utf-8", ""
        except UnicodeDecodeError:
            line = lines + 1
    if pairs > 4 * max(strays, 1):
        raise InvalidFile(
            f"{name} must be text in one encoding, got UTF-8 with {strays or 1} bytes that are none, "
            f"the first near line {line}. Declare `encoding` to read it all the same."
        )
    return _code_page(bytes(sample), high), "evidence"


def _code_page(sample: bytes, high: set[int]) -> str:
    """Return the likeliest encoding that is not UTF-8; one that can decode every byte that occurs."""
    western = "cp1252" if _decodes("cp1252", high) else "latin-1"
    if len(HIGH.findall(sample)) < ENOUGH:
        return western
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


def _with(head: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from stream


def _drain(stream: Iterator[bytes]) -> None:
    # The rest of an archive has to be unpacked once: only its end tells that it is whole.
    for _ in stream:
        pass
