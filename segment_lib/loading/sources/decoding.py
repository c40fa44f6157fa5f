"""The bytes of a source as text: in the encoding that is declared or found, with the place of what does not fit."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TextIO

from segment_lib.errors import InvalidFile, InvalidOption
from segment_lib.loading.sources.encodings import find_encoding, wide_encoding
from segment_lib.loading.sources.payload import open_payload, payload_chunks
from segment_lib.loading.sources.source import SourceFile

HEAD_CHARACTERS = 1 << 20


def with_encoding(file: SourceFile, head: bytes) -> tuple[SourceFile, str]:
    """Find the encoding of a text, and check that all of it is sound where it is packed or nothing is declared.

    Parameters
    ----------
    file : a source whose packing is known.
    head : its first bytes.

    Returns
    -------
    tuple of SourceFile and the way in which the encoding was found
        Nothing where it was declared, or where it is UTF-8.

    Raises
    ------
    InvalidFile
        It is no text, or not packed soundly.
    InvalidOption
        Python knows no such encoding.
    """
    read = partial(payload_chunks, file.path, container=file.container, member=file.member)
    if file.options.encoding is None:
        encoding, how = find_encoding(read, name=file.path.name)
        return replace(file, encoding=encoding), how
    encoding = _codec_name(file.options.encoding)
    if encoding == "utf-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = wide_encoding(head)
        if not encoding:
            raise InvalidFile(
                f"{file.path.name} must be text in utf-16 as declared, got neither its mark nor its form."
            )
    elif b"\0" in head[:4096] and wide_encoding(head) and not encoding.startswith(("utf-16", "utf-32")):
        raise InvalidFile(f"{file.path.name} must be text in {encoding} as declared, got what looks like utf-16.")
    if file.container == "gzip":
        for _ in read():
            pass  # only the end of an archive tells that it is whole
    return replace(file, encoding=encoding), ""


@contextmanager
def open_text(file: SourceFile) -> Iterator[TextIO]:
    """Open the text of a source, its lines ending as they do.

    Parameters
    ----------
    file : a source whose encoding is known.

    Yields
    ------
    text file

    Raises
    ------
    InvalidFile
        A byte does not fit the encoding; its line is named.
    """
    try:
        with (
            open_payload(file.path, container=file.container, member=file.member) as raw,
            io.TextIOWrapper(raw, _codec(file.encoding), newline="") as text,
        ):
            yield text
    except UnicodeError:
        raise _fault(file) from None


def read_head(file: SourceFile) -> str:
    """Return the text that a source begins with, whole lines of it.

    Parameters
    ----------
    file : a source whose encoding is known.

    Returns
    -------
    str
    """
    with open_text(file) as text:
        head = text.read(HEAD_CHARACTERS)
        return head + text.readline(HEAD_CHARACTERS) if len(head) == HEAD_CHARACTERS else head


def _fault(file: SourceFile) -> InvalidFile:
    """Read once more, to tell in which line the first byte stands that does not fit."""
    decoder, line = codecs.getincrementaldecoder(_codec(file.encoding))("strict"), 1
    how = "as declared" if file.options.encoding else "by evidence"
    hint = " `encoding: cp1252` is the usual other one." if file.encoding == "utf-8" else ""
    try:
        for chunk in payload_chunks(file.path, container=file.container, member=file.member):
            line += decoder.decode(chunk).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode(_codec(file.encoding), errors="ignore")
        place = f"the byte 0x{error.object[error.start]:02x} in line {line + good.count(chr(10))}"
        return InvalidFile(f"{file.path.name} must be text in {file.encoding} {how}, got {place}.{hint}")
    except UnicodeError as error:
        return InvalidFile(f"{file.path.name} must be text in {file.encoding} {how}: {error}.")
    return InvalidFile(f"{file.path.name} must be text in {file.encoding} {how}.")


def _codec(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _codec_name(declared: str) -> str:
    """Return the plain name of a codec of texts."""
    try:
        info = codecs.lookup(declared)
        "".encode(info.name)
    except (LookupError, ValueError):
        raise InvalidOption(
            f"`encoding` must be one that Python knows, such as utf-8 or cp1252, got {declared!r}."
        ) from None
    return {"utf-8-sig": "utf-8", "iso8859-1": "latin-1"}.get(info.name, info.name)
