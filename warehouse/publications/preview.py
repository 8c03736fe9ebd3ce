"""What a city sees before its profile is published, in its language, with a sheet for its corrections."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import yaml

from catalog.loader import FOLDER
from catalog.models.desk import LISTS
from warehouse.errors import WarehouseError
from warehouse.publications.model import Release

WORDS = FOLDER / "surveys" / "preview.yaml"
SHEET = (
    *("metro_id", "body_id", "body", "field", "value", "year", "source"),
    *("correction", "correction_source"),
)
_FACTS = """
select f.body_id, coalesce(b.name, '') as body, f.field, f.value, f.role, f.note,
  case when f.dated then f.valid_from end as year, f.weak, s.title, s.url, s.document
from gov_fact f left join governance_body b using (body_id) join gov_source s using (source_id)
where f.metro_id = $metro and f.withdrawn_in is null
order by b.standing = 'main' desc, b.standing = 'also' desc, f.body_id, f.field, f.valid_from, f.value
"""
_BODIES = """
select b.*, a.share_of_fua from governance_body b left join authority_territory a using (body_id)
where b.metro_id = $metro order by standing = 'main' desc, standing = 'also' desc, body_id
"""


def write(release: Release, metro: str, language: str, folder: Path) -> list[Path]:
    """Write `<metro>.md` and `corrections.csv` into `folder`; the paths.

    Raises `WarehouseError` where the release has no such metropolis.
    """
    known = {r["metro_id"]: r for r in release.rows("metro")}
    if metro not in known:
        raise WarehouseError(
            f"The release has no metropolis '{metro}'; look for it with `observatory query`."
        )
    facts = release.sql(_FACTS, metro=metro).to_pylist()
    bodies = release.sql(_BODIES, metro=metro).to_pylist()
    name = known[metro].get(f"name_{language}") or known[metro]["name"]
    folder.mkdir(parents=True, exist_ok=True)
    page, sheet = folder / f"{metro}.md", folder / "corrections.csv"
    page.write_text(_page(name, language, bodies, facts), encoding="utf-8")
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(SHEET)
        for f in facts:
            writer.writerow(
                [
                    metro,
                    f["body_id"],
                    f["body"],
                    f["field"],
                    f["value"],
                    f["year"],
                    f["url"],
                    "",
                    "",
                ]
            )
    return [page, sheet]


def _page(name: str, lang: str, bodies: list[dict[str, Any]], facts: list[dict[str, Any]]) -> str:
    from catalog import survey_loader
    from warehouse.publications import page
    from warehouse.publications.atlas import site
    from warehouse.publications.atlas.governance import reason
    from warehouse.publications.page.formats import formats

    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    choices = survey_loader.survey().choices
    shape, texts = formats(lang), page.words(site.WORDS)[lang]

    def word(key: str) -> str:
        return words[key][lang]

    def choice(listed: str, code: str) -> str:
        found = choices[listed].get(code)
        return getattr(found, lang) if found else code

    def value(f: dict[str, Any]) -> str:
        if f["field"] in LISTS:
            text = choice(LISTS[f["field"]], f["value"])
        else:
            text = words["yes_no"].get(f["value"], {}).get(lang, f["value"])
        more = [choice("role", f["role"])] if f["role"] else []
        more += [word("weak")] if f["weak"] else []
        return text + (f" ({shape.semicolon.join(more)})" if more else "")

    lines = [f"# {word('title').format(metro=name)}", "", word("intro"), ""]
    if not facts:
        lines += [word("nothing"), ""]
    no_body: dict[str, Any] = {"body_id": "", "name": ""}
    for b in [*bodies, no_body]:
        mine = [f for f in facts if f["body_id"] == b["body_id"]]
        if not mine:
            continue
        if b["body_id"]:
            model = choice("model", b["model"]) if b["model"] else word("not_decided")
            lines += [f"## {b['name']}", "", f"{word('model')}{shape.colon}**{model}**.", ""]
            lines += [f"{word('why')}{shape.colon}{reason(texts, b)}.", ""]
            share: float | None = b["share_of_fua"]
            if share is not None:
                lines += [f"{word('territory')}{shape.colon}{shape.number(share, 1)} %.", ""]
        heads = [word("fact"), word("value"), word("year"), word("source")]
        lines += [f"| {' | '.join(heads)} |", "|---|---|---|---|"]
        for f in mine:
            source = f"[{f['document'] or f['title']}]({f['url']})"
            cells = [words["fields"][f["field"]][lang], value(f), str(f["year"] or ""), source]
            lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
        lines.append("")
    return "\n".join(lines)
