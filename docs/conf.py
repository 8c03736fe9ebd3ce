"""The site of the documentation: the pages of this folder, and pages made from the code."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
MADE = HERE / "made"
sys.path.insert(0, str(ROOT))

project = "World Observatory of Metropolitan Areas"
extensions = ["myst_parser"]
myst_heading_anchors = 4
source_suffix = {".md": "markdown"}
exclude_patterns = ["examples"]
html_theme = "alabaster"
html_theme_options = {"description": "Data platform", "fixed_sidebar": True}
# Names in examples of SQL and R that Pygments cannot colour are no fault of a page.
suppress_warnings = ["misc.highlighting_failure"]

ROOMS = ("catalog", "sources", "warehouse", "expectations", "assets", "pipelines")


def rooms() -> str:
    """The rooms and sub-rooms with what they say of themselves, and who imports whom."""
    lines = ["# Rooms", "", "A room imports only from rooms above it.", ""]
    lines += ["![Imports between the rooms](rooms.svg)", ""]
    for room in ROOMS:
        for package in sorted((ROOT / room).rglob("__init__.py")):
            name = package.parent.relative_to(ROOT).as_posix()
            said = ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))) or ""
            level = 2 if "/" not in name else 3
            lines += [f"{'#' * level} `{name}`", "", said, ""]
    return "\n".join(lines)


def imports() -> Counter[tuple[str, str]]:
    """(room, room it imports from) to the number of such imports."""
    found: Counter[tuple[str, str]] = Counter()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                named = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module:
                    named = [node.module]
                for module in named:
                    other = module.partition(".")[0]
                    if other in ROOMS and other != room:
                        found[room, other] += 1
    return found


def picture() -> str:
    """The rooms as boxes from top to bottom; an arc for each import, as wide as it is frequent."""
    step, left, width = 70, 180, 160
    place = {room: 20 + n * step for n, room in enumerate(ROOMS)}
    parts = []
    for (room, other), count in sorted(imports().items()):
        a, b = place[room] + 20, place[other] + 20
        bend = left + width + 30 + abs(a - b) // 3
        parts.append(
            f'<path d="M{left + width},{a} C{bend},{a} {bend},{b} {left + width},{b}" fill="none" '
            f'stroke="#888" stroke-width="{1 + count**0.5 / 4:.1f}"><title>{room} imports {other} '
            f"{count} times</title></path>"
        )
    for room, y in place.items():
        parts.append(
            f'<rect x="{left}" y="{y}" width="{width}" height="40" rx="6" fill="#e8eef4" '
            f'stroke="#456"/><text x="{left + width // 2}" y="{y + 25}" text-anchor="middle" '
            f'font-family="sans-serif" font-size="15">{room}/</text>'
        )
    height = 40 + step * len(ROOMS)
    inner = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 {height}" role="img">{inner}</svg>'


def dictionary() -> str:
    """Every published table with its columns, from the statements."""
    import catalog
    from warehouse import tables

    lines = ["# Tables of a release", ""]
    group = ""
    for table in tables.published(catalog.load()).values():
        if table.group != group:
            group = table.group
            lines += [f"## {group.capitalize()}", ""]
        lines += [f"### `{table.name}`", "", table.meaning, "", f"Key: {', '.join(table.key)}.", ""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for c in table.columns:
            meaning = c.meaning.replace("|", "\\|")
            lines.append(f"| `{c.name}` | {c.type.lower()} | {c.unit} | {meaning} |")
        lines.append("")
    return "\n".join(lines)


def _page(title: str, file: str) -> str:
    """A file of the top of the repository as a page: another title, and links from where it is now."""
    text = (ROOT / file).read_text(encoding="utf-8").partition("\n")[2]
    return f"# {title}\n" + text.replace("](docs/", "](../")


def write() -> None:
    """Write the pages that are made from code and from the files at the top of the repository."""
    MADE.mkdir(exist_ok=True)
    (MADE / "rooms.svg").write_text(picture(), encoding="utf-8")
    pages = {
        "rooms": rooms(),
        "tables": dictionary(),
        "use": _page("Use", "README.md"),
        "extend": _page("Extend", "CONTRIBUTING.md"),
    }
    for name, text in pages.items():
        file = MADE / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


write()
