// What only makes the survey pleasanter: without this file it works all the same.
"use strict";

const DRAFT = `kaiku:draft:${location.pathname}`;

/** The browser may refuse to keep things; then drafts are not kept, and nothing else changes. */
function shelf(work) {
  try {
    return work(localStorage);
  } catch {
    return null;
  }
}

function fieldsOf(form) {
  return [...form.elements].filter((field) => /^(q-|reasons$)/.test(field.name));
}

function draftOf(form) {
  return fieldsOf(form)
    .filter((field) => (field.matches("textarea") ? field.value : field.checked))
    .map((field) => [field.name, field.value]);
}

function restore(form) {
  const draft = shelf((kept) => JSON.parse(kept.getItem(DRAFT) ?? "null"));
  for (const [name, value] of Array.isArray(draft) ? draft : []) {
    for (const field of fieldsOf(form).filter((each) => each.name === name)) {
      if (field.matches("textarea")) field.value = value;
      else if (field.value === value) field.checked = true;
    }
  }
}

function tellProgress(form) {
  const said = form.querySelector("[data-progress]");
  const names = new Set(fieldsOf(form).map((field) => field.name).filter((name) => name.startsWith("q-")));
  const answered = new Set(draftOf(form).map(([name]) => name).filter((name) => name.startsWith("q-")));
  const words = said.dataset.progress.replace("{n}", answered.size).replace("{all}", names.size);
  said.hidden = answered.size === 0;
  // Typing must not make a screen reader say the same again.
  if (said.textContent !== words) said.textContent = words;
}

function begin(form) {
  restore(form);
  tellProgress(form);
  form.addEventListener("input", () => {
    shelf((kept) => kept.setItem(DRAFT, JSON.stringify(draftOf(form))));
    tellProgress(form);
  });
  form.addEventListener("submit", (event) => {
    const button = form.querySelector("button.primary");
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.sending;
  });
}

// A page that comes back out of memory holds a form that was sent already.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

if (document.querySelector("[data-forget]")) shelf((kept) => kept.removeItem(DRAFT));
for (const words of document.querySelectorAll("[data-with-script]")) words.hidden = false;
for (const form of document.querySelectorAll("form[data-survey]")) begin(form);
document.getElementById("summary")?.focus();
