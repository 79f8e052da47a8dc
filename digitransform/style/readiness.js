// A list of indicators: the chosen one is shown, the others are hidden. Without this script all of them fold out.
(() => {
  const folds = [...document.querySelectorAll("#indicators details")], list = document.getElementById("indicator");
  const name = fold => fold.querySelector("[id]").id;
  const show = id => folds.forEach(f => { f.hidden = id !== "" && name(f) !== id; f.open = name(f) === id; });
  for (const f of folds) {
    const option = document.createElement("option");
    option.value = name(f);
    option.textContent = f.querySelector("summary").textContent;
    list.append(option);
  }
  if (!folds.length) return;
  const chosen = () => folds.some(f => name(f) === location.hash.slice(1)) ? location.hash.slice(1) : name(folds[0]);
  const follow = () => { list.value = chosen(); show(chosen()); };
  list.addEventListener("change", () => { history.replaceState(null, "", list.value ? `#${list.value}` : location.pathname); show(list.value); });
  addEventListener("hashchange", follow);
  document.getElementById("indicators").querySelector("h2").after(document.getElementById("choice"));
  document.getElementById("choice").hidden = false;
  follow();
})();
