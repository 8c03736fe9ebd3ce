"""Guided notebook: who governs my metropolis, by what, and how sure is it.

Open it with `marimo edit docs/notebooks/who_governs.py`. `observatory_notebook.py` says how
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
def bodies(ask, lang, metro, mo):
    _title = {
        "ca": "Quins ens hi ha, i quin model té cadascun?",
        "es": "¿Qué entes hay, y qué modelo tiene cada uno?",
        "fr": "Quels organismes existent, et de quel modèle est chacun ?",
        "en": "Which bodies are there, and of which model is each?",
    }[lang]
    bodies = ask(
        "select name, standing, model, reason, year_created, n_municipalities, competences "
        "from governance_body where metro_id = $metro order by standing, name",
        metro=metro,
    )
    mo.vstack([mo.md(f"## {_title}"), mo.ui.table(bodies)])
    return (bodies,)


@app.cell
def doubts(ask, lang, metro, mo):
    _title = {
        "ca": "Quins fets són fluixos o falten? Els podeu corregir?",
        "es": "¿Qué hechos son débiles o faltan? ¿Puede corregirlos?",
        "fr": "Quels faits sont fragiles ou manquent ? Pouvez-vous les corriger ?",
        "en": "Which facts are weak or missing? Can you correct them?",
    }[lang]
    weak = ask(
        "select f.body_id, f.field, f.value, s.title as source from gov_fact f "
        "join gov_source s using (source_id) where f.metro_id = $metro and f.weak "
        "and f.withdrawn_in is null order by all",
        metro=metro,
    )
    mo.vstack([mo.md(f"## {_title}"), mo.ui.table(weak)])
    return (weak,)


@app.cell
def laws(ask, lang, metro, mo):
    _title = {
        "ca": "Què diu la biblioteca",
        "es": "Qué dice la biblioteca",
        "fr": "Ce que dit la bibliothèque",
        "en": "What the library says",
    }[lang]
    items = ask(
        f"select i.date, i.title, i.line_{lang} as line, i.address from library_item i "
        "join library_link l using (item_id) where l.\"to\" = 'metro' and l.target = $metro "
        "order by i.date desc nulls last, i.item_id",
        metro=metro,
    )
    mo.vstack([mo.md(f"## {_title}"), mo.ui.table(items)])
    return (items,)


if __name__ == "__main__":
    app.run()
