"""The page of a release that waits for a person: why it waits, what would change, what to do."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.models.release_limits import ReleaseLimits
    from warehouse.changes import Changes

PAGE = "waiting.html"


def rules(limits: ReleaseLimits) -> list[tuple[str, str]]:
    """The rules of the gate, each with its limit, in words."""
    return [
        (
            "Figures that stood in the release before and are no longer there",
            f"at most {limits.lost:.0%}",
        ),
        ("Figures with another value", f"at most {limits.revised:.0%}"),
        (
            f"Figures of one indicator that are no longer there, where it had {limits.least_figures} or "
            "more",
            f"at most {limits.lost_of_indicator:.0%}",
        ),
        ("Tables that had rows and have none", "none"),
        ("Indicators that had figures and have none", "none"),
    ]


def write(folder: Path, found: Changes, reasons: list[str], limits: ReleaseLimits) -> None:
    """Write the page into the folder of the release that waits."""
    from warehouse.publications.page import standalone

    listed = "".join(f"<li>{escape(r)}</li>" for r in reasons)
    rows = "".join(
        f"<tr><td>{escape(what)}</td><td>{escape(limit)}</td></tr>" for what, limit in rules(limits)
    )
    title = "This release waits for a person"
    body = f"""
<h1>{title}</h1>
<p>It was made and is whole, and it is not published: it differs from <strong>{escape(found.before)}</strong>,
which stays current, by more than the limits allow.</p>
<h2>Why it waits</h2>
<ul>{listed}</ul>
<h2>What to do</h2>
<ol>
<li>Look at what would change, below; figure by figure with
<code>observatory diff current candidate -o changes.csv</code>.</li>
<li>If it is meant, say why: <code>observatory publish --accept "the reason"</code>, or in the Dagster UI the
job <code>publish_accepted</code>. The reason is in the release's CHANGES.md.</li>
<li>If it is not meant, mend its cause (take an edit of the catalog back, or leave a doubtful download unaccepted)
and run <code>observatory build</code>, which removes this release and its page.</li>
</ol>
<p>Look at it also in its <a href="dictionary.html">data dictionary</a>, its
<a href="data_docs/index.html">Data Docs</a>, and its file <code>observatory.duckdb</code> in this folder.</p>
<h2>What would change</h2>
{_changes(found.words)}
<h2>The limits</h2>
<p>The shares are stated in <code>catalog/release.yaml</code>.</p>
<table><thead><tr><th>What</th><th>Limit</th></tr></thead><tbody>{rows}</tbody></table>
"""
    html = standalone(title, body, note=f"Compared with release {found.before}.")
    (folder / PAGE).write_text(html, encoding="utf-8")


def _changes(words: str) -> str:
    """What CHANGES.md would say, as HTML under a heading of the page: its own title left out, tables
    that scroll by themselves on a narrow screen, figures to the right."""
    from markdown_it import MarkdownIt

    body = words.partition("\n")[2] if words.startswith("# ") else words
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(body)
    for old, new in (
        ("<h2>", "<h3>"),
        ("</h2>", "</h3>"),
        ("<table>", '<div class="scroll" tabindex="0"><table>'),
        ("</table>", "</table></div>"),
        (' style="text-align:right"', ' class="num"'),
    ):
        html = html.replace(old, new)
    return html
