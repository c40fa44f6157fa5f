"""CSV and its kin: inspected by evidence, read by DuckDB where the file is clean, line by line where it is not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from segment_lib.checks import check_columns
from segment_lib.engine import file_literal
from segment_lib.errors import InvalidFile
from segment_lib.loading.sources.decoding import open_text
from segment_lib.loading.sources.delimiters import (
    DELIMITERS,
    check_delimiter,
    declared_in_file,
    find_delimiter,
    sample_records,
)
from segment_lib.loading.sources.names import column_names, find_header
from segment_lib.loading.sources.records import UNCLOSED, read_records
from segment_lib.loading.sources.source import WHITESPACE, Parsed, SourceFile
from segment_lib.sql import literal

COPIED_CHARACTERS = 1 << 20
LONGEST_LINE = 8_000_000
LARGEST_WHOLE = 500_000_000


def inspect_text(file: SourceFile, sample: str, how: str, needed: Sequence[str]) -> SourceFile:
    """Find the delimiter and the header of a text.

    Parameters
    ----------
    file : a source whose packing and encoding are known.
    sample : the text that it begins with.
    how : the way in which its encoding was found, nothing where there is nothing to say.
    needed : the columns that must be there.

    Returns
    -------
    SourceFile

    Raises
    ------
    InvalidFile
        There is no header, or it names a column twice, or the declared delimiter is another than the file's.
    MissingColumns
        A needed column is absent.
    """
    name, declared = file.path.name, file.options.delimiter
    first_line = sample.split("\n", 1)[0]
    inside = declared_in_file(first_line)
    delimiter = check_delimiter(declared) if declared is not None else inside or find_delimiter(sample, needed)
    columns, lines, skipped, fault = _header(file, sample, delimiter, said=inside is not None)
    if fault or not set(needed) <= set(columns):
        for mark in DELIMITERS:
            if needed and mark != delimiter and set(needed) <= set(_header(file, sample, mark, said=False)[0]):
                raise InvalidFile(
                    f"{name} must be separated by {delimiter!r} as declared, got the header "
                    f"{first_line.strip()[:60]!r}. Is the delimiter {mark!r}?"
                )
    if fault:
        raise InvalidFile(f"{name} must begin with a header, got {fault}.")
    check_columns(columns, needed, table=name)
    found = []
    if declared is None:
        if inside:
            found.append(f"delimiter {inside!r}, by the line `sep={inside}`")
        elif len(columns) == 1:
            found.append("one column, by evidence")
        else:
            found.append(f"delimiter {delimiter if delimiter == WHITESPACE else repr(delimiter)}, by evidence")
    if how:
        found.append(f"encoding {file.encoding}, by {how}")
    if found and how == "evidence" and declared is None and not inside:
        found = [f"{found[0].removesuffix(', by evidence')} and encoding {file.encoding}, by evidence"]
    return replace(
        file, columns=columns, delimiter=delimiter, header_lines=lines, statements=(*file.statements, *found, *skipped)
    )


def parse_text(file: SourceFile) -> Iterator[Parsed]:
    """Yield the rows of a text one by one, and the lines that are none as they stand.

    Parameters
    ----------
    file : an inspected text.

    Yields
    ------
    Parsed
    """
    width = len(file.columns)
    with open_text(file) as text:
        for _ in range(file.header_lines):
            text.readline()
        for cells, line, _ in read_records(text, file.delimiter):
            if cells is None:
                yield None, line, f"the line is no row: {UNCLOSED}"
            elif len(cells) == width > 1:
                yield [cell or None for cell in cells], line, ""
            elif not cells or (not any(cells) if width == 1 else len(cells) == 1 and not cells[0].strip()):
                continue  # a blank line
            elif len(cells) < width or any(cells[width:]):
                yield None, line, f"the line is no row: expected {width} cells, got {len(cells)}"
            else:
                yield [cell or None for cell in cells[:width]], line, ""


def scan_text(file: SourceFile, *, name: str, folder: Path, whole: bool = False) -> str | None:
    """Return the SQL by which DuckDB reads a text, None where only the exact way will do.

    Parameters
    ----------
    file : an inspected text.
    name : of the source.
    folder : where a text that DuckDB cannot read as it stands is written anew, as UTF-8 and without its header.
    whole : whether the text is held in memory at once. Where line breaks inside cells lie across two buffers, DuckDB
        raises an error; with one buffer it reads them.

    Returns
    -------
    str or None
    """
    # Where there is one column, DuckDB takes blank lines for rows.
    if file.delimiter == WHITESPACE or len(file.columns) == 1:
        return None
    path, header, compression = file.path, True, "gzip" if file.container == "gzip" else "none"
    # DuckDB takes the first line break for all others: one inside the header can make it see no rows at all.
    if file.encoding != "utf-8" or file.container == "zip" or file.header_lines != 1:
        path, header, compression = folder / f"{name}.csv", False, "none"
        with open_text(file) as text, path.open("w", encoding="utf-8", newline="") as copy:
            for _ in range(file.header_lines):
                text.readline()
            while piece := text.read(COPIED_CHARACTERS):
                copy.write(piece)
    buffer = ""
    if whole:
        size = path.stat().st_size
        if compression != "none" or size > LARGEST_WHOLE:
            return None
        buffer = f", buffer_size={max(size, LONGEST_LINE) + LONGEST_LINE}"
    # Not with `parallel=false`, which reads over a last line whose quote is not closed without a word.
    # Nothing is left to detection: a ragged line would change what DuckDB takes for header and types.
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(file.columns)))
    return (
        f"read_csv({file_literal(path)}, auto_detect=false, header={str(header).lower()}, columns={{{types}}}, "
        f"delim={literal(file.delimiter)}, quote='\"', escape='\"', encoding='utf-8', compression='{compression}', "
        f"max_line_size={LONGEST_LINE}{buffer})"
    )


def _header(
    file: SourceFile, sample: str, delimiter: str, *, said: bool
) -> tuple[tuple[str, ...], int, tuple[str, ...], str]:
    """Return the names of the columns, how many lines end with them, what was skipped, and what is wrong."""
    wanted = file.options.header_row
    records = sample_records(sample, delimiter)
    above = sum(record.line_count for record in records[:1]) if said else 0
    records = records[1:] if said else records
    if wanted is not None and wanted > 0:
        lines = sample.splitlines(keepends=True)[: wanted - 1]
        records, above = sample_records("".join(sample.splitlines(keepends=True)[wanted - 1 :]), delimiter), len(lines)
    filled = [
        place for place, record in enumerate(records) if record.cells is None or any(c.strip() for c in record.cells)
    ]
    if not filled:
        return (), 0, (), "an empty first line" if records or not sample.strip() else "a file without a table"
    first = filled[0]
    if wanted == 0:
        width = max(len(record.cells or ()) for record in records)
        return column_names([f"column {place}" for place in range(1, width + 1)])[0], 0, (), ""
    skipped: tuple[str, ...] = ()
    if wanted is None and all(records[place].cells for place in filled):
        first = filled[find_header([records[place].cells or [] for place in filled])]
        if first != filled[0]:
            titles = "; ".join(records[place].line.strip()[:60] for place in filled if place < first)
            skipped = (f"the lines above the header are no rows: {titles}",)
    header = records[first]
    if header.cells is None:
        return (), 0, (), f"one that can't be read ({UNCLOSED})"
    names, fault = column_names(header.cells)
    return names, above + sum(record.line_count for record in records[: first + 1]), skipped, fault
