// Sorting and searching the ranking, and the state of the page in its address.
// Without this script the table is complete, in the order of the share.
(() => {
  const table = document.querySelector(".ranking"), body = table.tBodies[0], rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells].filter(head => head.dataset.key);
  const fold = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase().trim();
  const names = new Intl.Collator(document.documentElement.lang);
  const search = document.getElementById("search"), found = document.getElementById("found");

  // The address holds what differs from the page as it is first shown: ?map=former&show=chance&q=bac&sort=-name
  const keep = (key, value) => {
    const query = new URLSearchParams(location.search);
    if (value) query.set(key, value); else query.delete(key);
    const text = query.toString();
    try { history.replaceState(null, "", (text ? `?${text}` : location.pathname) + location.hash); } catch { /* some browsers keep the address of a file */ }
    for (const link of document.querySelectorAll("header a[hreflang]")) link.search = text;
  };

  const usual = head => ["name", "rank"].includes(head.dataset.key) ? "ascending" : "descending";
  const sort = (head, order) => {
    const column = head.cellIndex, sign = order === "ascending" ? 1 : -1;
    const value = row => row.cells[column].dataset.v, missing = v => v === "" || v === undefined;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    rows.sort((a, b) => {
      const x = value(a), y = value(b);
      if (missing(x) || missing(y)) return missing(x) - missing(y);
      return sign * (head.dataset.key === "name" ? names.compare(x, y) : x - y);
    });
    body.append(...rows);
  };
  const turned = { ascending: "descending", descending: "ascending" };
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button"; button.textContent = head.textContent; head.replaceChildren(button);
    button.addEventListener("click", () => {
      const first = usual(head), order = head.getAttribute("aria-sort") === first ? turned[first] : first;
      sort(head, order);
      keep("sort", (order === first ? "" : "-") + head.dataset.key);
    });
  }

  const find = () => {
    const wanted = fold(search.value); let n = 0;
    for (const row of rows) { row.hidden = !fold(row.dataset.name).includes(wanted); n += !row.hidden; }
    found.textContent = wanted ? found.dataset.text.replace("{n}", n) : "";
  };
  search.parentElement.hidden = false;
  search.addEventListener("input", () => { find(); keep("q", search.value.trim()); });

  const choices = [...document.querySelectorAll(".map input")];
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      const first = choices.find(other => other.name === choice.name);
      keep(choice.name, choice === first ? "" : choice.id.replace(`${choice.name}-`, ""));
    });
  }

  const asked = new URLSearchParams(location.search);
  for (const choice of choices) if (choice.id === `${choice.name}-${asked.get(choice.name)}`) choice.checked = true;
  if (asked.get("q")) { search.value = asked.get("q"); find(); }
  const wanted = asked.get("sort") || "", head = heads.find(h => h.dataset.key === wanted.replace("-", ""));
  if (head) sort(head, wanted.startsWith("-") ? turned[usual(head)] : usual(head));
  const last = asked.toString();
  if (last) for (const link of document.querySelectorAll("header a[hreflang]")) link.search = last;
})();
