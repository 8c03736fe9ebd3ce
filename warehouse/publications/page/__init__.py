"""The look of every page that the observatory publishes: one base template, one style sheet.

How another publication makes a page::

    from warehouse.publications import page

    env = page.environment(Path(__file__).parent / "templates")     # its own templates, if any
    words = page.words(Path(__file__).parent / "words.yaml")        # {language: Words}
    html = page.render(env, "report.html", words["ca"], title="...", root="../", ...)

- `words(*files)`: interface texts in four languages; a text that misses a language is an error.
- `formats(lang)`: numbers, years, dates and lists as the language writes them.
- `charts`: SVG by functions of plain Python; each takes the sentence that the chart says.
- `world`: the map of the world (Equal Earth) and where a point lies on it.
- `base.html`: blocks `head`, `main`, `foot`; asks for `title` and `root` (relative way to the folder
  of the site, such as `../`), and optionally `home` (way to the folder of the language), `description`,
  `path` (for the other languages), `crumbs`, `scripts` (names in `static/`), `section`.
- `light(html)`: the same page with fewer bytes, for a site of many.
- `standalone(title, body, lang)`: one file with the style inside, for a report that travels alone.
- `static()`: the files that a site has to serve beside its pages, by name.

No page asks another host for anything, and none holds an inline script or style (`POLICY`), save
`standalone`, whose style is allowed by its hash.
"""

from warehouse.publications.page import charts, world
from warehouse.publications.page.formats import LANGUAGES, Formats, formats, is_calendar_year
from warehouse.publications.page.render import (
    POLICY,
    SCRIPTED,
    environment,
    escaped,
    light,
    render,
    safe,
    standalone,
    static,
)
from warehouse.publications.page.words import Words, words

__all__ = [
    "LANGUAGES",
    "POLICY",
    "SCRIPTED",
    "Formats",
    "Words",
    "charts",
    "environment",
    "escaped",
    "formats",
    "is_calendar_year",
    "light",
    "render",
    "safe",
    "standalone",
    "static",
    "words",
    "world",
]
