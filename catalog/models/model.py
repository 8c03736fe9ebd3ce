"""The shape of the catalog's YAML files, as pydantic models; the JSON Schemas come from here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from catalog.languages import languages, translated

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Where = dict[str, str | list[str]]
Provenance = Literal["upstream", "carrier", "computed"]


class Strict(BaseModel):
    """Base of all models: an unknown field is an error, so that a typo never passes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Texts(Strict):
    """One text for people: in English, and in each language that translates it.

    Written as the English text alone, or as `{en: ..., ca: ..., ...}` where a translation of this
    one place differs from that of the same words elsewhere; else translations are in
    `catalog/languages`. `texts.ca`, or `getattr(texts, lang)`, is the text in that language, in
    English where it has no translation.
    """

    en: str
    beside: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"en": value}
        if isinstance(value, dict) and "beside" not in value:
            known = languages()
            beside = {k: v for k, v in value.items() if k in known and k != "en"}
            return {k: v for k, v in value.items() if k not in beside} | {"beside": beside}
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        """A text, or an object of texts by language, for editors."""
        described = handler(core)
        return {
            "description": described.get("description", ""),
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"en": {"type": "string"}},
                    "required": ["en"],
                    "additionalProperties": {"type": "string"},
                },
            ],
        }

    @model_serializer
    def _by_language(self) -> dict[str, str]:
        """One text per language: what is written from it, such as release.json, needs no overlay."""
        return {lang: getattr(self, lang) for lang in languages()}

    def translation(self, lang: str) -> str | None:
        """The text in a language; None where nobody has translated it."""
        if lang == "en":
            return self.en
        return self.beside.get(lang) or translated(self.en, lang)

    def in_all(self) -> dict[str, str]:
        """The text by language, in English where it has no translation."""
        return {lang: self.translation(lang) or self.en for lang in languages()}

    def __getattr__(self, name: str) -> str:
        """The text in the language of that code, in English where it has no translation."""
        if name in languages():
            return self.translation(name) or self.en
        raise AttributeError(f"there is no language '{name}' in catalog/languages")


class Range(Strict):
    """Plausible range in the indicator's unit; a record outside is quarantined."""

    min: float | None = None
    max: float | None = None
    context_max: float | None = None
    """Largest plausible value of a country or region, where it is above `max`."""


class BreakRule(Strict):
    """A jump between consecutive periods that means a redrawn territory, not a real change.

    `relative_change`: |now / before - 1| above this marks the figure as a break (break_origin =
    observatory), as area does when a boundary moves.
    """

    relative_change: float = Field(gt=0)
    reason: str


class Target(Strict):
    """A figure to be reached by a year, where a framework states one that can be read as a number."""

    value: float
    """In the indicator's unit."""
    year: int
    basis: str
    """How the framework's words were read as this number."""
    source: str
    """Where the words stand."""


class PeerFeature(Strict):
    """One of the properties by which metropolises are alike; one indicator at one delineation."""

    id: Identifier
    title: Texts
    of: Literal["level", "growth", "governance"] = "level"
    """level: the newest figure; growth: the slope of the series, percent of its median per year;
    governance: the model of its governance, alike or not, which needs no indicator."""
    indicator: Identifier | None = None
    system: Identifier | None = None
    vintage: str | None = None
    log: bool = False
    """Compare ratios (of sizes, of incomes) and not differences."""

    @model_validator(mode="after")
    def _is_of_something(self) -> PeerFeature:
        stated = [f for f in ("indicator", "system", "vintage") if getattr(self, f) is not None]
        if self.of == "governance" and (stated or self.log):
            raise ValueError(f"governance has no {(stated or ['log'])[0]}: leave it out.")
        if self.of != "governance" and len(stated) < 3:
            raise ValueError(f"{self.of} needs an indicator, its system and its vintage: add them.")
        return self


