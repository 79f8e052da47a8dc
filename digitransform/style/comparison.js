// Two places beside each other. Without this script the page shows the table of all places.
(() => {
  const D = JSON.parse(document.getElementById("places").textContent), language = document.documentElement.lang;
  const $ = id => document.getElementById(id), index = new Map(D.places.map((p, i) => [p.slug, i]));
  const say = (text, values = {}) => D.words[text].replace(/\{(\w+)\}/g, (_, k) => values[k]);
  const number = (v, step) => {
    const digits = step < 1 ? 1 : 0;
    return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(Math.floor(v / step + .5 + 1e-7) * step);
  };
  const put = (node, ...children) => { node.replaceChildren(...children.filter(c => c !== "")); return node; };
  const make = (tag, attributes = {}, ...children) => {
    const node = ["svg", "path", "line", "circle", "rect", "text"].includes(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
    return put(node, ...children);
  };
  const chance = (i, j, k) => {  // index into the words for probabilities, or undefined where pairs are left out
    if (!D.pairs) return undefined;
    const p = i < j ? D.pairs[k][i][j - i - 1] : D.pairs[k][j][i - j - 1];
    return p === null ? undefined : i < j ? p : 100 - p;
  };
  const swatch = side => {
    const line = make("path", { d: "M1 7H41", class: `middle is-${side}` }), mark = side === "a" ? make("circle", { cx: 21, cy: 7, r: 4.5, class: "point is-a" }) : make("rect", { x: 17, y: 3, width: 8, height: 8, class: "point is-b" });
    return make("svg", { viewBox: "0 0 42 14", "aria-hidden": "true" }, line, mark);
  };
  const link = p => p.absent ? p.name : make("a", { href: `${p.slug}.html` }, p.name);
  const lines = (texts, none) => texts.length ? texts.map(t => make("p", {}, t)) : [none];

  const answer = (i, j) => {
    const a = D.places[i], b = D.places[j], step = Math.max(a.probability_precision, b.probability_precision);
    if (i === j) return say("Choose two different places.");
    const sentences = D.asked.map((year, k) => {
      const p = chance(i, j, k);
      return p === undefined ? "" : say("In {year}, the probability that the share of {a} is larger than that of {b} is {chance}: {word}.", { year, a: a.name, b: b.name, chance: D.chances[step][p], word: D.likelihood[step][p] });
    }).filter(Boolean);
    const weak = [a, b].filter(p => p.evidence_level === "model").map(p => say("For {place} we found no published share: its side of the comparison comes from a model.", { place: p.name }));
    return [...(sentences.length ? sentences : [say("The probabilities of all pairs are left out of this page.")]), ...weak].join(" ");
  };
  const facts = both => {
    put($("facts").tHead, make("tr", {}, make("td", {}), ...both.map((p, k) => make("th", { scope: "col" }, swatch("ab"[k]), link(p)))));
    const row = (title, cell) => make("tr", {}, make("th", { scope: "row" }, title), ...both.map(p => make("td", {}, ...cell(p))));
    const share = pair => [make("b", {}, pair[0]), `(${pair[1]})`];
    put($("facts").tBodies[0], row(say("Published by the statistics office"), p => [make("b", {}, p.published)]), row(say("Our estimate for {year}, percent (80% prediction interval)", { year: D.now }), p => [`${p.now[0]} (${p.now[1]})`]), row(say("Forecast for {year}, percent (80% prediction interval)", { year: D.ahead }), p => share(p.later)),
      row(say("What the estimate rests on"), p => [D.levels[p.evidence_level]]), ...(D.targets ? [row(say("Own targets and their probability"), p => lines(p.goals, say("none found")))] : []));
  };
  const years = both => {
    put($("years").tHead, make("tr", {}, make("th", { scope: "col" }, say("Year")), ...both.flatMap(p => [make("th", { scope: "col", class: "right" }, p.name), make("th", { scope: "col", class: "right" }, say("80% prediction interval"))])));
    put($("years").tBodies[0], ...D.years.map((year, t) => make("tr", {}, make("th", { scope: "row" }, year),
      ...both.flatMap(p => {
        const step = year > D.now ? p.forecast_precision : p.precision;
        return [make("td", { class: "right" }, number(p.median[t], step)), make("td", { class: "right" }, `${number(p.low[t], step)}–${number(p.high[t], step)}`)];
      }))));
  };
  const chart = both => {
    const W = Math.max(260, $("chart").clientWidth || 700), H = Math.round(Math.min(430, Math.max(270, W * .5))), left = 34, right = 20, top = 24, bottom = 26;
    const most = Math.max(...both.flatMap(p => [...p.high, ...p.official.map(o => o[1])])), gap = [1, 2, 5, 10, 20, 25].find(g => most / g <= 6) || 50, ceiling = gap * Math.ceil(most / gap);
    const first = D.years[0], last = D.years[D.years.length - 1], x = y => left + (y - first) / (last - first || 1) * (W - left - right), y = v => H - bottom - v / ceiling * (H - top - bottom);
    const path = (xs, vs) => xs.map((t, i) => `${i ? "L" : "M"}${x(t).toFixed(1)} ${y(vs[i]).toFixed(1)}`).join("");
    const parts = [];
    for (let v = 0; v <= ceiling; v += gap) parts.push(make("line", { x1: left, x2: W - right, y1: y(v), y2: y(v), class: "grid" }), make("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, number(v, 1)));
    const every = Math.ceil(D.years.length / Math.max(2, Math.floor((W - left) / 52)));
    D.years.forEach(t => { if ((D.now - t) % every === 0) parts.push(make("text", { x: x(t), y: H - 7, "text-anchor": "middle" }, t)); });
    const border = x(D.now + .5);
    parts.push(make("line", { x1: border, x2: border, y1: top - 8, y2: H - bottom, class: "today" }), make("text", { x: border - 6, y: top - 9, "text-anchor": "end" }, say("estimate")), make("text", { x: border + 6, y: top - 9 }, say("forecast")));
    both.forEach((p, k) => parts.push(make("path", { class: `band is-${"ab"[k]}`, d: path(D.years, p.high) + path([...D.years].reverse(), [...p.low].reverse()).replace("M", "L") + "Z" })));
    both.forEach((p, k) => parts.push(make("path", { class: `middle is-${"ab"[k]}`, d: path(D.years, p.median) })));
    both.forEach((p, k) => p.official.forEach(([t, v]) => parts.push(k ? make("rect", { x: x(t) - 4, y: y(v) - 4, width: 8, height: 8, class: "point is-b" }) : make("circle", { cx: x(t), cy: y(v), r: 4.5, class: "point is-a" }))));
    const text = both.map(p => say("{place}: {now} in {year}, {later} in {ahead}", { place: p.name, now: p.now[0], year: D.now, later: p.later[0], ahead: D.ahead })).join("; ");
    put($("chart"), make("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": say("Two lines with bands, percent. {text}. The table below has every year.", { text }) }, ...parts));
    put($("legend"), ...both.map((p, k) => make("span", {}, swatch("ab"[k]), p.name)));
  };

  const chosen = () => [+$("a").value, +$("b").value];
  const show = () => {
    const [i, j] = chosen(), both = [D.places[i], D.places[j]], query = `?a=${both[0].slug}&b=${both[1].slug}`;
    facts(both); years(both); chart(both);
    $("answer").textContent = answer(i, j);
    for (const other of document.querySelectorAll("header a[hreflang]")) other.search = query;
    return query;
  };
  const change = () => { const query = show(); try { history.replaceState(null, "", query); } catch { location.hash = query.slice(1); } };

  for (const id of ["a", "b"]) {
    put($(id), ...D.groups.map(([title, level]) => make("optgroup", { label: title }, ...D.places.map((p, i) => [p, i]).filter(([p]) => p.level === level).map(([p, i]) => make("option", { value: i }, p.name)))));
    $(id).addEventListener("change", change);
  }
  $("swap").addEventListener("click", () => { const [i, j] = chosen(); $("a").value = j; $("b").value = i; change(); });
  const asked = new URLSearchParams(location.search || location.hash.slice(1)), a = index.get(asked.get("a")), b = index.get(asked.get("b"));
  const first = a ?? D.start[0], other = [...D.start, 0, 1].find(i => i !== first) ?? first;
  $("a").value = first; $("b").value = b ?? (a === undefined ? D.start.find(i => i !== first) ?? first : other);
  $("choice").hidden = $("pair").hidden = false;
  show();
  let width = $("chart").clientWidth;
  addEventListener("resize", () => { if ($("chart").clientWidth !== width) { width = $("chart").clientWidth; chart(chosen().map(i => D.places[i])); } });
})();
