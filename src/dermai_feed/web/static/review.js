// Keys for the review page. Everything works without this: each key presses a button that is there.
"use strict";
(() => {
  const rows = [...document.querySelectorAll(".row, [data-group]")];
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const place = "row " + location.pathname;
  const go = (n) => { const row = rows[Math.max(0, Math.min(rows.length - 1, n))]; if (row) { row.focus({ preventScroll: true }); row.scrollIntoView({ block: "nearest" }); } };
  const press = (button) => { if (button && !button.disabled) button.click(); };
  const typed = (element) => element.matches("input:not([type=checkbox]), select, textarea");
  document.querySelectorAll(".keys").forEach((one) => { one.hidden = false; });
  document.addEventListener("submit", (event) => {
    // A second click on the way sends nothing; the server would act once anyway.
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // The page that comes back takes up where this one was left: the row after the one that is gone.
    const n = here();
    try { if (n > 0) sessionStorage.setItem(place, n); } catch { /* no storage: the list begins at its top */ }
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const n = here();
    const row = rows[n];
    if (typed(event.target)) {
      // Escape leads from the reason back to its row, where the keys are keys again.
      if (event.key === "Escape") { if (row) go(n); else event.target.blur(); }
      return;
    }
    if (event.key === "j") go(n + 1);
    else if (event.key === "k") go(n < 0 ? 0 : n - 1);
    else if (event.key === "g") go(rows.findIndex((one, m) => m > n && one.matches("[data-group]")));
    else if (event.key === "x" && row) { const box = row.querySelector("input[type=checkbox]"); if (box) box.checked = !box.checked; }
    else if (event.key === "o" && row) press(row.querySelector("a.open"));
    else if (event.key === "w" && row) { const why = row.querySelector("input[name=why]"); if (why) why.focus(); }
    else if (event.key === "m" && row) { const marks = row.querySelector("select"); if (marks) marks.focus(); }
    else if (event.key === "u") press((row && row.querySelector(`[data-key="u"]`)) || document.querySelector("[data-undo] button"));
    else if (event.key === "A" || event.key === "R") press(document.querySelector(`[data-marked="${event.key}"]`));
    else if (/^[a-z]$/.test(event.key) && row) press(row.querySelector(`[data-key="${event.key}"]`));
    else return;
    event.preventDefault();
  });
  let kept = null;
  try { kept = sessionStorage.getItem(place); sessionStorage.removeItem(place); } catch { /* as above */ }
  if (kept !== null && rows.length) go(Number(kept));
  else if (rows.length) rows[0].focus({ preventScroll: true });
})();