class Binding(Strict):
    """Which records of which dataset are this indicator, and in which unit they are served.

    `where` maps a source dimension to the code (or codes) it must have; values are compared as
    text, one that begins with `~` is a regular expression (RE2, whole match). The figure is
    `value * factor`, in `unit`. Periods after `projection_after` are projections (obs_status F).
    `interpolated` series get no p-value. `verified`: a real file or answer of this dataset was
    read with these codes.
    """

    provider: Identifier
    """Name of a file in catalog/providers."""
    dataset: str
    """A dataset that this file states."""
    where: Where = {}
    """Source dimension: the code it must have, or a list of codes."""
    unit: str
    """Unit of the figure after `factor`; one of catalog/units.csv."""
    factor: float = 1.0
    """The served value is multiplied by this."""
    margin: dict[str, str] = {}
    """Source dimension: the code under which the same dataset serves the margin of error of each figure;
    `lower` and `upper` are the figure less and plus it. `where` gives one code to each of these."""
    sex: str = "_T"
    """SDMX CL_SEX: F, M, _T."""
    age: str = "_T"
    """SDMX CL_AGE: Y0T14, Y15T64, Y_GE65, _T."""
    projection_after: str | None = None
    """Last period that is not a projection."""
    concept: str = ""
    """What is measured where sources of one indicator differ in it, such as stations or modelled."""
    definition: str = ""
    """Version of the definition that the records follow, where versions differ."""
    interpolated: bool = False
    """The source interpolates between measurements: status E, and trends get no p-value."""
    modelled: bool = False
    """The source computes the figures by a model, such as one over satellite images: status E, and
    trends get no p-value."""
    verified: bool = False
    """A real file or answer of the dataset was read with these codes."""
    note: str = ""
    """What a reader of this file must know about the binding."""


class Input(Strict):
    """One part of a formula: the current figures of another indicator, in the given variant.

    Without `sex` or `age` the part is joined on the variant of the figure being made. A variant that
    the leading part pins belongs to what is measured (share aged 65 and over): the figure is `_T`.
    """

    indicator: Identifier
    unit: str | None = None
    sex: str | None = None
    age: str | None = None


class Derived(Strict):
    """A formula over parts that share unit, delineation and period.

    `formula` holds names of `inputs`, numbers, + - * / and parentheses. The first input leads: a
    row that it has and another has not becomes `not_computable`.
    """

    formula: str = Field(pattern=r"^[a-z0-9_+\-*/(). ]+$")
    inputs: dict[Identifier, Input]


class Indicator(Strict):
    """One indicator: what it measures, in which unit, from where."""

    id: Identifier
    """The name of the file without .yaml."""
    theme: Identifier
    """One of catalog/themes.yaml."""
    title: Texts
    definition: Texts
    """Numerator, denominator, territory and unit, in one to three sentences."""
    unit: str
    """Unit of the figures (of the first binding, where bindings differ); one of catalog/units.csv."""
    direction: Literal["higher", "lower", "none"]
    """Which values are better: higher or lower; none where that is no question of better."""
    between_places: bool = True
    """Whether places may be compared by it. A total that grows with the size of the place is not
    ranked: its rate is."""
    compare_instead: Identifier | None = None
    """The rate by which places are compared where this indicator is a total; needs
    `between_places: false`."""
    kind: Literal["source", "derived", "context"] = "source"
    """source: read; derived: computed by `derived`; context: figures of countries only."""
    references: dict[str, list[str]] = {}
    """Numbers that it answers to, by framework; each must be in `catalog/frameworks/<framework>.yaml`."""
    range: Range = Range()
    caveats: list[Texts] = []
    """What a reader must know before using it."""
    break_rule: BreakRule | None = None
    target: Target | None = None
    bindings: list[Binding] = []
    derived: Derived | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Indicator:
        if (self.kind == "derived") != (self.derived is not None):
            raise ValueError("kind is 'derived' exactly where the field 'derived' stands")
        if self.derived is None and not self.bindings:
            raise ValueError("give at least one entry in 'bindings', or a 'derived' formula")
        if self.compare_instead and self.between_places:
            raise ValueError("compare_instead needs between_places: false; add it.")
        if self.derived is not None and self.bindings:
            raise ValueError("an indicator has 'bindings' or 'derived', never both")
        return self


class Exclude(Strict):
    """Records that are deliberately not used, with the reason; they are counted, never lost."""

    where: Where
    reason: str


class Territory(Strict):
    """How to read the territorial unit of a record; the first rule whose `where` holds decides.

    A value in `where` that begins with `~` is a regular expression (RE2, whole match). `code`
    names the source dimension that carries the unit's code, or a template such as
    `{country_iso2}|{city}`. `system` and `vintage` say in which list of the registry the code
    stands; the list gives the scale.
    """

    where: Where = {}
    code: str
    system: Identifier
    vintage: str


class Bounds(Strict):
    """Source columns that carry the ends of the source's own interval."""

    lower: str
    upper: str


class RequestLimits(Strict):
    """How often a provider's hosts may be asked."""

    concurrent: int = Field(2, ge=1, le=16)
    """Requests at once."""
    per_second: float = Field(2.0, gt=0, le=50)
    """Requests that may begin in a second, evenly spaced."""


class SeriesIdentity(Strict):
    """By what a series is known in every edition of a dataset, so that history joins editions.

    Without it a series is all dimensions of a record, as served.
    """

    keys: dict[str, list[str]] = {}
    """Name in the series key: the columns that may carry it, the first that is there."""
    codes: dict[str, dict[str, str]] = {}
    """Per name in the series key: a code that an edition writes otherwise, and the one it is."""
    note: str = ""
    """On what the editions are joined, where that is no code but an exact label."""


