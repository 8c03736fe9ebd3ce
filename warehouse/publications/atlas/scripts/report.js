// A flag beside each figure: a prepared message with its key. Without this script the one below the page serves.
const report = document.getElementById("report");
const metro = location.pathname.split("/").pop().replace(".html", "");
for (const row of document.querySelectorAll(".figures tbody tr")) {
  const [title, , year, , source] = row.children;
  if (!source) continue;
  const indicator = title.firstElementChild.getAttribute("href").split("/").pop().replace(".html", "");
  const key = [metro, indicator, year.firstChild.textContent.trim(), source.textContent.trim()].join("/");
  const flag = document.createElement("a");
  flag.href = report.href.replaceAll(encodeURIComponent(metro), encodeURIComponent(key));
  flag.textContent = "⚑";
  flag.setAttribute("aria-label", `${report.textContent}: ${title.textContent}`);
  year.append(" ", flag);
}
