// SQL on the whole release, in the browser: DuckDB-WASM and the file of the release, loaded on click.
const words = JSON.parse(document.getElementById("words").textContent);
const byId = (id) => document.getElementById(id);
const [start, run, cancel, save, box, out, status] = ["start", "run", "cancel", "save", "sql", "result", "status"].map(byId);
const SHOWN = 10000;
let connection = null, last = null, stopped = false;

const unzip = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return new Response(answer.body.pipeThrough(new DecompressionStream("gzip")));
};

const open = async () => {
  start.disabled = true;
  status.textContent = words.loading;
  const duckdb = await import("./duckdb.mjs");
  const [wasm, file] = await Promise.all([
    unzip("../static/duckdb-eh.wasm.gz").then((r) => r.blob()),
    unzip("../static/observatory.duckdb.gz").then((r) => r.arrayBuffer()),
  ]);
  const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(new URL("./duckdb-browser-eh.worker.js", import.meta.url)));
  await db.instantiate(URL.createObjectURL(new Blob([wasm], { type: "application/wasm" })));
  await db.registerFileBuffer("observatory.duckdb", new Uint8Array(file));
  await db.open({ path: "observatory.duckdb", accessMode: duckdb.DuckDBAccessMode.READ_ONLY });
  connection = await db.connect();
  // Extensions would be asked for from another host, which the policy of this page refuses.
  await connection.query("set autoinstall_known_extensions = false; set autoload_known_extensions = false;");
  for (const b of [run, box]) b.disabled = false;
  start.hidden = true;
  status.textContent = words.ready;
  document.body.dataset.ready = "1";
};

const cell = (value) => value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value, (_, v) => typeof v === "bigint" ? Number(v) : v) : String(value);

// A stream of answers loses the texts of closed lists (ENUM), so these are asked for as text.
const plainly = async (sql) => {
  const bare = sql.trim().replace(/;\s*$/, "");
  if (!/^(select|with|from|values)\b/i.test(bare)) return sql;
  const said = (await connection.query(`describe ${bare}`)).toArray().map((r) => r.toJSON());
  const listed = said.filter((c) => String(c.column_type).startsWith("ENUM")).map((c) => `"${c.column_name.replaceAll('"', '""')}"`);
  return listed.length ? `select * replace (${listed.map((c) => `${c}::varchar as ${c}`).join(", ")}) from (${bare}\n)` : sql;
};

const ask = async () => {
  run.disabled = true; cancel.disabled = false; stopped = false; save.hidden = true;
  status.textContent = words.running;
  out.replaceChildren();
  const began = performance.now();
  delete document.body.dataset.answered;
  try {
    const reader = await connection.send(await plainly(box.value), true);
    let names = null, types = null, rows = [], total = 0;
    for await (const batch of reader) {
      if (stopped) throw new Error(words.cancelled);
      names ??= batch.schema.fields.map((f) => f.name);
      types ??= batch.schema.fields.map((f) => String(f.type));
      total += batch.numRows;
      for (const row of batch) { if (rows.length >= SHOWN) break; rows.push(names.map((n, k) => plain(row[n], types[k]))); }
      if (rows.length >= SHOWN && total > SHOWN) { await connection.cancelSent(); break; }
    }
    names ??= reader.schema?.fields.map((f) => f.name) ?? [];
    last = [names, ...rows];
    table(names, rows);
    const seconds = ((performance.now() - began) / 1000).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 });
    status.textContent = (total > rows.length ? words.more : words.done).replace("{n}", rows.length).replace("{s}", seconds);
    save.hidden = !rows.length;
    document.body.dataset.answered = "yes";
  } catch (error) {
    status.textContent = stopped ? words.cancelled : `${words.failed} ${String(error.message ?? error).split("\n")[0]}`;
    document.body.dataset.answered = "no";
  }
  run.disabled = false; cancel.disabled = true;
};

// Dates and times come as milliseconds, whole numbers of 64 bits as BigInt, decimals as whole numbers.
const plain = (value, type) => {
  if (value === null || value === undefined) return null;
  if (type.startsWith("Date")) return new Date(Number(value)).toISOString().slice(0, 10);
  if (type.startsWith("Timestamp")) return new Date(Number(value)).toISOString().slice(0, 19).replace("T", " ");
  const scale = /^Decimal\[\d+e[+-]?(\d+)/.exec(type);
  if (scale) return Number(BigInt(value.toString())) / 10 ** Number(scale[1]);
  return typeof value === "bigint" ? (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString()) : value;
};

const table = (names, rows) => {
  const made = (tag, text) => { const node = document.createElement(tag); node.textContent = text; return node; };
  const t = document.createElement("table"), head = document.createElement("thead"), body = document.createElement("tbody"), top = document.createElement("tr");
  top.append(...names.map((n) => made("th", n))); head.append(top);
  body.append(...rows.slice(0, 500).map((r) => { const tr = document.createElement("tr"); tr.append(...r.map((v) => { const td = made("td", cell(v)); if (typeof v === "number") td.className = "num"; return td; })); return tr; }));
  t.append(head, body); out.append(t);
};

const csv = () => {
  const quoted = (v) => /[",\n]/.test(cell(v)) ? `"${cell(v).replaceAll('"', '""')}"` : cell(v);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([last.map((r) => r.map(quoted).join(",")).join("\n") + "\n"], { type: "text/csv" }));
  link.download = "observatory.csv";
  link.click();
};

start.addEventListener("click", () => open().catch((error) => { start.disabled = false; status.textContent = `${words.failed} ${error.message ?? error}`; }));
run.addEventListener("click", ask);
cancel.addEventListener("click", async () => { stopped = true; try { await connection.cancelSent(); } catch { /* it had ended */ } });
save.addEventListener("click", csv);
for (const button of document.querySelectorAll("[data-sql]")) button.addEventListener("click", () => { box.value = document.getElementById(button.dataset.sql).textContent.trim(); if (connection && !run.disabled) ask(); });
box.addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !run.disabled) ask(); });
window.observatory = { rows: () => last };
start.disabled = false;
