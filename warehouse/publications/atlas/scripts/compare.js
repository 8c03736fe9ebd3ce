// The page of comparison: what the rules of the release allow is drawn, the rest is refused with its reason.
import { rules } from "./rules.js";
import { find, load } from "./names.js";

const main = document.querySelector("[data-compare]");
const lang = document.documentElement.lang;
const words = JSON.parse(document.getElementById("words").textContent);
const home = "../api/v1/";
const MOST = 5;
const metros = new Map(); // id to the answer of the API
let chosen = [];

const el = (name, attributes = {}, ...children) => {
  const svg = ["svg", "rect", "text"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const say = (text, given) => text.replace(/\{(\w+)\}/g, (_, key) => given[key]);
const locale = { ca: "ca", es: "es", fr: "fr", en: "en-GB" }[lang];
const digits = (value, unit) => ["PERSON", "NR", "DAY", "EUR"].includes(unit) ? 0 : unit === "IDX_0_1" ? 2
  : ["PC", "PC_LIVING_CITY"].includes(unit) ? 1 : Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
const written = (value, unit) => {
  const n = digits(value, unit);
  const text = value.toLocaleString(locale, { minimumFractionDigits: n, maximumFractionDigits: n });
  return `${text} ${words.unit[unit] ?? unit}`;
};
const nameOf = (id) => metros.get(id)?.names[lang] ?? metros.get(id)?.names.en ?? id;
const where = (f) => `${words.scale[f.scale] ?? f.scale} (${words.system[f.system] ?? f.system}${f.vintage === "current" ? "" : `, ${f.vintage}`})`;

// A series names its territory, its source and the classes of its years by their places in the answer.
export const read = (metro) => {
  metro.series.forEach((s, n) => {
    const { scale, system, vintage, unit_id } = metro.territories[s.territory];
    const [source_id, dataset] = s.source.split("/");
    Object.assign(s, { scale, system, vintage, unit_id, source_id, dataset, series: `${metro.metro_id}|${n}` });
  });
  return metro;
};

// Of each series the figure nearest to the year asked for; of two as near, the newer. As the macro of the release.
export const figures = (metro, indicator, asked) => metro.series.filter((s) => s.indicator_id === indicator).flatMap((s) => {
  const measured = s.points.filter(([, value, status]) => value !== null && status !== "F");
  if (!measured.length) return [];
  const near = measured.reduce((best, p) => {
    const [a, b] = [Math.abs(+p[0].slice(0, 4) - asked), Math.abs(+best[0].slice(0, 4) - asked)];
    return a < b || (a === b && p[0] > best[0]) ? p : best;
  });
  const year = +near[0].slice(0, 4);
  const run = s.runs.find(([first, last]) => first <= year && year <= last);
  if (!run) return [];
  return [{
    ...metro.classes[run[2]], ...s, metro_id: metro.metro_id, sex: "_T", age: "_T", period: near[0], value: near[1], year, asked,
  }];
});

export const verdict = (a, b) => {
  const reasons = rules.filter((r) => r.test(a, b));
  const no = reasons.filter((r) => r.verdict === "no");
  return { verdict: no.length ? "no" : reasons.length ? "with care" : "yes", reasons, no };
};

const said = (rule) => rule.says[lang] ?? rule.says.en;
const order = { yes: 0, "with care": 1, no: 2 };
const better = (x, y) => order[x.verdict] - order[y.verdict] || x.reasons.length - y.reasons.length;

// For each metropolis the figure that goes best with the first one's; then every pair is judged.
const judge = (indicator, asked, second) => {
  const over = second && chosen.length === 1;
  const sets = over
    ? [figures(metros.get(chosen[0]), indicator, asked), figures(metros.get(chosen[0]), indicator, second)]
    : chosen.map((id) => figures(metros.get(id), indicator, asked));
  const names = over ? [`${nameOf(chosen[0])}, ${asked}`, `${nameOf(chosen[0])}, ${second}`] : chosen.map(nameOf);
  const missing = names.filter((_, n) => !sets[n].length);
  const groups = [];
  for (const base of sets.flatMap((set, n) => set.map((f) => ({ f, n })))) {
    const members = sets.map((set, n) => {
      if (n === base.n) return { f: base.f, n, verdict: "yes", reasons: [] };
      const judged = set.map((f) => ({ f, n, ...verdict(base.f, f) }));
      return judged.sort(better)[0];
    }).filter(Boolean);
    const allowed = members.filter((m) => m.verdict !== "no");
    const fit = allowed.filter((m) => allowed.every((o) => o === m || verdict(m.f, o.f).verdict !== "no"));
    const reasons = new Set(fit.flatMap((m) => fit.flatMap((o) => o === m ? [] : verdict(m.f, o.f).reasons)));
    groups.push({ base, members, fit, reasons: [...reasons] });
  }
  const unique = new Map();
  for (const g of groups) if (g.fit.length > 1) {
    const key = g.fit.map((m) => `${m.n}${m.f.series}${m.f.period}`).sort().join();
    if (!unique.has(key)) unique.set(key, g);
  }
  const shown = [...unique.values()].sort((x, y) => y.fit.length - x.fit.length || x.reasons.length - y.reasons.length).slice(0, 6);
  const reached = new Set(shown.flatMap((g) => g.fit.map((m) => m.n)));
  const refused = [];
  names.forEach((name, n) => {
    if (reached.has(n) || !sets[n].length) return;
    let best = null;
    sets.forEach((other, k) => k !== n && sets[n].forEach((f) => other.forEach((o) => {
      const v = { ...verdict(o, f), f, o, k };
      if (!best || better(v, best) < 0) best = v;
    })));
    const told = best && refused.some((r) => r.name === names[best.k] && r.other === name);
    if (best && !told) refused.push({ name, other: names[best.k], ...best });
  });
  return { shown, refused, missing, names };
};

const bars = (group, names) => {
  const most = Math.max(...group.fit.map((m) => Math.abs(m.f.value))) || 1;
  const rows = [...group.fit].sort((x, y) => x.n - y.n);
  const label = rows.map((m) => `${names[m.n]}: ${written(m.f.value, m.f.unit)} (${m.f.period})`).join("; ");
  const narrow = innerWidth < 480; // on a telephone the figure is written under its bar
  const step = narrow ? 58 : 38;
  const svg = el("svg", { class: "chart bars", width: "100%", height: rows.length * step, role: "img", "aria-label": label });
  rows.forEach((m, n) => {
    const share = Math.max(0.4, (narrow ? 100 : 62) * Math.abs(m.f.value) / most);
    const [x, dx, y] = narrow ? [0, 0, n * step + 46] : [`${share}%`, 6, n * step + 28.5];
    svg.append(
      el("text", { class: "name", x: 0, y: n * step + 12 }, names[m.n]),
      el("rect", { class: "bar", x: 0, y: n * step + 18, width: `${share}%`, height: 12, rx: 2 }),
      el("text", { class: "value", x, dx, y }, `${written(m.f.value, m.f.unit)} · ${m.f.period}`),
    );
  });
  return svg;
};

const table = (group, names) => el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": words.as_table },
  el("table", {}, el("thead", {}, el("tr", {}, ...[words.t_metropolis, words.t_value, words.t_year, words.t_territory, words.t_source].map((t) => el("th", {}, t)))),
    el("tbody", {}, ...[...group.fit].sort((x, y) => x.n - y.n).map((m) => el("tr", {}, el("th", { scope: "row" }, names[m.n]), el("td", {}, written(m.f.value, m.f.unit)),
      el("td", {}, m.f.period), el("td", {}, where(m.f)), el("td", {}, `${words.publisher[m.f.source_id] ?? m.f.source_id}, ${m.f.dataset}`))))));

const draw = () => {
  const indicator = main.querySelector("[name=i]").value;
  const asked = +main.querySelector("[name=y]").value || null;
  const second = +main.querySelector("[name=z]").value || null;
  const out = document.getElementById("result");
  out.replaceChildren();
  remember(indicator, asked, second);
  list();
  if (!chosen.length || (chosen.length === 1 && !second)) { out.append(el("p", {}, chosen.length ? words.one_more : words.choose)); return; }
  const newest = Math.max(...chosen.flatMap((id) => metros.get(id).series.filter((s) => s.indicator_id === indicator)
    .flatMap((s) => s.points.filter((p) => p[2] !== "F").map((p) => +p[0].slice(0, 4)))), 0);
  const year = asked ?? common(indicator) ?? newest;
  const { shown, refused, missing, names } = judge(indicator, year, second);
  const title = words.titles[indicator];
  if (!shown.length) {
    const box = el("div", { class: "no", "data-verdict": "no" }, el("h2", {}, say(words.no, { title })));
    if (missing.length) box.append(el("p", {}, say(words.no_figure, { names: missing.join(", ") })));
    const told = new Set();
    for (const r of refused) for (const reason of r.no) told.add(`${say(words.pair, { a: `${r.other} (${where(r.o)}, ${r.o.period})`, b: `${r.name} (${where(r.f)}, ${r.f.period})` })} ${said(reason)}`);
    if (told.size) box.append(el("ul", {}, ...[...told].map((t) => el("li", {}, t))));
    out.append(box);
    return;
  }
  for (const group of shown) {
    const careful = group.reasons.length > 0;
    const heads = group.fit.map((m) => where(m.f));
    out.append(el("section", { "data-verdict": careful ? "with care" : "yes" },
      el("h2", {}, `${title}${words.colon}${careful ? words.with_care : words.yes}`),
      el("p", {}, [...new Set(heads)].join("; ")),
      ...(careful ? [el("ul", { class: "note care" }, ...group.reasons.map((r) => el("li", {}, said(r))))] : []),
      el("figure", {}, bars(group, names)), table(group, names)));
  }
  const rest = [...missing.map((name) => say(words.no_figure, { names: name })),
    ...refused.map((r) => `${say(words.pair, { a: r.other, b: r.name })} ${r.no.map((x) => said(x)).join(" ")}`)];
  if (rest.length) out.append(el("div", { class: "no", "data-verdict": "no" }, el("h2", {}, words.left_out), el("ul", {}, ...rest.map((t) => el("li", {}, t)))));
};

// The newest year in which the most metropolises have a figure at one kind of territory.
const common = (indicator) => {
  const years = new Map();
  for (const id of chosen) {
    const own = new Set(metros.get(id).series.filter((s) => s.indicator_id === indicator)
      .flatMap((s) => s.points.filter((p) => p[2] !== "F").map((p) => `${s.scale}|${s.system}|${p[0].slice(0, 4)}`)));
    for (const key of own) years.set(key, (years.get(key) ?? 0) + 1);
  }
  const best = Math.max(0, ...years.values());
  if (best < 2) return null;
  return Math.max(...[...years].filter(([, n]) => n === best).map(([key]) => +key.split("|")[2]));
};

const remember = (indicator, asked, second) => {
  const parts = [`m=${chosen.join(",")}`, `i=${indicator}`, ...(asked ? [`y=${asked}`] : []), ...(second ? [`z=${second}`] : [])];
  history.replaceState(null, "", `#${parts.join("&")}`);
};

const list = () => {
  const holder = document.getElementById("chosen");
  holder.replaceChildren(...chosen.map((id) => {
    const button = el("button", { type: "button", class: "quiet", "aria-label": say(words.remove, { name: nameOf(id) }) }, "✕");
    button.addEventListener("click", () => { chosen = chosen.filter((c) => c !== id); draw(); });
    return el("li", {}, el("a", { href: `metro/${id}.html` }, nameOf(id)), " ", button);
  }));
  const select = main.querySelector("[name=i]");
  const had = new Map();
  for (const id of chosen) for (const i of new Set(metros.get(id).series.map((s) => s.indicator_id))) had.set(i, (had.get(i) ?? 0) + 1);
  for (const option of select.options) option.textContent = `${words.titles[option.value]}${chosen.length ? ` (${had.get(option.value) ?? 0}/${chosen.length})` : ""}`;
};

const add = async (id) => {
  if (chosen.includes(id) || chosen.length >= MOST) return;
  if (!metros.has(id)) {
    const answer = await fetch(`${home}metro/${id}.json`);
    if (!answer.ok) throw new Error(id);
    metros.set(id, read(await answer.json()));
  }
  chosen.push(id);
};

const status = document.getElementById("status");
const start = async () => {
  const given = new URLSearchParams(location.hash.slice(1));
  chosen = [];
  const select = main.querySelector("[name=i]");
  if (given.get("i") && words.titles[given.get("i")]) select.value = given.get("i");
  main.querySelector("[name=y]").value = given.get("y") ?? "";
  main.querySelector("[name=z]").value = given.get("z") ?? "";
  for (const id of (given.get("m") ?? "").split(",").filter(Boolean)) {
    try { await add(id); } catch { status.textContent = say(words.unknown, { name: id }); }
  }
  draw();
  document.body.dataset.ready = "1";
};

const input = main.querySelector("[name=q]");
const offers = document.getElementById("offers");
input.addEventListener("input", async () => {
  const entries = await load(lang);
  const found = input.value.trim() ? find(entries, input.value).filter((e) => e.kind === "metro").slice(0, 6) : [];
  offers.replaceChildren(...found.map((e) => {
    const button = el("button", { type: "button" }, `${e.title} (${e.more})`);
    button.addEventListener("click", async () => {
      try { await add(e.id); input.value = ""; offers.replaceChildren(); draw(); } catch { status.textContent = say(words.unknown, { name: e.title }); }
    });
    return el("li", {}, button);
  }));
  status.textContent = input.value.trim() && !found.length ? words.nobody : "";
});
main.addEventListener("submit", (event) => event.preventDefault());
input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); offers.querySelector("button")?.click(); } });
for (const name of ["i", "y", "z"]) main.querySelector(`[name=${name}]`).addEventListener("change", draw);
addEventListener("hashchange", start);
start();
