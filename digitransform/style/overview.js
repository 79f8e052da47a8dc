// Sorting and searching the ranking. Without this script the table is complete, in the order of the share.
(() => {
  const table = document.querySelector(".ranking"), body = table.tBodies[0], rows = [...body.rows];
  const fold = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase().trim();
  const names = new Intl.Collator(document.documentElement.lang);
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (!head.dataset.key) return;
    const button = document.createElement("button");
    button.type = "button"; button.textContent = head.textContent; head.replaceChildren(button);
    button.addEventListener("click", () => {
      const first = head.dataset.key === "name" || head.dataset.key === "rank" ? "ascending" : "descending";
      const order = head.getAttribute("aria-sort") === first ? (first === "ascending" ? "descending" : "ascending") : first;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const value = row => row.cells[column].dataset.v, sign = order === "ascending" ? 1 : -1;
      const missing = v => v === "" || v === undefined;
      rows.sort((a, b) => {
        const x = value(a), y = value(b);
        if (missing(x) || missing(y)) return missing(x) - missing(y);
        return sign * (head.dataset.key === "name" ? names.compare(x, y) : x - y);
      });
      body.append(...rows);
    });
  });
  const search = document.getElementById("search"), found = document.getElementById("found");
  search.parentElement.hidden = false;
  search.addEventListener("input", () => {
    const wanted = fold(search.value); let n = 0;
    for (const row of rows) { row.hidden = !fold(row.dataset.name).includes(wanted); n += !row.hidden; }
    found.textContent = wanted ? found.dataset.text.replace("{n}", n) : "";
  });
})();
