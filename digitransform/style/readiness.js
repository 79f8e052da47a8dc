// A list of indicators: the chosen one is shown, the others are hidden. Without this script all of them fold out.
(() => {
  const folds = [...document.querySelectorAll("#indicators details")], list = document.getElementById("indicator");
  const show = id => folds.forEach(f => { f.hidden = id !== "" && f.id !== id; f.open = f.id === id; });
  for (const f of folds) {
    const option = document.createElement("option");
    option.value = f.id;
    option.textContent = f.querySelector("summary").textContent;
    list.append(option);
  }
  if (!folds.length) return;
  const chosen = () => folds.some(f => f.id === location.hash.slice(1)) ? location.hash.slice(1) : folds[0].id;
  const follow = () => { list.value = chosen(); show(chosen()); };
  list.addEventListener("change", () => { history.replaceState(null, "", list.value ? `#${list.value}` : location.pathname); show(list.value); });
  addEventListener("hashchange", follow);
  document.getElementById("indicators").querySelector("h2").after(document.getElementById("choice"));
  document.getElementById("choice").hidden = false;
  follow();
})();
