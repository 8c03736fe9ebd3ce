"""Interface texts: YAML files of `key: English text`, a language at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from catalog.languages import translated
from warehouse.errors import WarehouseError
from warehouse.publications.page.formats import LANGUAGES

OWN = Path(__file__).parent / "words.yaml"


class Words(dict):
    """The texts of one language by key, also as attributes; asking for an unknown key fails."""

    def __init__(self, lang: str, texts: Mapping[str, str]):
        super().__init__(texts)
        self.lang = lang

    def __getattr__(self, key: str) -> str:
        """The text of a key; WarehouseError where there is none."""
        try:
            return self[key]
        except KeyError:
            raise WarehouseError(
                f"There is no text '{key}' in '{self.lang}'; add it to the words.yaml of the "
                "publication, in four languages."
            ) from None

    def code(self, kind: str, code: object, otherwise: str | None = None) -> str:
        """The text of a code such as ("scale", "fua"); a code without text is shown as it is.

        A release of another year may hold a code that these texts do not know.
        """
        return self.get(f"{kind}.{code}") or otherwise or str(code)

    def some(self, n: int, key: str, **also: object) -> str:
        """`key_one` or `key_other` by the number, which the text may show as {n}."""
        one = n == 1 or (n == 0 and self.lang == "fr")
        return getattr(self, f"{key}_one" if one else f"{key}_other").format(
            n=also.pop("shown", n), **also
        )


def words(*files: Path) -> dict[str, Words]:
    """{language: its texts} of the shared file and of these; a later file may replace a text.

    A language that has no text of its own beside the English one takes it from its overlay in
    `catalog/languages`, else the English one. Raises WarehouseError where there is no English text,
    or where the gaps of one language are not those of another.
    """
    texts: dict[str, dict[str, str]] = {lang: {} for lang in LANGUAGES}
    for file in (OWN, *files):
        faults = list(problems(given := _load(file)))
        if faults:
            raise WarehouseError(f"{file.name}: {' '.join(faults)}")
        for key, by in given.items():
            for lang in LANGUAGES:
                said = by.get(lang) or translated(by["en"], lang) or by["en"]
                texts[lang][key] = said.strip()
    return {lang: Words(lang, texts[lang]) for lang in LANGUAGES}


def problems(given: Mapping[str, object]) -> Iterable[str]:
    """A sentence for each text that is not whole: languages missing, empty or with other gaps."""
    import re

    for key, by in given.items():
        if not isinstance(by, dict):
            yield f"'{key}' is not one text per language; write the English text."
            continue
        if not str(by.get("en") or "").strip():
            yield f"'{key}' has no text in en; write it."
            continue
        empty = [lang for lang, text in by.items() if not str(text or "").strip()]
        if empty:
            yield f"'{key}' has an empty text in {', '.join(empty)}; write it or leave it out."
            continue
        gaps = {lang: sorted(set(re.findall(r"{(\w+)}", str(text)))) for lang, text in by.items()}
        if len({tuple(g) for g in gaps.values()}) > 1:
            yield f"'{key}' has other gaps in one language than in another ({gaps}); make them equal."


def _load(file: Path) -> dict[str, dict[str, str]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    given = yaml.load(file.read_text(encoding="utf-8"), Loader=loader) or {}
    # A group such as `scale:` holds codes; its texts get the key `scale.fua`.
    flat: dict[str, dict[str, str]] = {}
    for key, by in given.items():
        if isinstance(by, dict) and by and not set(by) & set(LANGUAGES):
            flat |= {f"{key}.{code}": _spoken(texts) for code, texts in by.items()}
        else:
            flat[str(key)] = _spoken(by)
    return flat


def _spoken(text: Any) -> Any:
    """A text as it is kept: the English alone, or with translations of this one place."""
    return {"en": text} if isinstance(text, str) else text
