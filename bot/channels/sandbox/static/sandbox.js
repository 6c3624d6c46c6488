// The sandbox in the browser: it draws nothing itself, the server sends HTML with everything escaped.

const page = document.body;
const says = page.dataset;
const language = document.documentElement.lang;
const LOCALES = { fi: "fi-FI", sv: "sv-FI", en: "en-GB" };
const NEAR_BOTTOM = 80;

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const panes = () => all(".pane");

/** A name for one deed: sent again with the same name, it is done once. */
function newNonce() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// Talking with the server.

async function look(path, params = {}) {
  const answer = await fetch(`/sandbox/${path}?${new URLSearchParams({ language, ...params })}`);
  if (!answer.ok) throw new Error(says.notReached);
  return fragment(await answer.text());
}

/** Do something; returns what only this browser is told. Throws a sentence when nothing was kept. */
async function act(path, deed) {
  let answer;
  try {
    answer = await fetch(`/sandbox/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(deed),
    });
  } catch {
    throw new Error(says.notReached);
  }
  if (!answer.ok) throw new Error(says.notSaved);
  return answer.json();
}

// Messages.

const isAtBottom = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_BOTTOM;

function scrollDown(list) {
  list.scrollTop = list.scrollHeight;
}

/** Put a message where it belongs: in the place of its earlier version, or after the older ones. */
function upsert(pane, entry) {
  const list = one(".messages", pane);
  const standing = one(`[data-name="${entry.dataset.name}"]`, list);
  if (standing?.dataset.version === entry.dataset.version) return false;
  const follow = isAtBottom(list) || entry.dataset.author === pane.dataset.identity;
  if (standing) exchange(standing, entry);
  else insert(list, entry);
  for (const picture of all("img", entry)) picture.addEventListener("load", () => follow && scrollDown(list));
  if (follow) scrollDown(list);
  return true;
}

function insert(list, entry) {
  entry.classList.add("arriving");
  const later = all("[data-name]", list).find((other) => Number(other.dataset.name) > Number(entry.dataset.name));
  list.insertBefore(entry, later ?? null);
}

/** Exchange a message for its newer version; who was on one of its buttons stays there. */
function exchange(standing, entry) {
  const action = standing.contains(document.activeElement) ? document.activeElement.dataset.action ?? "" : null;
  standing.replaceWith(entry);
  entry.classList.add("changed");
  if (action !== null) focusWithin(entry, action);
}

function focusWithin(entry, action) {
  const buttons = all("button[data-action]", entry);
  (buttons.find((button) => button.dataset.action === action) ?? buttons[0] ?? entry).focus({ preventScroll: true });
}

/** Something only this person sees; it is gone when the page is loaded again. */
function showNote(pane, html, instead) {
  const note = document.createElement("li");
  note.className = "entry bot note";
  note.tabIndex = -1;
  const label = document.createElement("p");
  label.className = "line";
  label.textContent = says.onlyYou;
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  bubble.append(fragment(html));
  note.append(label, bubble);
  if (instead?.isConnected) exchange(instead, note);
  else one(".messages", pane).append(note);
  scrollDown(one(".messages", pane));
}

function markTab(pane) {
  if (one("#chats").dataset.shown === pane.dataset.pane) return;
  one(`[data-tab="${pane.dataset.pane}"] .dot`).hidden = false;
}

// Panes.

async function refresh(pane) {
  const fresh = await look(`panes/${pane.dataset.pane}`, { seat: pane.dataset.seat });
  for (const entry of all("li[data-name]", fresh)) upsert(pane, entry);
}

/** Draw a pane anew: another seat was taken, or Kaiku was blocked in it. */
async function replacePane(pane, seat, focus) {
  const fresh = one(".pane", await look(`panes/${pane.dataset.pane}`, { seat }));
  pane.replaceWith(fresh);
  scrollDown(one(".messages", fresh));
  if (focus) one(focus, fresh)?.focus();
  remember(fresh);
}

/** Keep in the address who sits where, so that loading the page again shows the same. */
function remember(pane) {
  const address = new URL(location);
  address.searchParams.set(pane.dataset.pane, pane.dataset.seat);
  history.replaceState(null, "", address);
}

/** Do something in a pane, show what came of it, and say calmly when nothing was kept. */
async function inPane(pane, path, deed, from) {
  const problem = one(".problem", pane);
  pane.setAttribute("aria-busy", "true");
  try {
    const told = await act(path, { seat: pane.dataset.seat, nonce: newNonce(), ...deed });
    problem.hidden = true;
    if (told.form) openForm(pane, told.form, deed.message ?? "");
    if (told.note) showNote(pane, told.note, from?.closest(".note"));
    if (live.readyState !== EventSource.OPEN) await refresh(pane);
    return told;
  } catch (failure) {
    problem.textContent = failure.message;
    problem.hidden = false;
    return null;
  } finally {
    pane.removeAttribute("aria-busy");
  }
}

async function press(button) {
  const pane = button.closest(".pane");
  if (button.getAttribute("aria-disabled") === "true") return;
  // `disabled` would drop the keyboard's focus.
  button.setAttribute("aria-disabled", "true");
  const message = button.closest("[data-name]")?.dataset.name ?? "";
  await inPane(pane, "press", { message, action: button.dataset.action }, button);
  button.removeAttribute("aria-disabled");
}

async function write(form) {
  const box = form.elements.words;
  const words = box.value;
  if (!words.trim() || form.dataset.sending) return;
  form.dataset.sending = "true";
  // The same words tried again are the same deed, even when only the answer was lost.
  if (form.dataset.words !== words) Object.assign(form.dataset, { words, nonce: newNonce() });
  const told = await inPane(form.closest(".pane"), "write", { words, nonce: form.dataset.nonce });
  delete form.dataset.sending;
  if (!told) return;
  delete form.dataset.words;
  if (box.value === words) box.value = "";
  fit(box);
}

function fit(box) {
  box.rows = Math.min(6, box.value.split("\n").length);
}

// Forms.

let formsPlace = null;

function openForm(pane, html, message) {
  const dialog = one("#form-dialog");
  formsPlace = { pane: pane.dataset.pane, seat: pane.dataset.seat, message, nonce: newNonce() };
  one(".content", dialog).replaceChildren(fragment(html));
  dialog.showModal();
  one("input, textarea, select", one(".content", dialog))?.focus();
}

async function submit(form) {
  const { pane, ...place } = formsPlace;
  const fields = Object.fromEntries(new FormData(form));
  const told = await trying(form, () => act("submit", { ...place, action: form.dataset.action, fields }));
  if (!told || showErrors(form, told.errors)) {
    // What is sent next differs from what was sent: it is another deed.
    if (told) formsPlace.nonce = newNonce();
    return;
  }
  const where = one(`.pane[data-pane="${pane}"]`);
  form.closest("dialog").close();
  if (told.note) showNote(where, told.note);
  if (live.readyState !== EventSource.OPEN) await refresh(where);
}

async function report(form) {
  const { ask_now: askNow, ...fields } = Object.fromEntries(new FormData(form));
  form.dataset.nonce ||= newNonce();
  const deed = { ...fields, ask_now: Boolean(askNow), nonce: form.dataset.nonce };
  const told = await trying(form, () => act("encounters", deed));
  if (!told) return;
  delete form.dataset.nonce;
  form.closest("dialog").close();
  showStatus(says.reported);
}

async function trying(form, doing) {
  form.setAttribute("aria-busy", "true");
  try {
    return await doing();
  } catch (failure) {
    showErrors(form, { "": failure.message });
    return null;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** Write each sentence beside its field and go to the first; what has no field is said above the button. */
function showErrors(form, errors) {
  const rest = { ...errors };
  for (const place of all("[data-error-for]", form)) {
    const key = place.dataset.errorFor;
    const sentence = key ? rest[key] : Object.values(rest).join(" ");
    delete rest[key];
    place.textContent = sentence ?? "";
    place.hidden = !sentence;
    for (const control of all(`[name="${key}"]`, form)) control.setAttribute("aria-invalid", String(Boolean(sentence)));
  }
  one('[aria-invalid="true"]', form)?.focus();
  return Object.keys(errors).length > 0;
}

// The bar.

function showStatus(sentence, milliseconds = 6000) {
  const status = one("#status");
  status.textContent = sentence;
  status.hidden = false;
  clearTimeout(showStatus.timer);
  if (milliseconds < Infinity) showStatus.timer = setTimeout(() => (status.hidden = true), milliseconds);
}

const clock = one("#clock");
let ahead = new Date(clock.dateTime) - Date.now();
const shown = new Intl.DateTimeFormat(LOCALES[language], {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.zone,
});

function showClock() {
  const now = new Date(Date.now() + ahead);
  clock.dateTime = now.toISOString();
  clock.textContent = shown.format(now);
}

async function skip(button) {
  const buttons = all("[data-skip]");
  if (buttons.some((each) => each.getAttribute("aria-disabled"))) return;
  for (const each of buttons) each.setAttribute("aria-disabled", "true");
  try {
    await act("clock", { to: button.dataset.skip });
  } catch (failure) {
    showStatus(failure.message);
  }
  for (const each of buttons) each.removeAttribute("aria-disabled");
}

let reading = null;

/** Read what happened anew, once for a flurry of news. */
function readDecisions() {
  clearTimeout(reading);
  reading = setTimeout(async () => {
    try {
      one("#decisions").replaceChildren(await look("ledger"));
    } catch {
      // The news connection says when the server is away; it is read anew when that is back.
    }
  }, 300);
}

// News.

const live = new EventSource(`/sandbox/live?language=${language}`);

live.addEventListener("error", () => showStatus(says.reconnecting, Infinity));

live.addEventListener("open", () => {
  if (one("#status").textContent === says.reconnecting) one("#status").hidden = true;
  // What was said while nobody listened.
  for (const pane of panes()) refresh(pane).catch(() => {});
  readDecisions();
});

live.addEventListener("entry", (event) => {
  const { conversation, html } = JSON.parse(event.data);
  for (const pane of panes().filter((each) => each.dataset.conversation === conversation)) {
    if (upsert(pane, one("li", fragment(html)))) markTab(pane);
  }
  readDecisions();
});

live.addEventListener("removed", (event) => {
  const { conversation, name } = JSON.parse(event.data);
  for (const pane of panes().filter((each) => each.dataset.conversation === conversation)) {
    one(`[data-name="${name}"]`, pane)?.remove();
  }
});

live.addEventListener("clock", (event) => {
  ahead = new Date(JSON.parse(event.data).now) - Date.now();
  showClock();
  readDecisions();
});

// What people do.

document.addEventListener("click", (event) => {
  const button = event.target.closest("button, a[hreflang]");
  if (!button) return;
  if (button.dataset.action && button.closest(".pane")) press(button);
  else if (button.dataset.skip) skip(button);
  else if (button.dataset.tab) showTab(button);
  else if (button.dataset.block) block(button);
  else if (button.id === "report-opener") one("#report-dialog").showModal();
  else if (button.hreflang) changeLanguage(event, button);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  event.preventDefault();
  if (form.getAttribute("aria-busy")) return;
  if (form.matches(".composer")) write(form);
  else if (form.id === "report") report(form);
  else submit(form);
});

document.addEventListener("change", (event) => {
  const control = event.target;
  const pane = control.closest(".pane");
  if (!pane) return;
  if (control.name === "seat") replacePane(pane, control.value, "select[name=seat]");
  if (control.name === "language") inPane(pane, "language", { language: control.value });
});

document.addEventListener("input", (event) => {
  if (event.target.closest(".composer")) fit(event.target);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".composer");
  if (!form || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

async function block(button) {
  const pane = button.closest(".pane");
  if (await inPane(pane, "block", { blocked: button.dataset.block === "true" })) {
    await replacePane(pane, pane.dataset.seat, "[data-block]");
  }
}

function showTab(button) {
  one("#chats").dataset.shown = button.dataset.tab;
  for (const tab of all("[data-tab]")) tab.setAttribute("aria-pressed", String(tab === button));
  one(".dot", button).hidden = true;
  scrollDown(one(`.pane[data-pane="${button.dataset.tab}"] .messages`));
}

function changeLanguage(event, link) {
  event.preventDefault();
  const address = new URL(location);
  address.searchParams.set("language", link.hreflang);
  location.assign(address);
}

for (const list of all(".messages")) scrollDown(list);
addEventListener("load", () => all(".messages").forEach(scrollDown));
showClock();
setInterval(showClock, 5000);
