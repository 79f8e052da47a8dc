// Charts and tables that answer: values under the pointer or the arrow keys, charts saved as files, tables copied.
// Without this script a page shows all the same.
(() => {
  const say = document.getElementById("words").dataset;
  const page = location.pathname.split("/").pop().replace(/\.html$/, "") || "page";
  const make = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });
  const button = (text, label, act) => {
    const made = make("button", "tool", text);
    made.type = "button";
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", () => act(made));
    return made;
  };
  const save = (address, name) => Object.assign(document.createElement("a"), { href: address, download: name }).click();

  const picture = (img, name) => {
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [2 * img.clientWidth, 2 * img.clientHeight];
    const pen = sheet.getContext("2d");
    pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper");
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.drawImage(img, 0, 0, sheet.width, sheet.height);
    save(sheet.toDataURL("image/png"), name);
  };

  const follow = (figure, values) => {
    const chart = make("div", "chart"), line = make("span", "line"), text = make("output", "value");
    const shown = figure.querySelector("picture");
    shown.replaceWith(chart);
    chart.append(shown, line, text);
    Object.assign(chart, { tabIndex: 0, role: "group" });
    chart.setAttribute("aria-label", say.values);
    let at = values.length - 1;
    const place = (i) => values[i][matchMedia("(max-width: 600px)").matches ? 1 : 0];
    const show = (i) => {
      at = Math.max(0, Math.min(values.length - 1, i));
      chart.classList.add("on");
      line.style.left = text.style.left = `${100 * place(at)}%`;
      text.classList.toggle("before", place(at) > 0.5);
      text.textContent = values[at][2];
    };
    const hide = () => chart.classList.remove("on");
    chart.addEventListener("pointermove", (event) => {
      const box = chart.getBoundingClientRect(), x = (event.clientX - box.left) / box.width;
      show(values.reduce((best, _, i) => (Math.abs(place(i) - x) < Math.abs(place(best) - x) ? i : best), 0));
    });
    chart.addEventListener("pointerleave", hide);
    chart.addEventListener("focus", () => show(at));
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) { show(at + step); event.preventDefault(); }
      if (event.key === "Escape") hide();
    });
  };

  for (const figure of document.querySelectorAll("main figure")) {
    const img = figure.querySelector("img");
    if (!img || !img.src.startsWith("data:image/svg")) continue;
    const section = figure.closest("section"), name = `${page}-${section ? section.id : "chart"}`;
    const before = [...section?.querySelectorAll("figure img[src^='data:image/svg']") ?? []].indexOf(img);
    const file = `${page}.${section?.id}${before > 0 ? `-${before + 1}` : ""}.svg`;
    const tools = make("p", "tools", "");
    tools.append(
      button("SVG", `${say.save} SVG`, () => save(img.currentSrc, `${name}.svg`)),
      button("PNG", `${say.save} PNG`, () => picture(img, `${name}.png`)),
      Object.assign(make("a", "tool", say.address), { href: file }),
    );
    figure.append(tools);
    if (figure.dataset.values) follow(figure, JSON.parse(figure.dataset.values));
  }

  const cell = (c) => `"${c.textContent.trim().replaceAll('"', '""')}"`;
  for (const box of document.querySelectorAll("main div.table")) {
    const copy = button(say.copy, "", (made) => {
      const rows = [...box.querySelectorAll("tr")].map((row) => [...row.cells].map(cell).join(","));
      navigator.clipboard.writeText(rows.join("\r\n")).then(() => { made.textContent = say.copied; });
    });
    const tools = make("p", "tools", "");
    tools.append(copy);
    if (navigator.clipboard) box.append(tools);
  }
})();
