// Choosing a place in the header of every page, in any spelling. Without this script a link stands there.
(() => {
  const box = document.getElementById("picker"), data = document.getElementById("known-places");
  const compact = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase().replace(/[^0-9a-z]+/g, " ").trim();
  const places = JSON.parse(data.textContent).map(([slug, ...names]) => ({ slug, names: names.map(name => ({ name, key: compact(name) })) }));
  const make = (tag, attributes, text = "") => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  };
  const input = make("input", { id: "pick", type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": "picked", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false" });
  const list = make("ul", { id: "picked", role: "listbox", hidden: "", "aria-label": box.dataset.label });
  const status = make("span", { role: "status", class: "hidden" });
  box.replaceChildren(make("label", { for: "pick" }, box.dataset.label), input, list, status);

  // How well a name fits what was typed: the smaller, the better; Infinity where it does not.
  const pairs = text => new Set([...text].slice(1).map((c, i) => text[i] + c));
  const fit = (key, wanted) => {
    const name = key.replaceAll(" ", ""), words = key.split(" ");
    if (name === wanted) return 0;
    if (name.startsWith(wanted)) return 1;
    if (words.some((_, i) => words.slice(i).join("").startsWith(wanted))) return 2;
    if (words.map(word => word[0]).join("").startsWith(wanted)) return 3;
    if (wanted.length > 2 && name.includes(wanted)) return 4;
    const a = pairs(name), b = pairs(wanted), same = [...b].filter(pair => a.has(pair)).length;
    return wanted.length > 3 && 2 * same >= 1.2 * Math.max(a.size, b.size) ? 6 - same / (a.size + b.size) : Infinity;
  };
  const found = () => {
    const wanted = compact(input.value).replaceAll(" ", "");
    if (!wanted) return places.map(place => ({ place, by: place.names[0] }));
    const fits = places.map((place, order) => {
      const scores = place.names.map(({ key }, i) => fit(key, wanted) + (i ? .4 : 0)), best = Math.min(...scores);
      return { place, order, best, by: place.names[scores.indexOf(best)] };
    }).filter(({ best }) => best < Infinity).sort((a, b) => a.best - b.best || a.order - b.order);
    const sure = fits.filter(({ best }) => best < 5);
    return sure.length ? sure : fits.slice(0, 3);
  };

  let shown = [], active = -1;
  const close = () => { list.hidden = true; active = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const point = i => {
    active = i;
    [...list.children].forEach((option, k) => option.setAttribute("aria-selected", String(k === i)));
    if (i < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[i].id);
    list.children[i].scrollIntoView({ block: "nearest" });
  };
  const open = () => {
    shown = found();
    list.replaceChildren(...shown.map(({ place, by }, i) => {
      const name = place.names[0].name, other = by.key === place.names[0].key || !/[^\x00-\x7f]|^[A-Z]/.test(by.name) ? "" : ` (${by.name})`;
      return make("li", { id: `pick-${i}`, role: "option", "aria-selected": "false", "data-slug": place.slug }, name + other);
    }));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(!!shown.length));
    status.textContent = input.value.trim() ? box.dataset.found.replace("{n}", shown.length) : "";
    status.classList.toggle("hidden", !!shown.length);
    point(-1);
  };
  const go = i => { if (shown[i]) location.href = `${shown[i].place.slug}.html`; };

  input.addEventListener("input", open);
  input.addEventListener("click", () => { if (list.hidden) open(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      if (list.hidden) open();
      if (shown.length) point(active < 0 ? (step > 0 ? 0 : shown.length - 1) : (active + step + shown.length) % shown.length);
    } else if (event.key === "Enter" && (active >= 0 || input.value.trim())) {
      if (list.hidden) open();
      go(Math.max(active, 0));
    } else if (event.key === "Escape" && (!list.hidden || input.value)) {
      if (list.hidden) { input.value = ""; status.classList.add("hidden"); }
      close();
    } else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", event => event.preventDefault());
  list.addEventListener("click", event => go([...list.children].indexOf(event.target.closest("li"))));
})();
