// The page of a run's progress, kept up to date by events. Without this script the page reloads itself.
"use strict";
(function () {
  const page = document.getElementById("progress");
  if (!page || !window.EventSource) return;
  const again_ms = 5000;
  const place = (id) => document.getElementById(id);
  let shown = null; // the progress told last, and when
  let shownAt = 0;

  const words = (name, values) =>
    page.dataset[name].replace(/\{(\w+)\}/g, (all, key) => (key in values ? values[key] : all));

  function clock(us) {
    const s = Math.max(0, Math.floor(us / 1e6));
    const two = (n) => String(n).padStart(2, "0");
    return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }

  function set(id, text) {
    const at = place(id);
    if (at && at.textContent !== text) at.textContent = text; // unchanged text is not read out again
  }

  function line(test) {
    const item = document.createElement("li");
    const name = document.createElement("code");
    name.textContent = test.test;
    item.append(name, " ", test.locator);
    if (test.attempt > 1) item.append(" ", words("attempt", { attempt: test.attempt }));
    return item;
  }

  function show(progress) {
    shown = progress;
    shownAt = Date.now();
    set("status", page.dataset[progress.status] || progress.status);
    set("said", words("tests", progress.tests));
    const bar = place("bar");
    bar.max = Math.max(progress.tests.planned, 1);
    bar.value = progress.tests.ended;
    bar.textContent = place("said").textContent;
    set("elapsed", clock(progress.elapsed_us));
    set("executions", words("executions", progress.executions));
    set("attempts", String(progress.executions.attempts));
    set("records", String(progress.records));
    place("flight").replaceChildren(...progress.in_flight.map(line));
    place("flying").hidden = progress.in_flight.length === 0;
  }

  setInterval(function () {
    if (shown && shown.status === "running")
      set("elapsed", clock(shown.elapsed_us + (Date.now() - shownAt) * 1000));
  }, 1000);

  const source = new EventSource(page.dataset.events);
  source.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  source.addEventListener("end", function () {
    source.close();
    location.reload(); // what a run that is over says stands in the page itself
  });
  source.addEventListener("error", function () {
    // refused for good, for example because too many streams are open: as without events
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), again_ms);
  });
})();
