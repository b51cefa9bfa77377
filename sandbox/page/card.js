// One item in a column's list.

import { ago, calm, exactly, h } from "./dom.js";
import { meaning, short, tool, urgency } from "./words.js";

const LABELS = 3;
const LONGEST = 100;

/** The list entry of `card`. */
export function entry(service, card) {
  const urgent = urgency(card.priority);
  const people = [tool(service).shelf && card.container, card.people].filter(Boolean).join(" · ");
  const shortest = [...card.labels].sort((one, other) => one.length - other.length);
  const labels = shortest.slice(0, LABELS).map((label) => h("span", { class: "tag" }, label));
  if (card.labels.length > LABELS) labels.push(h("span", { class: "tag more" }, `+${card.labels.length - LABELS}`));
  return h(
    "li",
    { "data-id": card.id },
    h(
      "button",
      { type: "button", class: "card", "data-service": service, "data-id": card.id, "data-key": card.key },
      h(
        "span",
        { class: "card-top" },
        h("span", { class: "key", title: card.key }, short(card.key)),
        urgent >= 2
          ? h("span", { class: "urgent", "data-urgency": urgent, title: `Priority: ${card.priority}` }, card.priority)
          : null,
        h("span", { class: "status", "data-meaning": meaning(service, card.status) }, card.status || "—"),
      ),
      h("span", { class: "card-title" }, card.title),
      h(
        "span",
        { class: "card-foot" },
        h("span", { class: "people" }, people),
        h("span", { class: "tags" }, labels),
        h("time", { datetime: card.updated, title: exactly(card.updated) }, ago(card.updated)),
      ),
    ),
  );
}

/** Mark an element as just arrived, for a moment. */
export function freshen(element) {
  element.classList.add("is-fresh");
  setTimeout(() => element.classList.remove("is-fresh"), 4000);
}

/** Put `fresh` at the top of `list` in place of the entry it had, and let the eye follow. */
export function arrive(list, fresh) {
  const old = list.querySelector(`:scope > li[data-id="${CSS.escape(fresh.dataset.id)}"]`);
  const focused = old?.contains(document.activeElement);
  const before = new Map([...list.children].slice(0, 20).map((entry) => [entry.dataset.id, entry.offsetTop]));
  old?.remove();
  list.prepend(fresh);
  while (list.childElementCount > LONGEST) list.lastElementChild.remove();
  if (focused) fresh.querySelector("button").focus({ preventScroll: true });
  freshen(fresh.firstElementChild);
  if (calm()) return;
  for (const entry of [...list.children].slice(0, 20)) {
    const way = before.has(entry.dataset.id) ? before.get(entry.dataset.id) - entry.offsetTop : -24;
    if (!way) continue;
    const start = { transform: `translateY(${way}px)`, opacity: before.has(entry.dataset.id) ? 1 : 0 };
    entry.animate([start, { transform: "none", opacity: 1 }], { duration: 380, easing: "cubic-bezier(.2,.8,.2,1)" });
  }
}
