// The index of the search: names without accents and case, found by the beginnings of words.
let entries = null;
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

export const load = async (lang) => {
  if (entries) return entries;
  const [shared, own] = await Promise.all(["names.json", `search-${lang}.json`].map(async (file) => (await fetch(`../static/${file}`)).json()));
  const metros = own.metros.map(([id, title, more], n) => ({ kind: "metro", id, title, more, href: `metro/${id}.html`, size: shared.sizes[n], words: plain(`${title} ${shared.names[n]}`), weak: plain(more) }));
  const others = own.others.map(([kind, title, more, href]) => ({ kind, id: href, title, more, href, size: 0, words: plain(title), weak: plain(more) }));
  entries = [...metros, ...others];
  return entries;
};

// Every word asked for must begin a word of the entry; whole names first, then titles, then the large.
export const find = (list, asked) => {
  const tokens = plain(asked).split(" ").filter(Boolean);
  if (!tokens.length) return [];
  const whole = tokens.join(" ");
  const begins = (text, token) => text.startsWith(token) || text.includes(` ${token}`);
  const scored = [];
  for (const e of list) {
    let score = 0;
    for (const t of tokens) {
      if (begins(e.words, t)) score += 2;
      else if (begins(e.weak, t)) score += 1;
      else { score = -1; break; }
    }
    if (score < 0) continue;
    const title = plain(e.title);
    if (title === whole) score += 6; else if (title.startsWith(whole)) score += 3; else if (` ${e.words} `.includes(` ${whole} `)) score += 2;
    if (e.kind !== "metro") score += 1;
    scored.push([score, e]);
  }
  return scored.sort((x, y) => y[0] - x[0] || y[1].size - x[1].size || (x[1].title < y[1].title ? -1 : 1)).map(([, e]) => e);
};
