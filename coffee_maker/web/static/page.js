// What the pages do beside being read: they keep up to date, and send a form only once.
"use strict";
(() => {
  const main = document.getElementById("main");
  const pollMilliseconds = 2000;

  function left(until) {
    const seconds = Math.round((until - Date.now()) / 1000);
    if (seconds <= 0) return "time is over";
    if (seconds < 60) return `${seconds} s left`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s left`;
    if (seconds >= 172800) return `${Math.floor(seconds / 86400)} days left`;
    const minutes = Math.floor(seconds / 60) % 60;
    return `${Math.floor(seconds / 3600)} h ${String(minutes).padStart(2, "0")} min left`;
  }

  function tick() {
    for (const element of document.querySelectorAll("[data-deadline]")) {
      element.textContent = left(Date.parse(element.dataset.deadline));
    }
  }

  for (const element of document.querySelectorAll("time")) {
    element.textContent = new Date(element.dateTime).toLocaleString(undefined, {
      day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
    });
  }
  tick();
  setInterval(tick, 1000);

  // A second click while the first is under way; whoever comes back by "back" may send again.
  let sending = false;
  document.addEventListener("submit", (event) => {
    if (sending) event.preventDefault();
    sending = true;
    document.body.classList.add("sending");
  });
  window.addEventListener("pageshow", () => {
    sending = false;
    document.body.classList.remove("sending");
  });

  function settledElsewhere(text) {
    const told = document.getElementById("elsewhere");
    told.textContent = `Meanwhile it was ${text}.`;
    told.hidden = false;
    for (const field of document.querySelectorAll(".answer button, .answer input")) field.disabled = true;
    for (const field of document.querySelectorAll(".answer textarea")) field.readOnly = true;
  }

  async function look() {
    if (document.hidden || sending) return true;
    const offline = document.getElementById("offline");
    try {
      const response = await fetch(main.dataset.watch, { cache: "no-store" });
      if (response.status === 401 && "reload" in main.dataset) location.reload();
      offline.hidden = response.ok;
      if (!response.ok) return response.status >= 500;
      const { state } = await response.json();
      if (state === main.dataset.state || sending) return true;
      if ("reload" in main.dataset) location.reload();
      else settledElsewhere(state);
      return false;
    } catch {
      offline.hidden = false;
      return true;
    }
  }

  async function watch() {
    if (await look()) setTimeout(watch, pollMilliseconds);
  }
  // A settled question stays as it is.
  if (main.dataset.watch && ("reload" in main.dataset || main.dataset.state === "")) {
    setTimeout(watch, pollMilliseconds);
    document.addEventListener("visibilitychange", look);
  }
})();
