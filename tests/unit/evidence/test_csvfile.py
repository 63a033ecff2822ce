from pathlib import Path

import pandas as pd
import pytest

from leakbound.errors import InputError
from leakbound.evidence.csvfile import LONGEST_LINE, dates, numbers, read_table, without_formulas


def table(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> pd.DataFrame:
    return read_table(path, required=("a",), known=("a", "b"))


def test_cells_are_text_and_lines_are_of_the_file(tmp_path: Path) -> None:
    frame = read(table(tmp_path, 'a,b\n1,x\n\n"two\nlines",NA\n3,\n'))
    assert frame["a"].tolist() == ["1", "two\nlines", "3"]
    assert frame["b"].tolist() == ["x", "NA", ""]
    assert frame.index.tolist() == [2, 4, 6]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"rows\.csv: must hold a header and rows; found 'an empty file'"),
        (b"   \n\n", "must hold a header and rows"),
        (b"a,b\n", r"must hold at least one row below its header; found 0"),
        (b"\xef\xbb\xbfa,b\n1,2\n", "byte 1: must be UTF-8 text without a byte-order mark"),
        ("a,b\n1,2\n".encode("utf-16"), "without a byte-order mark"),
        ("a,b\n1,2\n".encode("utf-16-le"), "line 1: must not hold NUL bytes"),
        (b"a,b\n1,2\n1,\x00\n", "line 3: must not hold NUL bytes"),
        (b"a,b\n1,2\n\xff\xfe,2\n", "line 3: must be UTF-8 text"),
        (b"a;b\n1;2\n", "line 1: cells must be separated by commas; found 'semicolons'"),
        (b"a\tb\n1\t2\n", "found 'tabs'"),
        (b"a,a\n1,2\n", "must name each column once; found 'a'"),
        (b"a,bb\n1,2\n", "must name known columns only; found 'bb'; did you mean b"),
        (b"b\n1\n", "column a: is required"),
        (b"a,b\n1,2\n1,2,3\n", "line 3: must have 2 cells; found 3"),
        (b"a,b\n1,2\n1\n", "line 3: must have 2 cells; found 1"),
        (b'a,b\n1,"2\n', "line 2: must be valid CSV"),
    ],
)
def test_bad_files_are_refused_by_line_and_rule(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(table(tmp_path, content))


def test_a_folder_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no.csv"):
        with pytest.raises(InputError, match="must be a readable file"):
            read(path)


def test_an_endless_line_is_refused_without_parsing_it(tmp_path: Path) -> None:
    good = b"a,b\n" + b"1,2\n" * 10
    path = table(tmp_path, good + b"1," + b"x" * (2 * LONGEST_LINE) + b"\n1,2\n")
    with pytest.raises(InputError, match=r"line 12: lines must be shorter"):
        read(path)


def test_large_files_of_short_lines_pass(tmp_path: Path) -> None:
    path = table(tmp_path, b"a,b\n" + b"1,2\n" * 600_000)
    assert path.stat().st_size > 2 * LONGEST_LINE
    assert len(read(path)) == 600_000


def test_numbers_and_dates_refuse_what_they_are_not(tmp_path: Path) -> None:
    frame = read(table(tmp_path, "a,b\n1,2024-02-29\n,\n 2.5 ,2023-01-01\n"))
    assert numbers(frame, "a", tmp_path).tolist()[::2] == [1.0, 2.5]
    assert dates(frame, "b", tmp_path).isna().tolist() == [False, True, False]
    for bad in ("x", "nan", "inf", "1e999", "1,5"):
        broken = read(table(tmp_path, f'a,b\n1,2\n"{bad}",2\n'))
        with pytest.raises(InputError, match="line 3: column a: must be a finite number"):
            numbers(broken, "a", tmp_path)
    for bad in ("2023-02-29", "01/02/2023", "2023", "2023-01-01T00:00"):
        broken = read(table(tmp_path, f"a,b\n1,{bad}\n"))
        with pytest.raises(InputError, match="line 2: column b: must be a date YYYY-MM-DD"):
            dates(broken, "b", tmp_path)


def test_written_cells_are_no_formulas() -> None:
    frame = pd.DataFrame({"a": ["=1+1", "@x", "-y", "plain"], "n": [1, 2, 3, 4]}).astype(
        {"a": "str"}
    )
    assert without_formulas(frame)["a"].tolist() == ["'=1+1", "'@x", "'-y", "plain"]
