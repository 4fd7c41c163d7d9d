// What writing a claim does beyond plain HTML: photos are made smaller, checked and sent one by one with progress and another try;
// the signature is drawn. Without it files are chosen and sent by the form, and the name is typed.
"use strict";
(() => {
  const words = (document.getElementById("upload-words") || { dataset: {} }).dataset;
  const SIDE = 2200; // longest side in pixels: small print of a receipt can be read
  const MOST = 15 * 1024 * 1024;
  const waiting = new Set(); // tries once more as soon as there is a network

  // A photo as a bitmap; none for a PDF and for what the browser cannot read.
  async function bitmapOf(file) {
    if (!file.type.startsWith("image/") && !/\.(heic|heif|jpe?g|png)$/i.test(file.name)) return undefined;
    try { return await createImageBitmap(file, { imageOrientation: "from-image" }); } catch { return undefined; }
  }

  // Too dark, too bright, blurred: looked at on a small grey copy.
  function hintOf(bitmap) {
    if (Math.max(bitmap.width, bitmap.height) < 800) return words.small;
    const scale = 320 / Math.max(bitmap.width, bitmap.height);
    const canvas = document.createElement("canvas");
    const width = canvas.width = Math.round(bitmap.width * scale);
    const height = canvas.height = Math.round(bitmap.height * scale);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(bitmap, 0, 0, width, height);
    const { data } = pen.getImageData(0, 0, width, height);
    const grey = new Float32Array(width * height);
    let sum = 0;
    for (let i = 0; i < grey.length; i += 1) {
      grey[i] = data[4 * i] * 0.299 + data[4 * i + 1] * 0.587 + data[4 * i + 2] * 0.114;
      sum += grey[i];
    }
    const mean = sum / grey.length;
    if (mean < 60) return words.dark;
    if (mean > 250) return words.bright;
    let edges = 0;
    for (let y = 1; y < height - 1; y += 1) {
      for (let x = 1; x < width - 1; x += 1) {
        const i = y * width + x;
        const l = 4 * grey[i] - grey[i - 1] - grey[i + 1] - grey[i - width] - grey[i + width];
        edges += l * l;
      }
    }
    return edges / grey.length < 30 ? words.blurred : "";
  }

  // As JPEG with no side longer than SIDE; where it was taken is not sent along.
  async function smaller(file, bitmap) {
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const known = file.type === "image/jpeg" || file.type === "image/png";
    if (file.type === "image/png" && scale === 1 && file.size < 2e6) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86));
    if (!blob) return known ? file : undefined;
    return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
  }

  function line(list, text) {
    const item = document.createElement("li");
    const said = document.createElement("span");
    said.textContent = text;
    item.append(said);
    list.append(item);
    return { item, said };
  }

  // One file on its way; resolves with the new box, rejects when there was no answer.
  function send(form, file, progress) {
    return new Promise((done, failed) => {
      const body = new FormData();
      body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      if (file) body.append("pages", file, file.name);
      const asked = new XMLHttpRequest();
      asked.open("POST", form.action);
      asked.setRequestHeader("X-Part", "1");
      asked.timeout = 120000;
      asked.upload.addEventListener("progress", (event) => { if (progress && event.lengthComputable) progress.value = event.loaded / event.total; });
      asked.addEventListener("load", () => ([200, 422].includes(asked.status) ? done(asked.responseText) : failed(asked)));
      for (const name of ["error", "timeout", "abort"]) asked.addEventListener(name, () => failed(asked));
      asked.send(body);
    });
  }

  function replaced(box, html, notes) {
    const made = new DOMParser().parseFromString(html, "text/html").querySelector("[data-box]");
    if (!made) { location.reload(); return box; }
    const fresh = document.importNode(made, true);
    const inputs = [...box.querySelectorAll("input[type=file]")];
    const had = box.contains(document.activeElement) ? Math.max(inputs.indexOf(document.activeElement), 0) : -1;
    box.replaceWith(fresh);
    if (had >= 0) fresh.querySelectorAll("input[type=file]")[had].focus({ preventScroll: true }); // who goes by keys goes on from here
    ready(fresh);
    const list = fresh.querySelector(".upload-going");
    for (const note of notes) list.append(note);
    return fresh;
  }

  async function bring(box, file) {
    let list = box.querySelector(".upload-going");
    const { item, said } = line(list, `${words.sending} ${file.name}`);
    const bitmap = await bitmapOf(file);
    const heic = /hei[cf]$/i.test(file.type) || /\.hei[cf]$/i.test(file.name);
    const ready_ = bitmap ? await smaller(file, bitmap) : file;
    if ((heic && !bitmap) || !ready_) { said.textContent = words.heic; said.className = "bad"; return box; }
    if (ready_.size > MOST) { said.textContent = `${file.name}: ${words.large}`; said.className = "bad"; return box; }
    const hint = bitmap ? hintOf(bitmap) : "";
    const progress = document.createElement("progress");
    progress.max = 1;
    item.append(progress);
    const attempt = async () => {
      progress.hidden = false;
      progress.value = 0;
      said.className = "";
      said.textContent = `${words.sending} ${file.name}`;
      try {
        const here = document.getElementById(box.id) || box;
        const html = await send(here.querySelector("form[data-upload]"), ready_, progress);
        item.remove();
        const notes = [...here.querySelectorAll(".upload-going li")];
        if (hint) {
          const note = line(list, `${file.name}: ${hint}`);
          note.said.className = "hint";
          notes.push(note.item);
        }
        return replaced(here, html, notes);
      } catch {
        progress.hidden = true;
        said.className = "bad";
        said.textContent = `${file.name}: ${words.failed}`;
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button";
        button.textContent = words.again;
        const again = () => { waiting.delete(again); button.remove(); return attempt(); };
        button.addEventListener("click", again);
        waiting.add(again);
        item.append(button);
        return document.getElementById(box.id) || box;
      }
    };
    return attempt();
  }

  function ready(box) {
    const form = box.querySelector("form[data-upload]");
    if (!form || !window.createImageBitmap) return;
    form.classList.add("live");
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", async () => {
        let here = box;
        const files = [...input.files];
        input.value = "";
        for (const file of files) here = await bring(document.getElementById(box.id) || here, file);
      });
    }
  }

  for (const box of document.querySelectorAll("[data-box]")) ready(box);
  window.addEventListener("online", () => { for (const again of [...waiting]) again(); });
  window.addEventListener("beforeunload", (event) => { if (waiting.size || document.querySelector(".upload-going progress:not([hidden])")) event.preventDefault(); });
  // A page that is taken away changes its box alone.
  document.body.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-part]");
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const box = form.closest("[data-box]");
    send(form).then((html) => replaced(box, html, [])).catch(() => form.submit());
  }, true);

  // The signature: strokes of finger, pen or mouse. What is sent is a picture in black on white.
  for (const pad of document.querySelectorAll("[data-pad]")) {
    const canvas = pad.querySelector("canvas");
    const field = pad.querySelector("[name=drawn]");
    const pen = canvas.getContext("2d");
    let drawing = false;
    const clear = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      field.value = "";
    };
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
    };
    pad.hidden = false;
    clear();
    Object.assign(pen, { lineWidth: 5, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    canvas.addEventListener("pointerdown", (event) => {
      drawing = true;
      canvas.setPointerCapture(event.pointerId);
      pen.beginPath();
      pen.moveTo(...place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drawing) return;
      pen.lineTo(...place(event));
      pen.stroke();
    });
    const end = () => { if (drawing) { drawing = false; field.value = canvas.toDataURL("image/png"); } };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    pad.querySelector("[data-clear]").addEventListener("click", clear);
  }
})();
