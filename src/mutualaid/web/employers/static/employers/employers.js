// What 单位端 does beyond plain HTML: how far an upload is, and all boxes of a page at once. Without it all works as well.
"use strict";
(() => {
  // A large file goes in parts, so that a broken connection, or another day, goes on where it stopped. Where the browser cannot hash
  // (an address without https), or anything else is missing, the form is sent plainly.
  const PART = 1 << 20;
  const SMALL = PART / 4; // is sent plainly: it would be sent anew as quickly
  const TRIES = 8;
  const FORGETTING = 10; // seconds
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  // Over before its time when the network comes back, or when nobody waits any more.
  const pause = (seconds, signal) => new Promise((done) => {
    const over = () => { clearTimeout(timer); window.removeEventListener("online", over); done(); };
    const timer = setTimeout(over, seconds * 1000);
    window.addEventListener("online", over);
    signal.addEventListener("abort", over, { once: true });
  });

  class Refused extends Error {}
  class Gone extends Refused {} // no such upload is there, or none any more
  class SignedOut extends Error {}

  class Sending {
    constructor(form, file) {
      this.form = form;
      this.file = file;
      this.bar = form.querySelector("progress");
      this.state = form.querySelector(".upload-state");
      this.cancel = form.querySelector("[data-upload-cancel]");
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

    end(text) {
      this.say(text);
      this.bar.hidden = true;
    }

    goOn() {
      if (this.stopped.signal.aborted) throw new Error("cancelled");
    }

    post(url, body, type, signal) {
      const headers = { Accept: "application/json", "X-CSRFToken": this.token, ...(type ? { "Content-Type": type } : {}) };
      return fetch(url, { method: "POST", body, headers, signal, redirect: "manual" });
    }

    // One request; what the network loses is asked again after a growing pause, what the server refuses is not.
    async ask(url, body, { type, signal } = {}) {
      for (let turn = 0; ; turn += 1) {
        try {
          const answer = await this.post(url, body, type, signal);
          if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) throw new SignedOut();
          if (answer.status >= 500) throw new TypeError(String(answer.status));
          const told = await answer.json().catch(() => ({}));
          if (answer.ok || told.received !== undefined) return told;
          const fault = new (answer.status === 404 ? Gone : Refused)(told.said || this.form.dataset.failed);
          fault.again = turn > 0;
          throw fault;
        } catch (fault) {
          if (fault instanceof Refused || fault instanceof SignedOut || this.stopped.signal.aborted || turn >= TRIES) throw fault;
          this.say(this.form.dataset.waiting, this.sent);
          await pause(Math.min(30, 2 ** turn), this.stopped.signal);
          this.goOn();
        }
      }
    }

    async send() {
      const signal = this.stopped.signal;
      this.say(this.form.dataset.reading);
      // Read once: a file that is saved anew meanwhile cannot be read on.
      const bytes = await this.file.arrayBuffer().catch(() => { throw new Refused(this.form.dataset.changed); });
      const sha256 = hex(await crypto.subtle.digest("SHA-256", bytes));
      this.goOn();
      // Not broken off when the upload is cancelled: what it begins must be known to be taken away.
      this.begun = this.ask(this.form.dataset.transfers, new URLSearchParams({ name: this.file.name, size: bytes.byteLength, sha256 }));
      const there = await this.begun;
      this.sent = there.received;
      while (this.sent < bytes.byteLength) {
        this.goOn();
        this.say(this.form.dataset.sending, this.sent);
        const part = bytes.slice(this.sent, this.sent + PART);
        const told = await this.ask(`${there.parts}?begins=${this.sent}`, part, { type: "application/octet-stream", signal });
        this.sent = told.received;
      }
      this.goOn();
      this.cancel.hidden = true; // all is there: now it is read, and the page that follows can drop it
      this.say(this.form.dataset.reading);
      try {
        location.assign((await this.ask(there.completion, new URLSearchParams())).page);
      } catch (fault) {
        // The answer was lost, not the request: the page says how it stands.
        if (!(fault instanceof Gone && fault.again)) throw fault;
        location.reload();
      }
    }

    // What came goes; whether it did.
    async forget() {
      const there = this.begun && await this.begun.catch(() => undefined);
      if (!there) return true;
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), FORGETTING * 1000);
      const answer = await this.post(there.here, undefined, undefined, late.signal).catch(() => undefined);
      clearTimeout(timer);
      return Boolean(answer && (answer.ok || answer.status === 404));
    }

    async drop() {
      this.stopped.abort();
      this.end(await this.forget() ? this.form.dataset.dropped : this.form.dataset.kept);
    }
  }

  for (const form of document.querySelectorAll("form[data-transfers]")) {
    const cancel = form.querySelector("[data-upload-cancel]");
    const main = form.querySelector("[data-upload-begin]");
    const resume = form.querySelector("[data-upload-resume]");
    let sending; // under way
    let broken; // can be gone on with
    const become = (now, before) => {
      sending = now;
      broken = before;
      cancel.hidden = !sending && !broken;
      main.hidden = Boolean(broken);
      main.disabled = Boolean(sending);
      resume.hidden = !broken;
    };
    form.addEventListener("submit", async (event) => {
      const file = form.querySelector("input[type=file]").files[0];
      if (!file || file.size < SMALL || !window.crypto || !crypto.subtle || !window.fetch) return;
      event.preventDefault();
      if (sending) return;
      const mine = new Sending(form, file);
      become(mine);
      try {
        await mine.send();
      } catch (fault) {
        if (mine.stopped.signal.aborted) return; // whoever cancelled it says so
        if (fault instanceof SignedOut) { location.reload(); return; } // the page says why, and where to sign in
        mine.end(fault instanceof Refused ? fault.message : form.dataset.broken);
        if (fault instanceof Refused) await mine.forget(); // no roster: to go on with it would lead nowhere
        become(undefined, fault instanceof Refused ? undefined : mine);
      }
    });
    form.addEventListener("change", () => { if (broken) { broken.state.hidden = true; become(); } }); // another file, or the same from its stop on
    cancel.addEventListener("click", async () => {
      const mine = sending || broken;
      if (!mine) return;
      cancel.disabled = true;
      await mine.drop();
      cancel.disabled = false;
      become();
      main.focus();
    });
  }
  // The box in the head checks all of the page.
  document.body.addEventListener("change", (event) => {
    const head = event.target.closest("[data-check-all]");
    if (!head) return;
    for (const box of head.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = head.checked;
  });
})();
