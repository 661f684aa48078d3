// Keys for the review page. Everything works without this: each key presses a button that is there.
"use strict";
(() => {
  const rows = [...document.querySelectorAll(".row, [data-group]")];
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const go = (n) => { const row = rows[Math.max(0, Math.min(rows.length - 1, n))]; if (row) { row.focus(); row.scrollIntoView({ block: "nearest" }); } };
  const press = (button) => { if (button && !button.disabled) button.click(); };
  document.addEventListener("submit", (event) => {
    // A second click on the way sends nothing; the server would act once anyway.
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const n = here();
    const row = rows[n];
    if (event.key === "j") go(n + 1);
    else if (event.key === "k") go(n < 0 ? 0 : n - 1);
    else if (event.key === "g") go(rows.findIndex((one, m) => m > n && one.matches("[data-group]")));
    else if (event.key === "x" && row) { const box = row.querySelector("input[type=checkbox]"); if (box) box.checked = !box.checked; }
    else if (event.key === "o" && row) press(row.querySelector("a.open"));
    else if (event.key === "u") press((row && row.querySelector(`[data-key="u"]`)) || document.querySelector("[data-undo] button"));
    else if (event.key === "A" || event.key === "R") press(document.querySelector(`[data-marked="${event.key}"]`));
    else if (/^[a-z]$/.test(event.key) && row) press(row.querySelector(`[data-key="${event.key}"]`));
    else return;
    event.preventDefault();
  });
  go(0);
})();
