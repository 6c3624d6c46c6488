// The kiosk: one visitor after another. What cannot be sent is kept on the tablet and sent later.
"use strict";

const RESET = 10_000;
const RETRY = 15_000;
const PATH = location.pathname;
const SHELF = `kaiku:kiosk:${PATH}`;

const screens = [...document.querySelectorAll("[data-screen]")];
const first = document.documentElement.dataset.first;
const wordsField = document.getElementById("words");
let visitor = null;
let timer = 0;
let sending = false;
let again = false;
let unkept = {};

// What waits, by visitor; in memory alone where the browser refuses to keep things.
function waiting() {
  try {
    return JSON.parse(localStorage.getItem(SHELF) ?? "{}");
  } catch {
    return unkept;
  }
}

function keep(queue) {
  unkept = queue;
  try {
    localStorage.setItem(SHELF, JSON.stringify(queue));
  } catch {
    // The memory has it.
  }
  const count = Object.keys(queue).length;
  const line = document.querySelector("[data-waiting]");
  line.hidden = count === 0;
  for (const text of line.children) text.textContent = text.dataset.template.replace("{n}", count);
}

async function send() {
  if (sending) {
    // What came meanwhile goes next, and does not wait for the next try.
    again = true;
    return;
  }
  sending = true;
  try {
    for (const [nonce, told] of Object.entries(waiting())) {
      const answer = await post("answers", { nonce, ...told });
      if (answer.status === 429 || answer.status >= 500) break;
      const now = waiting();
      // Words may have been added while it was on its way.
      if (JSON.stringify(now[nonce]) === JSON.stringify(told)) delete now[nonce];
      keep(now);
    }
  } catch {
    // No connection: it waits for the next try.
  } finally {
    sending = false;
  }
  if (again) {
    again = false;
    send();
  }
}

function post(where, body) {
  return fetch(`${PATH}/${where}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

function tell(facts) {
  visitor = { ...visitor, ...facts };
  const { nonce, ...told } = visitor;
  keep({ ...waiting(), [nonce]: told });
  send();
}

// crypto.randomUUID is missing on plain http, which a lobby's own network may use.
function newName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

function show(name) {
  for (const screen of screens) screen.hidden = screen.dataset.screen !== name;
  document.querySelector('footer [data-do="leave"]').hidden = name !== "ask";
  document.querySelector(`[data-screen="${name}"] h1`).focus();
  restartTimer();
}

function current() {
  return screens.find((screen) => !screen.hidden).dataset.screen;
}

function restartTimer() {
  clearTimeout(timer);
  if (current() !== "ask" && current() !== "start") timer = setTimeout(reset, RESET);
}

function reset() {
  visitor = null;
  wordsField.value = "";
  document.getElementById("pin").value = "";
  say("");
  speak(first);
  show("ask");
}

function speak(language) {
  document.documentElement.lang = language;
  for (const text of document.querySelectorAll("span[lang]")) text.hidden = text.lang !== language;
  for (const button of document.querySelectorAll("[data-language]"))
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
}

function say(problem) {
  for (const line of document.querySelectorAll("[data-problem]")) line.hidden = line.dataset.problem !== problem;
}

async function leave() {
  const field = document.getElementById("pin");
  let status = 0;
  try {
    status = (await post("leave", { pin: field.value })).status;
  } catch {
    // Said below.
  }
  field.value = "";
  if (status === 204) {
    if (document.fullscreenElement) await document.exitFullscreen();
    say("");
    show("start");
  } else {
    say({ 403: "wrong_pin", 429: "too_many" }[status] ?? "no_connection");
    field.focus();
  }
}

const deeds = {
  start() {
    // Refused where there is no full screen; the kiosk works without.
    document.documentElement.requestFullscreen?.().catch(() => {});
    reset();
  },
  ask: reset,
  thanks: () => show("thanks"),
  leave: () => show("leave"),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.language) speak(button.dataset.language);
  else if (button?.dataset.do) deeds[button.dataset.do]();
  else if (button?.dataset.score && current() === "ask") {
    visitor = { nonce: newName() };
    show("more");
    tell({ score: Number(button.dataset.score), at: new Date().toISOString() });
  }
});

document.querySelector("[data-more]").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = wordsField.value.trim();
  if (words) tell({ words });
  show("thanks");
});

document.querySelector("[data-leave]").addEventListener("submit", (event) => {
  event.preventDefault();
  leave();
});

for (const sign of ["input", "pointerdown", "keydown"]) document.addEventListener(sign, restartTimer);
addEventListener("online", send);
setInterval(send, RETRY);
keep(waiting());
send();
