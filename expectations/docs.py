"""How the Data Docs look: one page template and its style, in place of Great Expectations' own.

Its own page template loads a dozen files from as many hosts of others (styles, scripts, images);
ours loads nothing, so that a page reads the same from a disk without network in ten years.
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>{{ page_title }}</title>
<style>
{{ style }}
</style>
</head>
<body>
<nav>{% if home %}<a href="{{ home }}">All tables</a>{% else %}World Observatory of Metropolitan Areas{% endif %}</nav>
<main>
{% for section in sections %}{% set section_loop = loop -%}{% include 'section.j2' %}
{% endfor %}
</main>
<footer>Data Docs of the World Observatory of Metropolitan Areas, judged with Great Expectations {{ ge_version }}.</footer>
</body>
</html>
"""

STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #c62828; --doubt: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #56d364; --bad: #ff7b72; --doubt: #e3b341; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 84rem; padding: 0 1.2rem 3rem; }
nav, footer { padding: .8rem 0; border-bottom: 1px solid var(--line); }
footer { border: 0; border-top: 1px solid var(--line); margin-top: 2rem; font-size: .85rem; }
h1 { font-size: 1.7rem; margin: 1.2rem 0 .2rem; } h2 { font-size: 1.2rem; margin: 1.8rem 0 .2rem; }
p { margin: .2rem 0; max-width: 60rem; }
.table-responsive { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; font-size: .92rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem .3rem 0; text-align: left;
  vertical-align: top; font-variant-numeric: tabular-nums; overflow-wrap: break-word; max-width: 38rem; }
th { white-space: nowrap; }
thead[hidden] { display: none; }
.good { color: var(--good); font-weight: 600; } .critical { color: var(--bad); font-weight: 600; }
.warning { color: var(--doubt); font-weight: 600; } .rule { font-family: ui-monospace, monospace; }
.fa-check-circle::before { content: "\\2713\\00A0 passed"; } .fa-times::before { content: "\\2717\\00A0 failed"; }
.fa-exclamation-triangle::before { content: "! failed"; }
.text-success { color: var(--good); } .text-danger { color: var(--bad); } .text-warning { color: var(--doubt); }
i { font-style: normal; white-space: nowrap; }
"""
