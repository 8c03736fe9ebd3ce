"""Guided notebook: with whom may I compare, and what does a rank range say.

Open it with `marimo edit docs/notebooks/how_to_compare.py`. `observatory_notebook.py` says how
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
def same_model(ask, lang, metro, mo):
    _title = {
        "ca": "Metròpolis amb el mateix model de governança",
        "es": "Metrópolis con el mismo modelo de gobernanza",
        "fr": "Métropoles du même modèle de gouvernance",
        "en": "Metropolises with the same model of governance",
    }[lang]
    alike = ask(
        "select m.name, m.country, p.body, p.model, p.reason from governance_profile p "
        "join metro m using (metro_id) where p.model = (select model from governance_profile "
        "where metro_id = $metro) and p.metro_id <> $metro order by m.name",
        metro=metro,
    )
    mo.vstack([mo.md(f"## {_title}"), mo.ui.table(alike)])
    return (alike,)


@app.cell
def ranges(ask, lang, metro, mo):
    _title = {
        "ca": "L'interval de posicions en cada índex",
        "es": "El intervalo de posiciones en cada índice",
        "fr": "L'intervalle de rangs dans chaque indice",
        "en": "The range of ranks in each index",
    }[lang]
    ranges = ask(
        'select index_id, rank_low, rank_median, rank_high, "of" from index_rank_range '
        "where metro_id = $metro order by all",
        metro=metro,
    )
    mo.vstack([mo.md(f"## {_title}"), mo.ui.table(ranges)])
    return (ranges,)


@app.cell
def overlap(lang, mo, ranges):
    _text = {
        "ca": "Si dos intervals se superposen, no digueu que una metròpoli va davant de l'altra.",
        "es": "Si dos intervalos se superponen, no diga que una metrópoli va por delante de la otra.",
        "fr": "Si deux intervalles se chevauchent, ne dites pas qu'une métropole devance l'autre.",
        "en": "Where two ranges overlap, do not say that one metropolis is ahead of the other.",
    }[lang]
    widths = {r["index_id"]: r["rank_high"] - r["rank_low"] for r in ranges}
    mo.md(_text)
    return (widths,)


if __name__ == "__main__":
    app.run()
