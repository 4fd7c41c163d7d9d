// What 单位端 does beyond plain HTML: how far an upload is, and all boxes of a page at once. Without it all works as well.
"use strict";
(() => {
  // A large file goes in parts, so that a broken connection, or another day, goes on where it stopped. Where the browser cannot hash
  // (an address without https), or anything else is missing, the form is sent plainly.
  const PART = 1 << 20;
  const SMALL = PART / 4; // is sent plainly: it would be sent anew as quickly
  const TRIES = 8;
  const pause = (seconds) => new Promise((done) => { setTimeout(done, seconds * 1000); });
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

  class Refused extends Error {}

  class Sending {
    constructor(form, file) {
      this.form = form;
      this.file = file;
      this.bar = form.querySelector("progress");
      this.state = form.querySelector(".upload-state");
      this.token = form.querySelector("[name=csrfmiddlewaretoken]").value;
      this.stopped = new AbortController();
    }

    say(text, sent) {
      this.state.hidden = false;
      this.bar.hidden = false;
      if (sent === undefined) this.bar.removeAttribute("value");
      else this.bar.value = Math.floor((sent * 100) / this.file.size);
      const size = (bytes) => `${(bytes / PART).toFixed(1)} MB`;
      this.state.textContent = sent === undefined ? text : `${text} ${size(sent)} / ${size(this.file.size)}`;
    }

    // One request; what the network loses is asked again after a growing pause, what the server refuses is not.
    async ask(url, body, type) {
      for (let turn = 0; ; turn += 1) {
        try {
          const headers = { "X-CSRFToken": this.token, ...(type ? { "Content-Type": type } : {}) };
          const answer = await fetch(url, { method: "POST", body, headers, signal: this.stopped.signal });
          if (answer.status >= 500) throw new TypeError(String(answer.status));
          const told = await answer.json().catch(() => ({}));
          if (!answer.ok && told.received === undefined) throw new Refused(told.said || this.form.dataset.broken);
          return told;
        } catch (fault) {
          if (fault instanceof Refused || this.stopped.signal.aborted || turn >= TRIES) throw fault;
          this.say(this.form.dataset.waiting);
          await pause(Math.min(30, 2 ** turn));
        }
      }
    }

    async send() {
      this.say(this.form.dataset.reading);
      const sha256 = hex(await crypto.subtle.digest("SHA-256", await this.file.arrayBuffer()));
      const asked = new URLSearchParams({ name: this.file.name, size: this.file.size, sha256 });
      this.there = await this.ask(this.form.dataset.transfers, asked);
      let sent = this.there.received;
      while (sent < this.file.size) {
        this.say(this.form.dataset.sending, sent);
        const part = this.file.slice(sent, sent + PART);
        const told = await this.ask(`${this.there.parts}?begins=${sent}`, part, "application/octet-stream");
        sent = told.received;
      }
      this.say(this.form.dataset.reading);
      const told = await this.ask(this.there.completion, new URLSearchParams());
      location.assign(told.page);
    }

    // What came goes.
    async forget() {
      if (!this.there) return;
      const headers = { "X-CSRFToken": this.token };
      await fetch(this.there.here, { method: "POST", headers, redirect: "manual" }).catch(() => undefined);
    }

    async drop() {
      this.stopped.abort();
      await this.forget();
      this.bar.hidden = true;
      this.state.textContent = this.form.dataset.dropped;
    }
  }

  for (const form of document.querySelectorAll("form[data-transfers]")) {
    const cancel = form.querySelector("[data-upload-cancel]");
    const main = form.querySelector("button:not([type=button])");
    let sending;
    const over = () => { sending = undefined; cancel.hidden = true; main.disabled = false; };
    form.addEventListener("submit", async (event) => {
      const file = form.querySelector("input[type=file]").files[0];
      if (!file || file.size < SMALL || !window.crypto || !crypto.subtle || !window.fetch) return;
      event.preventDefault();
      if (sending) return;
      const mine = new Sending(form, file);
      sending = mine;
      cancel.hidden = false;
      main.disabled = true;
      try {
        await mine.send();
      } catch (fault) {
        if (!mine.stopped.signal.aborted) {
          mine.say(fault instanceof Refused ? fault.message : form.dataset.broken);
          mine.bar.hidden = true;
          if (fault instanceof Refused) await mine.forget(); // no roster: to go on with it would lead nowhere
        }
        over();
      }
    });
    cancel.addEventListener("click", async () => {
      const mine = sending;
      if (mine) await mine.drop();
      over();
    });
  }
  // The box in the head checks all of the page.
  document.body.addEventListener("change", (event) => {
    const head = event.target.closest("[data-check-all]");
    if (!head) return;
    for (const box of head.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = head.checked;
  });
})();
