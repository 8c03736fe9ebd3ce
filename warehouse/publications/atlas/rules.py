"""The rules of comparison as JavaScript, so that the page of comparison judges as the release does.

A rule is SQL over two figures `a` and `b` (table `comparability_rule`); it stays stated in one place.
What this little translator does not know is refused, never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from warehouse.errors import WarehouseError
from warehouse.publications.atlas.read import Row

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')|(?P<field>[ab]\.[a-z_]+)"
    r"|(?P<word>[a-z_]+)|(?P<sign><>|<=|>=|=|<|>|\(|\)|,|-|\+))",
    re.IGNORECASE,
)
# SQL knows three answers; what is not known stays unknown until the end, where it is no reason.
_SIGNS = {"=": "eq", "<>": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
HELPERS = """const known = (x) => x !== null && x !== undefined;
const two = (f) => (x, y) => known(x) && known(y) ? f(x, y) : null;
const eq = two((x, y) => x === y), ne = two((x, y) => x !== y), lt = two((x, y) => x < y), gt = two((x, y) => x > y);
const le = two((x, y) => x <= y), ge = two((x, y) => x >= y), minus = two((x, y) => x - y), plus = two((x, y) => x + y);
const abs = (x) => known(x) ? Math.abs(x) : null, isin = (x, list) => known(x) ? list.includes(x) : null;
const not = (x) => known(x) ? !x : null;
const and = (...all) => all.includes(false) ? false : all.every(known) ? true : null;
const or = (...all) => all.includes(true) ? true : all.every(known) ? false : null;
"""


def module(rules: Sequence[Row]) -> str:
    """A module that exports `rules`: code, verdict, the sentence in each language, and the test."""
    made = []
    for r in rules:
        said = {k.removeprefix("sentence_"): v for k, v in r.items() if k.startswith("sentence_")}
        head = json.dumps(
            {"code": r["code"], "verdict": r["verdict"], "says": said},
            ensure_ascii=False,
            sort_keys=True,
        )
        made.append(
            f"Object.assign({head}, {{ test: (a, b) => ({translate(r['rule'])}) === true }})"
        )
    return (
        f"// Made from table comparability_rule of the release; do not edit.\n{HELPERS}export const rules = [\n"
        + ",\n".join(made)
        + "\n];\n"
    )


def translate(sql: str) -> str:
    """One predicate as a JavaScript expression; WarehouseError where it holds what is not known."""
    tokens, at = [], 0
    text = sql.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise WarehouseError(
                f"The rule '{sql}' holds '{text[at : at + 12]}', which rules.py does not know; teach it."
            )
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind]))
        at = found.end()
    parser = _Parser(tokens, sql)
    expression = parser.either()
    if parser.at < len(tokens):
        parser.fail()
    return expression


class _Parser:
    """Or over and over not over comparisons over sums, as in SQL."""

    def __init__(self, tokens: list[tuple[str, str]], sql: str):
        self.tokens, self.sql, self.at = tokens, sql, 0

    def peek(self) -> str:
        return self.tokens[self.at][1].lower() if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> tuple[str, str]:
        if self.at >= len(self.tokens) or (wanted is not None and self.peek() != wanted):
            self.fail()
        self.at += 1
        return self.tokens[self.at - 1]

    def fail(self) -> None:
        raise WarehouseError(
            f"The rule '{self.sql}' has an expression at '{self.peek()}' that rules.py does not know; teach it."
        )

    def either(self) -> str:
        parts = [self.both()]
        while self.peek() == "or":
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else f"or({', '.join(parts)})"

    def both(self) -> str:
        parts = [self.negated()]
        while self.peek() == "and":
            self.take()
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else f"and({', '.join(parts)})"

    def negated(self) -> str:
        if self.peek() == "not":
            self.take()
            return f"not({self.negated()})"
        return self.compared()

    def compared(self) -> str:
        left = self.total()
        sign = self.peek()
        if sign in _SIGNS:
            self.take()
            return f"{_SIGNS[sign]}({left}, {self.total()})"
        if sign == "is":
            self.take()
            inverse = self.peek() == "not"
            if inverse:
                self.take()
            self.take("null")
            return f"{'' if inverse else '!'}known({left})"
        if sign == "in":
            self.take()
            self.take("(")
            items = [self.total()]
            while self.peek() == ",":
                self.take()
                items.append(self.total())
            self.take(")")
            return f"isin({left}, [{', '.join(items)}])"
        return left

    def total(self) -> str:
        left = self.single()
        while self.peek() in ("-", "+"):
            name = "minus" if self.take()[1] == "-" else "plus"
            left = f"{name}({left}, {self.single()})"
        return left

    def single(self) -> str:
        kind, text = self.take()
        if kind == "number":
            return text
        if kind == "text":
            return json.dumps(text[1:-1].replace("''", "'"))
        if kind == "field":
            return text
        if text == "(":
            inside = self.either()
            self.take(")")
            return f"({inside})"
        if text.lower() == "abs":
            self.take("(")
            inside = self.total()
            self.take(")")
            return f"abs({inside})"
        self.at -= 1
        self.fail()
        return ""
