"""Models of governance and what is lined up with them: thin assets around the typology."""

from collections.abc import Callable, Mapping

import dagster as dg
import pyarrow as pa

from assets.governance import REGISTER
from assets.tables import table
from catalog import Catalog
from warehouse.home import Home
from warehouse.tables import governance_models as stated

CODE = ("assets/governance_models.py", "warehouse/surveys/governance/typology.py")
PROTECTED = (
    "assets/governance_models.py",
    "warehouse/surveys/governance/statistics.py",
    "warehouse/surveys/secrecy/disclosure.py",
)
TYPED = ("gov_body", "gov_representation", "gov_territory")
BODIES = (*TYPED, "gov_competence", "gov_model", "gov_fact")
PROFILE = ("governance_body", "gov_territory", "gov_fact", "latest", "source")


def assets(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """The tables of models, in their order."""
    rules = (catalog.folder / "surveys" / "typology.yaml").read_text(encoding="utf-8")
    made = (
        (stated.GOV_MODEL, TYPED, _models),
        (stated.GOVERNANCE_BODY, BODIES, _bodies),
        (stated.GOVERNANCE_PROFILE, PROFILE, _profile),
        (stated.GOVERNANCE_OUTCOME, ("governance_profile", "latest", "source"), _outcome),
    )
    questions = (catalog.folder / "surveys" / "governance.yaml").read_text(encoding="utf-8")
    protected = table(
        catalog,
        stated.GOVERNANCE_STATISTICS,
        [REGISTER.path, ["governance_profile"], ["metro"]],
        _statistics,
        code=PROTECTED,
        group="governance",
        facts=questions,
    )
    return [
        protected,
        *_open(catalog, made, rules),
    ]


def _open(catalog: Catalog, made: tuple, rules: str) -> list[dg.AssetsDefinition]:
    return [
        table(
            catalog,
            statement,
            [[n] for n in needs],
            _from(needs, method),
            code=CODE,
            group="governance",
            facts=rules,
        )
        for statement, needs, method in made
    ]


def _from(
    needs: tuple[str, ...], method: Callable[[Mapping[str, pa.Table]], pa.Table]
) -> Callable[[Home], pa.Table]:
    def make(home: Home) -> pa.Table:
        from warehouse import store

        return method({n: store.read(home.table(n)) for n in needs})

    return make


def _models(tables: Mapping[str, pa.Table]) -> pa.Table:
    from catalog.models import typology as rules
    from warehouse.surveys.governance.typology import models

    return models(tables, rules.load())


def _bodies(tables: Mapping[str, pa.Table]) -> pa.Table:
    from warehouse.surveys.governance.typology import bodies

    return bodies(tables)


def _profile(tables: Mapping[str, pa.Table]) -> pa.Table:
    from warehouse.surveys.governance.typology import profile

    return profile(tables)


def _outcome(tables: Mapping[str, pa.Table]) -> pa.Table:
    from warehouse.surveys.governance.typology import outcome

    return outcome(tables)


def _statistics(home: Home) -> pa.Table:
    """Answers of class N leave the layer of answers here alone, protected."""
    from catalog import survey_loader
    from warehouse import store
    from warehouse.surveys.governance.desk_wave import RESPONSES
    from warehouse.surveys.governance.statistics import statistics
    from warehouse.surveys.intake import shelves
    from warehouse.surveys.intake.wave import all_waves
    from warehouse.tables.governance import GOV_ANSWER

    waves = all_waves(home)
    answers = [shelves.table(shelves.read_wave(home, w, "answers")) for w in waves]
    said = [shelves.table(shelves.read_wave(home, w, "responses")) for w in waves]
    return statistics(
        pa.concat_tables(answers) if waves else store.empty(GOV_ANSWER),
        pa.concat_tables(said) if waves else RESPONSES.empty_table(),
        store.read(home.table("metro")),
        store.read(home.table("governance_profile")),
        survey_loader.survey(),
    )
