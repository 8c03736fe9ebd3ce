// The page of search: results for ?q=... and while one writes.
import { find, load } from "./names.js";

const lang = document.documentElement.lang;
const words = JSON.parse(document.getElementById("words").textContent);
const input = document.querySelector("main [name=q]"), out = document.getElementById("found"), status = document.getElementById("status");

const show = async () => {
  const asked = input.value.trim();
  let found = [];
  try { found = asked ? find(await load(lang), asked).slice(0, 60) : []; } catch { status.textContent = words.failed; return; }
  status.textContent = asked ? (found.length ? words.found.replace("{n}", found.length) : words.none) : "";
  out.replaceChildren(...found.map((e) => {
    const item = document.createElement("li"), link = document.createElement("a"), more = document.createElement("span");
    link.href = e.href; link.textContent = e.title; more.className = "soft"; more.textContent = `${words[e.kind]}${e.more ? `, ${e.more}` : ""}`;
    item.append(link, " ", more);
    return item;
  }));
  document.body.dataset.ready = asked;
};
input.value = new URLSearchParams(location.search).get("q") ?? "";
input.addEventListener("input", show);
document.querySelector("main form").addEventListener("submit", (event) => { event.preventDefault(); show(); });
show();
