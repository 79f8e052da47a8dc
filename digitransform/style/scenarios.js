// Scenarios and the growth that a target takes. Without this script the page shows plain tables.
(() => {
  const D = JSON.parse(document.getElementById("held").textContent), language = document.documentElement.lang;
  const $ = id => document.getElementById(id);
  const say = (text, values = {}) => D.words[text].replace(/\{(\w+)\}/g, (_, k) => values[k]);
  const number = (v, step) => {
    const digits = step < 1 ? 1 : 0;
    return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(Math.floor(v / step + .5 + 1e-7) * step);
  };
  const make = (tag, attributes = {}, ...children) => {
    const node = ["svg", "path", "line", "text"].includes(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
    node.replaceChildren(...children);
    return node;
  };
  const percent = (v, step) => `${number(v, step)}%`;
  const range = (ends, step) => `${number(ends[0], step)}–${number(ends[2], step)}`;

  if (D.scenarios.length) {
    const series = (s, p) => D.places[p].series[s];
    const swatch = side => make("svg", { viewBox: "0 0 42 14", "aria-hidden": "true" }, make("path", { d: "M1 7H41", class: `middle is-${side}` }));
    const chart = (s, p) => {
      const W = Math.max(260, $("chart").clientWidth || 700), H = Math.round(Math.min(340, Math.max(230, W * .4))), left = 34, right = 16, top = 12, bottom = 26;
      const lines = s ? [["a", series(0, p)], ["b", series(s, p)]] : [["a", series(0, p)]];
      const most = Math.max(...lines.flatMap(([, rows]) => rows.map(r => r[2]))), gap = [1, 2, 5, 10, 20].find(g => most / g <= 6) || 25, ceiling = gap * Math.ceil(most / gap);
      const first = D.years[0], last = D.years[D.years.length - 1], x = t => left + (t - first) / (last - first || 1) * (W - left - right), y = v => H - bottom - v / ceiling * (H - top - bottom);
      const path = values => values.map((v, i) => `${i ? "L" : "M"}${x(D.years[i]).toFixed(1)} ${y(v).toFixed(1)}`).join("");
      const back = values => [...values].map((v, i) => [v, i]).reverse().map(([v, i]) => `L${x(D.years[i]).toFixed(1)} ${y(v).toFixed(1)}`).join("");
      const parts = [];
      for (let v = 0; v <= ceiling; v += gap) parts.push(make("line", { x1: left, x2: W - right, y1: y(v), y2: y(v), class: "grid" }), make("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, number(v, 1)));
      const every = Math.ceil(D.years.length / Math.max(2, Math.floor((W - left) / 52)));
      D.years.forEach((t, i) => { if (i % every === 0) parts.push(make("text", { x: x(t), y: H - 7, "text-anchor": "middle" }, t)); });
      lines.forEach(([side, rows]) => parts.push(make("path", { class: `band is-${side}`, d: path(rows.map(r => r[2])) + back(rows.map(r => r[0])) + "Z" })));
      lines.forEach(([side, rows]) => parts.push(make("path", { class: `middle is-${side}`, d: path(rows.map(r => r[1])) })));
      $("chart").replaceChildren(make("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": say("Two lines with bands, percent: the scenario and the forecast. The table below has every year.") }, ...parts));
      $("legend").replaceChildren(...lines.map(([side]) => make("span", {}, swatch(side), side === "a" ? D.scenarios[0].title : D.scenarios[s].title)));
    };
    const table = (s, p) => {
      const step = D.places[p].step, head = text => make("th", { scope: "col", class: "right" }, text), cell = text => make("td", { class: "right" }, text);
      const shown = s ? [s, 0] : [0];
      $("years").tHead.replaceChildren(make("tr", {}, make("th", { scope: "col" }, say("Year")), ...shown.flatMap(k => [head(D.scenarios[k].title), head(say("80% prediction interval"))])));
      $("years").tBodies[0].replaceChildren(...D.years.map((year, t) => make("tr", {}, make("th", { scope: "row" }, year), ...shown.flatMap(k => [cell(number(series(k, p)[t][1], step)), cell(range(series(k, p)[t], step))]))));
    };
    const show = () => {
      const s = +$("scenario").value, p = +$("place").value, place = D.places[p], t = D.years.indexOf(D.scenarios[s].year);
      const now = series(s, p)[t], before = series(0, p)[t], values = { scenario: D.scenarios[s].title, place: place.name, year: D.scenarios[s].year, share: percent(now[1], place.step), range: range(now, place.step), forecast: percent(before[1], place.step) };
      $("answer-title").textContent = say("{scenario}: {place}", values);
      const sentences = [D.scenarios[s].words, say(s ? "In {year} the share of {place} would be {share} ({range}); the forecast without the assumption is {forecast}." : "In {year} the share of {place} is {share} ({range}).", values)];
      const chance = place.chances[s];
      if (chance) sentences.push(chance);
      $("said").textContent = sentences.join(" ");
      table(s, p); chart(s, p);
      const query = `?scenario=${D.scenarios[s].name}&place=${place.slug}`;
      for (const other of document.querySelectorAll("header a[hreflang]")) other.search = query;
      return query;
    };
    D.scenarios.forEach((s, i) => $("scenario").append(make("option", { value: i }, s.title)));
    for (const [title, level] of D.groups) $("place").append(make("optgroup", { label: title }, ...D.places.map((p, i) => [p, i]).filter(([p]) => p.level === level).map(([p, i]) => make("option", { value: i }, p.name))));
    const asked = new URLSearchParams(location.search || location.hash.slice(1)), at = (list, key, name) => list.findIndex(x => x[key] === name);
    $("scenario").value = Math.max(at(D.scenarios, "name", asked.get("scenario")), asked.get("scenario") ? 0 : Math.min(1, D.scenarios.length - 1));
    $("place").value = Math.max(at(D.places, "slug", asked.get("place")), 0);
    for (const id of ["scenario", "place"]) $(id).addEventListener("change", () => { const query = show(); try { history.replaceState(null, "", query); } catch { location.hash = query.slice(1); } });
    $("choice").hidden = $("answer").hidden = false;
    show();
    let width = $("chart").clientWidth;
    addEventListener("resize", () => { if ($("chart").clientWidth !== width) { width = $("chart").clientWidth; chart(+$("scenario").value, +$("place").value); } });
  }

  if (D.bases.length) {
    const take = () => {
      const base = D.bases[+$("base").value], goal = +$("goal").value, year = +$("by").value, output = +$("output").value;
      const share = (goal / base.share) ** (1 / (year - base.year)), digital = 100 * (share * (1 + output / 100) - 1);
      $("goal-text").textContent = percent(goal, 1); $("by-text").textContent = year; $("output-text").textContent = percent(output, .1);
      const values = { place: base.name, share: base.text, since: base.year, goal: percent(goal, 1), year, growth: percent(100 * (share - 1), .1), digital: percent(digital, .1), output: percent(output, .1), times: number(digital / output, .1) };
      const text = goal <= base.share ? "{place} is at {share} already." : "From {share} in {since} to {goal} in {year} the share of {place} has to grow by {growth} a year; with output growing by {output}, digital value added has to grow by {digital} a year, at current prices.";
      $("taken").textContent = say(text, values) + (goal > base.share && output > 0 ? " " + say("That is {times} times as fast as output.", values) : "");
    };
    const start = () => { const base = D.bases[+$("base").value]; $("by").min = base.year + 1; $("by").max = Math.max(base.year + 20, base.by); $("by").value = base.by; $("goal").value = base.goal; take(); };
    D.bases.forEach((b, i) => $("base").append(make("option", { value: i }, b.name)));
    $("base").addEventListener("change", start);
    for (const id of ["goal", "by", "output"]) $(id).addEventListener("input", take);
    $("sliders").hidden = $("taken").hidden = false;
    start();
  }
})();
