"""Models of governance and what is lined up with them: thin assets around the typology."""

from collections.abc import Callable, Mapping

import dagster as dg
import pyarrow as pa

from assets.tables import table
from catalog import Catalog
from warehouse.home import Home
from warehouse.tables import governance_models as stated

CODE = ("assets/governance_models.py", "warehouse/methods/governance/typology.py")
TYPED = ("gov_body", "gov_representation", "gov_territory")
BESIDE = ("gov_competence", "gov_model", "gov_fact", "latest", "source")


def assets(catalog: Catalog) -> list[dg.AssetsDefinition]:
    """The tables of models, in their order."""
    rules = (catalog.folder / "surveys" / "typology.yaml").read_text(encoding="utf-8")
    made = (
        (stated.GOV_MODEL, TYPED, _models),
        (stated.GOVERNANCE_PROFILE, (*TYPED, *BESIDE), _profile),
        (stated.GOVERNANCE_OUTCOME, ("governance_profile", "latest", "source"), _outcome),
    )
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
    from catalog import typology as rules
    from warehouse.methods.governance.typology import models

    return models(tables, rules.load())


def _profile(tables: Mapping[str, pa.Table]) -> pa.Table:
    from warehouse.methods.governance.typology import profile

    return profile(tables)


def _outcome(tables: Mapping[str, pa.Table]) -> pa.Table:
    from warehouse.methods.governance.typology import outcome

    return outcome(tables)
