"""Templates to pages: one environment, compiled once, that fails on anything undefined."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.languages import own_name
from warehouse.publications.page.formats import LANGUAGES, formats
from warehouse.publications.page.words import Words, words

if TYPE_CHECKING:
    import jinja2

HERE = Path(__file__).parent
STYLE = "design.css"
# Nothing but the site's own files; WebAssembly and a worker for the page of data. Pages without a
# script allow none.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self' blob:; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"
)
QUIET = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"
SCRIPTED = f"{QUIET}; script-src 'self'"
# What HTML lets one leave out: end tags of cells, rows and items, blanks between lines, and quotes around
# a plain value. Text never holds `="`: Jinja2 escapes the quote. A site of 12,000 pages is a fifth lighter.
_END_TAGS = re.compile(r"</(?:td|th|tr|li|dt|dd|tbody|thead|option|body|html)>")
_BLANKS = re.compile(r"\n\n+")
_QUOTES = re.compile(r'(=)"([^\s"\'=<>`]+)"(?=[ >])')  # split by it, a page has no such quotes
_SPECIAL = re.compile("[&<>\"']")
ALONE = (
    "default-src 'none'; style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'"
)


def environment(*folders: Path) -> jinja2.Environment:
    """Jinja2 with the shared templates after those of these folders; HTML is escaped."""
    import jinja2

    class Template(jinja2.Template):
        """Compiled templates call `escape` for each of some 300 values of a page."""

        @classmethod
        def from_code(cls, *given: Any, **named: Any) -> jinja2.Template:
            made = super().from_code(*given, **named)
            vars(made)["root_render_func"].__globals__["escape"] = escaped
            return made

    class Environment(jinja2.Environment):
        """Rows and texts are dictionaries: `r.title` looks for the key before the attribute."""

        template_class = Template

        def getattr(self, obj: Any, attribute: str) -> Any:
            if isinstance(obj, dict) and attribute in obj:
                return obj[attribute]
            return super().getattr(obj, attribute)

    return Environment(
        loader=jinja2.FileSystemLoader([*folders, HERE / "templates"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {lang: own_name(lang).capitalize() for lang in LANGUAGES}


def render(env: jinja2.Environment, template: str, w: Words, **context: object) -> str:
    """A page of one language. `w` its texts; what `base.html` asks for is in the docstring of the room."""
    defaults = {
        "w": w,
        "lang": w.lang,
        "languages": _names(),
        "f": formats(w.lang),
        "policy": safe(
            POLICY if context.get("scripts") else QUIET
        ),  # a page may name a stricter one
        "home": context.get("home", f"{context['root']}{w.lang}/"),
        "style": None,
        "description": "",
        "path": "",
        "address": "",
        "crumbs": (),
        "scripts": (),
        "section": "",
        "search": True,
        "jsonld": "",
    }
    return env.get_template(template).render(defaults | context)


def light(html: str) -> str:
    """The same page with fewer bytes. Text in `pre` must not depend on empty lines."""
    plain = html.replace("&#39;", "'")  # no attribute of ours stands in single quotes
    return "".join(_QUOTES.split(_BLANKS.sub("\n", _END_TAGS.sub("", plain))))


def escaped(value: object) -> str:
    """A value as text of HTML. That a text needs no change is found faster than MarkupSafe wraps it."""
    import markupsafe

    if type(value) is str and not _SPECIAL.search(value):
        return value
    return markupsafe.escape(value)


def safe(html: str):
    """Text that is HTML already, such as a chart, for a template."""
    import markupsafe

    return markupsafe.Markup(html)


def standalone(title: str, body: str, lang: str = "en", *, note: str = "") -> str:
    """One HTML file that needs no other: the style inside, allowed by its hash; no script runs.

    body: HTML that is already safe. note: a sentence for the foot, such as the release.
    """
    style = (HERE / STYLE).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return render(
        environment(),
        "alone.html",
        words()[lang],
        title=title,
        body=safe(body),
        note=note,
        root="",
        style=safe(style),
        policy=ALONE.format(style=f"sha256-{digest}"),
    )


def static() -> Mapping[str, bytes]:
    """The style sheet and the base map, by the name under which pages ask for them."""
    from warehouse.publications.page import world

    return {
        STYLE: (HERE / STYLE).read_bytes(),
        "world.svg": world.base().encode(),
        "icon.svg": (HERE / "icon.svg").read_bytes(),
    }