class Expect(Strict):
    """What a download must be like beside the one before it, else it is kept and not used."""

    max_loss: float = Field(0.25, ge=0, le=1)
    """Share of records, of series or of bytes that may be gone."""
    max_growth: float = Field(4.0, gt=1)
    """How many times as many records or bytes there may be."""
    max_rewrite: float = Field(0.5, ge=0, le=1)
    """Share of the figures of both editions whose value may have changed."""
    dims: list[str] = []
    """Columns that must be there, beside those that bindings and territory rules read."""
    codes: dict[str, list[str]] = {}
    """Per column the codes that must be there."""


Policy = Literal["evolve", "freeze", "quarantine"]


class Drift(Strict):
    """What to do with what was never served before; one word stands for all three.

    evolve: it is taken in. freeze: the download is held until a person accepts it. quarantine: the
    download is used, and records with what is unknown wait in quarantine until a person accepts it.
    """

    columns: Policy = "evolve"
    """New columns."""
    units: Policy = "evolve"
    """New codes or strings in a column of units."""
    codes: Policy = "evolve"
    """New codes of any other dimension."""

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, value: object) -> object:
        if isinstance(value, str):
            return dict.fromkeys(("columns", "units", "codes"), value)
        return value


class Dataset(Strict):
    """One dataset of a provider; what is not said here holds as the provider says it."""

    title: str
    territory: list[Territory]
    exclude: list[Exclude] = []
    homepage: str = ""
    provenance: Provenance | None = None
    derived_by: str = ""
    licence: str | None = None
    licence_url: str | None = None
    attribution: str | None = None
    redistributable: bool | None = None
    bounds: Bounds | None = None
    notes: list[str] | None = None
    identity: SeriesIdentity = SeriesIdentity()
    expect: Expect | None = None
    drift: Drift | None = None
    request: dict[str, str | list[str]] = {}
    tolerance: float = Field(
        0.02, ge=0, le=1, description="share of claimed records that may break a hard rule"
    )


class Provider(Strict):
    """One provider with its datasets."""

    id: Identifier
    title: str
    homepage: str
    provenance: Provenance = "upstream"
    licence: str
    licence_url: str = ""
    attribution: str
    redistributable: bool = True
    notes: list[str] = []
    """Source columns with what the provider says of a figure: footnote, method, source."""
    limits: RequestLimits = RequestLimits()
    expect: Expect = Expect()
    drift: Drift = Drift()
    datasets: dict[str, Dataset]

    @model_validator(mode="after")
    def _inherit(self) -> Provider:
        inherited = (
            *("provenance", "licence", "licence_url", "attribution", "redistributable"),
            *("expect", "drift", "notes"),
        )
        filled = {
            code: d.model_copy(
                update={f: getattr(self, f) for f in inherited if getattr(d, f) is None}
                | ({} if d.homepage else {"homepage": self.homepage})
            )
            for code, d in self.datasets.items()
        }
        object.__setattr__(self, "datasets", filled)
        return self


class Theme(Strict):
    """One theme of the observatory."""

    id: Identifier
    title: Texts
    note: str = ""


class FrameworkItem(Strict):
    """One number of a framework; it is here only where it was read, with the source."""

    code: str
    title: str
    """In English."""
    source: str
    titles: dict[str, str] = {}
    """In other languages, by their code, where a text has it."""
    official: list[str] = []
    """Languages in which the title is the framework's own wording; the others are translations, or ours."""
    indicators: list[str] = []
    """Indicators of the catalog that answer to it, beside those that say so themselves."""
    note: str = ""


class Correction(Strict):
    """A known error of a source, mended as data; it fails loudly when it no longer matches.

    `match` names source dimensions and `period` (`~` begins a regular expression, a list is any of
    them). Either `expect` is the value as served, or `within` the values (from, to) that many records
    are served with. `action`: `drop` (to quarantine), `override` (with `value`), `scale` (by
    `value`), `flag` (adds `flag`).
    """

    provider: Identifier
    dataset: str
    match: Where
    expect: str | None = None
    within: tuple[float, float] | None = None
    action: Literal["drop", "override", "scale", "flag"]
    value: float | None = None
    flag: str | None = None
    reason: Texts
    source: Texts
    since: date
    """Day on which the observatory came to know of the error."""
    told: date | None = None
    """Day on which the upstream was told; empty where it was not."""

    @model_validator(mode="after")
    def _says_what_was_served(self) -> Correction:
        if (self.expect is None) == (self.within is None):
            raise ValueError(
                "give 'expect', the value as served, or 'within', its bounds; not both"
            )
        return self
