// The story as it unfolds: the latest line in the masthead, all lines on request.

import { h, icon, ICONS } from "./dom.js";
import { home, join, show } from "./links.js";

const now = document.getElementById("story-now");
const toggle = document.getElementById("story-toggle");
const log = document.getElementById("story-log");
const count = document.getElementById("story-count");
const SAID_BY = { person: "A person", sync: "Loopwright", note: "" };

function unfold(open) {
  toggle.setAttribute("aria-expanded", open);
  log.hidden = !open;
  log.scrollTop = log.scrollHeight;
}

toggle.addEventListener("click", () => unfold(log.hidden));
document.getElementById("story").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || log.hidden) return;
  unfold(false);
  toggle.focus();
});

/** Forget everything: the stream tells it again from the beginning after a reconnection. */
export function forget() {
  log.replaceChildren();
}

/** Tell one line. `keyOf(ref)` is the key of an item that it is about, `open(key)` shows the item. */
export function tell(line, keyOf, open) {
  const keys = line.refs.map(keyOf).filter(Boolean);
  join(keys);
  now.dataset.kind = line.kind;
  now.replaceChildren(...parts(line, keys, open));
  now.classList.remove("is-new");
  void now.offsetWidth;
  now.classList.add("is-new");
  log.append(h("li", { "data-kind": line.kind }, parts(line, keys, open)));
  log.scrollTop = log.scrollHeight;
  count.textContent = log.childElementCount;
  toggle.hidden = false;
  show(keys, 8);
}

function parts(line, keys, open) {
  return [
    line.kind === "sync" ? icon(ICONS.loop) : null,
    SAID_BY[line.kind] ? h("span", { class: "visually-hidden" }, `${SAID_BY[line.kind]}: `) : null,
    h("span", { class: "story-text" }, line.text),
    keys.map((key) => chip(key, open)),
  ]
    .flat()
    .filter(Boolean);
}

/** A button with an item's key in the colour of its tool. */
export function chip(key, open) {
  const place = home(key);
  if (!place) return h("span", { class: "chip" }, key);
  return h(
    "button",
    {
      type: "button",
      class: "chip",
      "data-tool": place.service,
      "data-ref": key,
      onclick: (event) => {
        event.stopPropagation();
        open(key);
      },
    },
    key.replace(/^[\w.-]+\//, ""),
  );
}
