"""How people write numbers: which sign is decimal, and which is between thousands.

One file has one convention, read from the figures that allow only one reading: `0,457` and `12,5`
have a decimal comma, `12.5` has a decimal point, `1,203,444` has commas between thousands. A figure
with two readings (`1,203`) takes that of the others; where no other figure tells, or where figures
contradict each other, the file is refused: a wrong guess is wrong a thousand times.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import Invalid

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_EXPONENT = r"([eE][+-]?\d+)?$"
_GROUP = r"^[+-]?[1-9]\d{0,2}"
# Blanks (also no-break and thin ones) and apostrophes are between thousands and nowhere else.
_SPACED = _GROUP + "([ \u00a0\u2007\u2009\u202f'\u2019]\\d{3})+([.,]\\d+)?$"
_BLANKS = "[ \u00a0\u2007\u2009\u202f'\u2019]"
_COMMA_GROUPS = _GROUP + r"(,\d{3}){2,}(\.\d+)?$|" + _GROUP + r"(,\d{3})+\.\d+$"
_POINT_GROUPS = _GROUP + r"(\.\d{3}){2,}(,\d+)?$|" + _GROUP + r"(\.\d{3})+,\d+$"
_COMMA_EITHER = _GROUP + r",\d{3}$"
_POINT_EITHER = _GROUP + r"\.\d{3}$"
_COMMA_DECIMAL = r"^[+-]?\d*,\d+" + _EXPONENT
_POINT_DECIMAL = r"^[+-]?(\d+\.\d*|\.\d+)" + _EXPONENT


def plain(words: pa.Array, path: Path, comma_is_decimal: bool = False) -> pa.Array:
    """Numbers as programs write them, `1.234,5` as `1234.5`; what is no number stays as it is.

    `words` are distinct trimmed strings. `comma_is_decimal`: the file itself says so, as one does
    whose columns are separated by semicolons. Raises `Invalid` where the figures contradict each
    other or leave the meaning of a comma open, naming them.
    """
    words = pc.replace_substring_regex(words, "^[\u2010\u2011\u2013\u2212](\\d)", r"-\1")
    spaced = pc.match_substring_regex(words, _SPACED)
    if pc.any(spaced).as_py():
        words = pc.if_else(spaced, pc.replace_substring_regex(words, _BLANKS, ""), words)
    if not pc.any(pc.match_substring_regex(words, r",|\..*\.")).as_py():
        if comma_is_decimal:
            _prove_points(words, path)
        return words
    comma_either, point_either = _like(words, _COMMA_EITHER), _like(words, _POINT_EITHER)
    comma_groups, point_groups = _like(words, _COMMA_GROUPS), _like(words, _POINT_GROUPS)
    comma = pc.or_(pc.and_not(_like(words, _COMMA_DECIMAL), comma_either), point_groups)
    point = pc.or_(pc.and_not(_like(words, _POINT_DECIMAL), point_either), comma_groups)
    sure_comma, sure_point = _first(words, comma), _first(words, point)
    if comma_is_decimal and sure_comma is None:
        sure_comma = _first(words, comma_either)
    if sure_comma and sure_point:
        raise Invalid(
            f"{path.name}: '{sure_comma}' has a decimal comma and '{sure_point}' a decimal point: "
            "write all figures in one way, or fetch the file again."
        )
    if sure_comma:
        open_ = _first(words, point_either)
        if open_ and not pc.any(point_groups).as_py():
            raise _ambiguous(path, open_, f"beside '{sure_comma}'")
        mine = pc.or_(pc.or_(comma, comma_either), pc.or_(point_groups, point_either))
        turned = pc.replace_substring(pc.replace_substring(words, ".", ""), ",", ".")
        return pc.if_else(mine, turned, words)
    open_ = _first(words, comma_either)
    if open_ and not sure_point:
        raise _ambiguous(path, open_, "and no other figure of the file tells which")
    grouped = pc.or_(comma_groups, comma_either)
    return pc.if_else(grouped, pc.replace_substring(words, ",", ""), words)


def localised(text: pa.Array, path: Path, comma_is_decimal: bool = True) -> pa.Array:
    """`plain` for the rows of a file; by default of one in which the comma is decimal."""
    coded = pc.utf8_trim_whitespace(text).dictionary_encode()
    return plain(coded.dictionary, path, comma_is_decimal).take(coded.indices)


def _prove_points(words: pa.Array, path: Path) -> None:
    """Refuse `1.203` where the comma would be decimal, unless another figure has a decimal point."""
    open_ = _first(words, _like(words, _POINT_EITHER))
    sure = pc.and_not(_like(words, _POINT_DECIMAL), _like(words, _POINT_EITHER))
    if open_ and not pc.any(sure).as_py():
        raise _ambiguous(path, open_, "and no other figure of the file tells which")


def _like(words: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(words, pattern)


def _first(words: pa.Array, mask: pa.Array) -> str | None:
    found = words.filter(mask)
    return found[0].as_py() if len(found) else None


def _ambiguous(path: Path, word: str, why: str) -> Invalid:
    sign = "comma" if "," in word else "point"
    return Invalid(
        f"{path.name}: the {sign} of '{word}' may be decimal or separate thousands, {why}: "
        "write all figures with a decimal point and without a sign between thousands."
    )
