// Paying inside WeChat: the app's bridge is called with the parameters that our server signed. What the bridge says of the payment is
// not believed: the page asks our server, which asks the channel.
"use strict";
(() => {
  const now = document.querySelector("form[data-send-now]");
  if (now) now.requestSubmit();

  // Once by itself for each order, so that a page loaded again does not open the app's sheet over and over; then by the button.
  const SEEN = "paying-begun";
  const pay = (box, byHand) => {
    const told = JSON.parse(box.dataset.bridge);
    if (!byHand && sessionStorage.getItem(SEEN) === told.package) return;
    sessionStorage.setItem(SEEN, told.package);
    const begin = () => window.WeixinJSBridge.invoke("getBrandWCPayRequest", told, () => {
      const order = document.querySelector("[data-paying]");
      if (order && window.htmx) window.htmx.trigger(order, "asked");
    });
    if (window.WeixinJSBridge) begin();
    else document.addEventListener("WeixinJSBridgeReady", begin, { once: true });
  };
  const look = () => {
    const box = document.querySelector("[data-bridge]");
    if (box) pay(box, false);
  };
  document.body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-bridge]");
    if (button) pay(button, true);
  });
  document.body.addEventListener("htmx:afterSettle", look);
  look();
})();
