// Sums of a bill while it is typed: the same identities as the server checks, in whole fen. Without it the server says the same.
"use strict";
(() => {
  const form = document.querySelector("form[data-bill]");
  const told = document.querySelector("[data-bill-told]");
  if (!form || !told) return;
  const fen = (input) => {
    const text = input.value.replace(/[,，\s]/g, "");
    const found = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text);
    return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : null;
  };
  const yuan = (amount) => (amount / 100).toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const amounts = () => {
    const found = {};
    for (const input of form.querySelectorAll("[data-amount]")) {
      const amount = fen(input);
      if (amount !== null) found[input.dataset.amount] = amount;
    }
    return found;
  };
  const sum = (found, names) => names.reduce((total, name) => total + (found[name] || 0), 0);
  const FIVE = ["basic_deductible", "copay", "above_ceiling", "pre_self_paid", "over_limit"];
  const PAYERS = ["fund_paid", "supplement_paid", "medical_aid_paid"];

  function check() {
    const a = amounts(), words = told.dataset, lines = [];
    let typed = 0, any = false;
    for (const input of form.querySelectorAll("[data-line-amount]")) {
      const amount = fen(input);
      if (amount !== null) { typed += amount; any = true; }
    }
    const say = (holds, text, left, right) => lines.push({ holds, text: `${text}: ${yuan(left)} ${holds ? "=" : "≠"} ${yuan(right)}` });
    if (any && "total" in a) say(typed === a.total, words.lines, typed, a.total);
    if ("self_paid" in a && FIVE.every((name) => name in a)) say(Math.abs(sum(a, FIVE) - a.self_paid) <= 1, words.own, sum(a, FIVE), a.self_paid);
    if ("total" in a && "self_paid" in a && "out_of_scope" in a && PAYERS.every((name) => name in a)) {
      const parts = sum(a, PAYERS) + a.self_paid + a.out_of_scope;
      const all = parts + (a.hospital_borne || 0);
      const holds = Math.abs(parts - a.total) <= 1 || Math.abs(all - a.total) <= 1;
      say(holds, words.total, parts, a.total);
    }
    if ("self_paid" in a && "out_of_scope" in a && "account_paid" in a && "cash_paid" in a) {
      const purses = a.account_paid + a.cash_paid, burden = a.self_paid + a.out_of_scope;
      const holds = Math.abs(purses - burden) <= 1 || Math.abs(purses - burden + (a.hospital_borne || 0)) <= 1;
      say(holds, words.burden, purses, burden);
    }
    told.replaceChildren(...lines.map((line) => {
      const item = document.createElement("li");
      item.className = line.holds ? "sum-ok" : "sum-bad";
      item.textContent = line.text;
      return item;
    }));
    told.hidden = lines.length === 0;
  }
  form.addEventListener("input", check);
  check();
})();
