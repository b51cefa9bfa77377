// One tool's column: its list, its search, the open item, and the form for a new one.

import * as api from "./api.js";
import { arrive, entry } from "./card.js";
import { ago, h, icon, ICONS } from "./dom.js";
import { backTo, OpenItem } from "./item.js";
import { clear, highlight, home, learn, show, counterparts } from "./links.js";
import { tool } from "./words.js";

export class Lane {
  /** `open(key)` shows an item of any tool. */
  constructor(service, priorities, open) {
    this.service = service;
    this.priorities = priorities;
    this.openAnywhere = open;
    this.words = tool(service);
    this.item = null;
    this.build();
  }

  build() {
    const { name, one, many } = this.words;
    const title = `name-${this.service}`;
    this.search = h("input", {
      type: "search",
      placeholder: `Search ${many}`,
      "aria-label": `Search ${name} ${many}`,
      autocomplete: "off",
      oninput: () => this.later(),
    });
    this.calls = h("span", { class: "calls", title: "API calls so far" });
    this.list = h("ul", { class: "cards", "aria-label": `${name} ${many}` });
    this.empty = h("p", { class: "empty", hidden: true }, `No ${many} found.`);
    this.detail = h("div", { class: "detail", hidden: true });
    this.alert = h("p", { class: "alert", role: "alert", hidden: true });
    this.top = h(
      "div",
      { class: "lane-tools" },
      this.search,
      h("button", { type: "button", class: "quiet new", onclick: () => this.draft() }, icon(ICONS.plus), `New ${one}`),
    );
    this.body = h("div", { class: "lane-body" }, this.list, this.empty, this.detail);
    this.element = h(
      "section",
      { class: "lane", id: `lane-${this.service}`, "data-tool": this.service, "aria-labelledby": title },
      h("header", { class: "lane-head" }, h("h2", { id: title }, name), this.calls),
      this.top,
      this.alert,
      this.body,
    );
    this.listen();
  }

  listen() {
    const key = (event) => event.target.closest?.("[data-key]")?.dataset.key;
    this.list.addEventListener("click", (event) => {
      const card = event.target.closest(".card");
      if (card) this.open(card.dataset.id);
    });
    for (const name of ["pointerover", "focusin"]) {
      this.list.addEventListener(name, (event) => {
        const found = key(event);
        if (found && counterparts(found).length) highlight(found);
      });
    }
    this.list.addEventListener("pointerleave", () => this.detail.hidden && clear());
    this.list.addEventListener("keydown", (event) => this.walk(event));
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.detail.hidden) this.close();
    });
  }

  walk(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const neighbour = step && event.target.closest("li")?.[step];
    if (!neighbour) return;
    event.preventDefault();
    neighbour.querySelector("button").focus();
  }

  later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.load(), 180);
  }

  /** Read the list anew. */
  async load() {
    const asked = this.search.value.trim();
    const cards = await this.attempt(() => api.cards(this.service, asked));
    if (!cards || asked !== this.search.value.trim()) return;
    for (const card of cards) learn(this.service, card);
    this.list.replaceChildren(...cards.map((card) => entry(this.service, card)));
    this.empty.hidden = cards.length > 0;
  }

  /** A change was told: `card` is null for an item that is gone. */
  changed(id, card) {
    if (!card) {
      this.list.querySelector(`li[data-id="${CSS.escape(id)}"]`)?.remove();
      if (this.item?.card.id === id) this.close();
      return;
    }
    learn(this.service, card);
    if (this.item?.card.id === id) this.item.update(card);
    const listed = this.list.querySelector(`li[data-id="${CSS.escape(id)}"]`);
    if (this.search.value.trim() && !listed) return;
    this.empty.hidden = true;
    arrive(this.list, entry(this.service, card));
    const others = counterparts(card.key);
    if (others.length) show([card.key, ...others], 6);
  }

  async open(id) {
    const card = await this.attempt(() => api.item(this.service, id));
    if (!card) return;
    learn(this.service, card);
    this.item = new OpenItem(this.service, card, {
      priorities: this.priorities,
      act: (body) => this.act(body),
      open: this.openAnywhere,
      close: () => this.close(),
    });
    this.reveal(this.item.element);
    this.item.title.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
    highlight(card.key);
  }

  /** Do something; the card as it then stands, or null when it was refused (and the reason shown). */
  async act(body) {
    const done = await this.attempt(() => api.act(body));
    if (!done) return null;
    if (done.card && this.item?.card.id === done.id) this.item.update(done.card);
    return done;
  }

  async draft() {
    const homes = await this.attempt(() => api.containers(this.service));
    if (!homes) return;
    const title = h("input", { name: "title", required: true, autocomplete: "off" });
    const body = h("textarea", { name: "body", rows: "6" });
    const labels = h("input", { name: "labels", autocomplete: "off", placeholder: "bug, export" });
    const where = h("select", { name: "container" }, homes.map((name) => h("option", { value: name }, name)));
    const field = (caption, element) => h("label", { class: "field tall" }, h("span", {}, caption), element);
    const form = h(
      "form",
      { class: "draft", "data-service": this.service },
      h("div", { class: "item-bar" }, backTo(this.words.many, () => this.close())),
      h("h3", { class: "item-title" }, `New ${this.words.one}`),
      this.words.container && homes.length > 1 ? field(this.words.container, where) : null,
      field("Title", title),
      field("Text", body),
      field(`${this.words.label.charAt(0).toUpperCase()}${this.words.label.slice(1)}s, with commas`, labels),
      h("div", { class: "composer-bar" }, h("span"), h("button", { type: "submit", class: "primary" }, "Create")),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const names = labels.value.split(",").map((label) => label.trim()).filter(Boolean);
      const done = await this.act({
        act: "create",
        service: this.service,
        title: title.value,
        body: body.value,
        container: this.words.container ? where.value : "",
        labels: names,
      });
      if (done) await this.open(done.id);
    });
    this.reveal(form);
    title.focus();
  }

  reveal(element) {
    this.refuse("");
    this.detail.replaceChildren(element);
    this.detail.hidden = false;
    this.list.hidden = this.top.hidden = true;
    this.empty.hidden = true;
    this.body.scrollTop = 0;
  }

  close() {
    const id = this.item?.card.id;
    this.item = null;
    this.detail.hidden = true;
    this.detail.replaceChildren();
    this.list.hidden = this.top.hidden = false;
    this.empty.hidden = this.list.childElementCount > 0;
    this.refuse("");
    clear();
    const back = id && this.list.querySelector(`li[data-id="${CSS.escape(id)}"] .card`);
    (back || this.search).focus();
  }

  /** The result of `work`, or null with the reason shown. */
  async attempt(work) {
    try {
      const result = await work();
      this.refuse("");
      return result;
    } catch (error) {
      this.refuse(error.message);
      return null;
    }
  }

  refuse(reason) {
    this.alert.textContent = reason;
    this.alert.hidden = !reason;
  }

  /** Times grow older. */
  age() {
    for (const time of this.list.querySelectorAll("time")) time.textContent = ago(time.dateTime);
  }

  /** The key of the item with this id or key, as far as it was seen. */
  keyOf({ id, key }) {
    if (key) return key;
    return this.list.querySelector(`li[data-id="${CSS.escape(id)}"] .card`)?.dataset.key ?? null;
  }

  /** Show the item with this key, wherever it stands. */
  async openKey(key) {
    const known = home(key);
    if (known) await this.open(known.id);
  }
}
