"""The bytes of a source: plain, or unpacked from a gzip or zip that is checked before it is trusted."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from segment_lib.errors import InvalidFile, list_names, suggest

CHUNK = 1 << 20
MOST_BYTES = 20_000_000_000
LARGE_BYTES = 1_000_000_000
MOST_RATIO = 200
# What a Mac and a file manager leave in an archive.
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
# `zipfile` raises NotImplementedError for a compression or a version that it does not know.
FAULTS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, zipfile.LargeZipFile)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong while the bytes of a file are read into the error that users meet.

    Parameters
    ----------
    path : the file.

    Yields
    ------
    None

    Raises
    ------
    InvalidFile
        The bytes cannot be read, or not be unpacked.
    """
    try:
        yield
    except FAULTS as error:
        # The system's own text names the whole path.
        fault = getattr(error, "strerror", None) or str(error).rstrip(".") or type(error).__name__
        raise InvalidFile(f"{path.name} can't be read: {fault}.") from None
    except RuntimeError as error:
        if "password" not in str(error) and "encrypted" not in str(error):
            raise
        raise InvalidFile(f"{path.name} must not be encrypted, got an archive that asks for a password.") from None


@contextmanager
def open_payload(path: Path, *, container: str = "", member: str = "") -> Iterator[BinaryIO]:
    """Open the bytes of a source, unpacked.

    Parameters
    ----------
    path : the file.
    container, member : how it is packed, and which file of a zip is meant.

    Yields
    ------
    binary file
    """
    with reading(path):
        if container == "gzip":
            with gzip.open(path, "rb") as packed:
                yield cast(BinaryIO, packed)
        elif container == "zip":
            with zipfile.ZipFile(path) as archive, archive.open(member) as inner:
                yield cast(BinaryIO, inner)
        else:
            with path.open("rb") as plain:
                yield plain


def payload_chunks(path: Path, *, container: str = "", member: str = "") -> Iterator[bytes]:
    """Yield all bytes of a source, and refuse those that grow beyond all measure.

    Parameters
    ----------
    path : the file.
    container, member : how it is packed, and which file of a zip is meant.

    Yields
    ------
    bytes

    Raises
    ------
    InvalidFile
        The file is broken, or unpacks to more than 20 GB, or to more than 1 GB and 200 times its size.
    """
    size, unpacked = path.stat().st_size, 0
    with open_payload(path, container=container, member=member) as file:
        while chunk := file.read(CHUNK):
            unpacked += len(chunk)
            if container:
                check_unpacked(path, size, unpacked)
            yield chunk


def check_unpacked(path: Path, size: int, unpacked: int) -> None:
    """Refuse an archive that unpacks to more than 20 GB, or to more than 1 GB and 200 times its size."""
    if unpacked > MOST_BYTES or (unpacked > LARGE_BYTES and unpacked > MOST_RATIO * size):
        raise InvalidFile(
            f"{path.name} must unpack to at most {MOST_BYTES // 10**9} GB and {MOST_RATIO} times its size, "
            f"got more than {unpacked:,} bytes from {size:,}."
        )


def extract_payload(path: Path, target: Path, *, container: str, member: str) -> Path:
    """Unpack a source into a file and return its path.

    Parameters
    ----------
    path : the file.
    target : where it is written.
    container, member : how it is packed, and which file of a zip is meant.

    Returns
    -------
    Path
    """
    with target.open("wb") as file:
        for chunk in payload_chunks(path, container=container, member=member):
            file.write(chunk)
    return target


def choose_member(path: Path, wanted: str | None) -> str:
    """Return the file of a zip that is to be read.

    Parameters
    ----------
    path : the zip.
    wanted : the declared name; the only file where None.

    Returns
    -------
    str

    Raises
    ------
    InvalidFile
        It is not there, there are several, it asks for a password, or it unpacks beyond all measure.
    """
    with reading(path), zipfile.ZipFile(path) as archive:
        every = [info for info in archive.infolist() if not info.is_dir() and not info.filename.endswith(LITTER)]
        every = [info for info in every if not info.filename.startswith(LITTER)]
        names = [info.filename for info in every]
        if wanted is not None and wanted not in names:
            raise InvalidFile(
                f"can't find the file {wanted} in {path.name}. Files: {list_names(names)}.{suggest(wanted, names)}"
            )
        if wanted is None and len(names) != 1:
            raise InvalidFile(
                f"{path.name} must hold one file, got {len(names)}: {list_names(names)}. Name one as `member`."
                if names
                else f"{path.name} must hold a file, got an empty archive."
            )
        chosen = every[names.index(wanted) if wanted is not None else 0]
        if chosen.flag_bits & 1:
            raise InvalidFile(f"{path.name} must not be encrypted, got an archive that asks for a password.")
        check_unpacked(path, path.stat().st_size, chosen.file_size)
        return chosen.filename


def check_archive(path: Path, data: BinaryIO) -> None:
    """Check that a zip, as workbooks are one, unpacks as it says and within measure.

    Parameters
    ----------
    path : the file, for messages.
    data : the zip.

    Raises
    ------
    InvalidFile
        It is broken, or unpacks beyond all measure.
    """
    with reading(path), zipfile.ZipFile(data) as archive:
        check_unpacked(path, path.stat().st_size, sum(info.file_size for info in archive.infolist()))
        if broken := archive.testzip():
            raise InvalidFile(f"{path.name} can't be read: its part {broken} is broken.")
