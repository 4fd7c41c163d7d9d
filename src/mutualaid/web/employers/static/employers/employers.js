// What 单位端 does beyond plain HTML: how far an upload is, and all boxes of a page at once. Without it all works as well.
"use strict";
(() => {
  // The progress of a large upload; the page that answers is shown as if the form had been sent plainly.
  for (const form of document.querySelectorAll("form[data-upload]")) {
    const bar = form.querySelector("progress");
    form.addEventListener("submit", () => {
      const input = form.querySelector("input[type=file]");
      const file = input && input.files[0];
      if (!file || file.size < 200000) return;
      bar.hidden = false;
      bar.removeAttribute("value");
    });
  }
  // The box in the head checks all of the page.
  document.body.addEventListener("change", (event) => {
    const head = event.target.closest("[data-check-all]");
    if (!head) return;
    for (const box of head.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = head.checked;
  });
})();
