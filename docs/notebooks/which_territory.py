"""Guided notebook: how much of my metropolis does its government govern.

Open it with `marimo edit docs/notebooks/which_territory.py`. `observatory_notebook.py` says how
to choose release, metropolis and language.
"""

import marimo

app = marimo.App()


@app.cell
def settings():
    import marimo as mo
    from observatory_notebook import read

    ask, lang, metro = read()
    return ask, lang, metro, mo


@app.cell
def populations(ask, lang, metro, mo):
    _title = {
        "ca": "Les poblacions d'una mateixa metròpoli",
        "es": "Las poblaciones de una misma metrópoli",
        "fr": "Les populations d'une même métropole",
        "en": "The populations of one metropolis",
    }[lang]
    figures = ask(
        "select scale, system, vintage, period, round(value) as value from latest where metro_id = $metro "
        "and indicator_id = 'population' and sex = '_T' and age = '_T' order by value",
        metro=metro,
    )
    mo.vstack([mo.md(f"## {_title}"), mo.ui.table(figures)])
    return (figures,)


@app.cell
def governed(ask, lang, metro, mo):
    _title = {
        "ca": "Quina part en governa l'ens metropolità?",
        "es": "¿Qué parte gobierna el ente metropolitano?",
        "fr": "Quelle part gouverne l'organisme métropolitain ?",
        "en": "Which part does the metropolitan body govern?",
    }[lang]
    territories = ask(
        "select b.name, a.municipalities_found, a.population, a.area_km2, a.share_of_fua, "
        "a.share_of_core, a.missing from authority_territory a join governance_body b using (body_id) "
        "where a.metro_id = $metro order by a.population desc nulls last",
        metro=metro,
    )
    mo.vstack([mo.md(f"## {_title}"), mo.ui.table(territories)])
    return (territories,)


@app.cell
def lineage(ask, lang, metro, mo):
    _title = {
        "ca": "Municipi per municipi: és correcta la llista?",
        "es": "Municipio por municipio: ¿es correcta la lista?",
        "fr": "Commune par commune : la liste est-elle juste ?",
        "en": "Municipality by municipality: is the list right?",
    }[lang]
    units = ask(
        "select u.body_id, u.code, u.name, u.population, u.core from authority_unit u "
        "join authority_territory a using (body_id) where a.metro_id = $metro "
        "order by u.body_id, u.population desc, u.code",
        metro=metro,
    )
    total = sum(u["population"] or 0 for u in units)
    mo.vstack([mo.md(f"## {_title}"), mo.ui.table(units), mo.md(f"Σ {total:,.0f}")])
    return total, units


if __name__ == "__main__":
    app.run()
