// An open item: what it says, what was said below it, and what a person can do to it.

import { freshen } from "./card.js";
import { ago, exactly, h, icon, ICONS, since } from "./dom.js";
import { chip } from "./story.js";
import { counterparts, home } from "./links.js";
import { render } from "./text.js";
import { meaning, short, tool } from "./words.js";

/** The button that leads back to the list of all tickets, issues or pages. */
export function backTo(many, close) {
  return h("button", { type: "button", class: "quiet back", onclick: close }, icon(ICONS.back), `All ${many}`);
}

export class OpenItem {
  /** `act(body)` does something to the item and gives the card as it then stands; `open(key)` shows another. */
  constructor(service, card, { priorities, act, open, close }) {
    this.service = service;
    this.card = card;
    this.words = tool(service);
    this.priorities = priorities;
    this.act = (body) => act({ service, item: card.id, ...body });
    this.open = open;
    this.build(close);
    this.update(card);
  }

  build(close) {
    this.title = h("h3", { tabindex: "-1", class: "item-title" });
    this.rename = h(
      "button",
      { type: "button", class: "bare", title: "Rename", "aria-label": "Rename", onclick: () => this.editTitle() },
      icon(ICONS.pencil),
    );
    this.about = h("p", { class: "item-about" });
    this.linked = h("p", { class: "item-linked" });
    this.status = this.select("status", "Status");
    this.priority = this.select("priority", "Priority");
    this.labels = h("ul", { class: "labels", "aria-label": `${this.words.label}s` });
    this.body = h("div", { class: "prose item-body" });
    this.said = h("ol", { class: "comments", "aria-label": "Comments" });
    this.element = h(
      "article",
      { class: "item", "data-service": this.service, "data-id": this.card.id, "data-key": this.card.key },
      h(
        "div",
        { class: "item-bar" },
        backTo(this.words.many, close),
        (this.state = h("span", { class: "status" })),
      ),
      h("div", { class: "item-head" }, this.title, this.rename),
      this.about,
      this.linked,
      h("div", { class: "item-fields" }, this.status.label, this.priority.label),
      h("div", { class: "item-labels" }, this.labels, this.labelForm()),
      this.body,
      this.said,
      h("div", { class: "dock" }, this.composer()),
    );
  }

  /** Show the card as it now stands, leaving alone what the person is typing. */
  update(card) {
    const known = this.shownComments ?? card.comments.length;
    this.card = card;
    if (!this.editing) this.title.textContent = card.title;
    this.state.textContent = card.status || "—";
    this.state.dataset.meaning = meaning(this.service, card.status);
    this.about.replaceChildren(
      h("span", { class: "key", title: card.key }, short(card.key)),
      ...[card.people, card.container].filter(Boolean).map((text) => h("span", {}, text)),
      h("time", { datetime: card.created, title: exactly(card.created) }, `created ${since(card.created)}`),
    );
    const others = counterparts(card.key).slice(0, 12);
    this.linked.replaceChildren(...(others.length ? ["Linked ", ...others.map((key) => chip(key, this.open))] : []));
    this.linked.hidden = !others.length;
    this.choose(this.status, card.statuses, card.status);
    this.choose(this.priority, this.priorities, card.priority);
    this.labels.replaceChildren(...card.labels.map((label) => this.label(label)));
    const reference = (key) => (key && key !== card.key && home(key) ? chip(key, this.open) : null);
    const text = card.body.trim() ? render(card.body, reference) : [h("p", { class: "empty" }, "No description.")];
    this.body.replaceChildren(...text);
    this.said.replaceChildren(...card.comments.map((said, index) => this.comment(said, index >= known, reference)));
    this.shownComments = card.comments.length;
  }

  select(act, title) {
    const select = h("select", { "data-act": act });
    select.addEventListener("change", async () => {
      const done = await this.act({ act, value: select.value });
      if (!done) select.value = this.card[act];
    });
    return { element: select, label: h("label", { class: "field" }, h("span", {}, title), select) };
  }

  choose({ element, label }, values, value) {
    const options = values.includes(value) ? values : [value, ...values];
    label.hidden = !values.length;
    const now = [...element.options].map((option) => option.value);
    if (now.join("\n") !== options.join("\n")) {
      element.replaceChildren(...options.map((name) => h("option", { value: name, disabled: !name }, name || "—")));
    }
    element.value = value;
  }

  label(name) {
    const remove = h("button", { type: "button", "aria-label": `Remove ${name}`, title: `Remove ${name}` }, "×");
    remove.addEventListener("click", () => this.act({ act: "remove_label", value: name }));
    return h("li", { class: "tag", "data-label": name }, name, remove);
  }

  labelForm() {
    const input = h("input", {
      class: "label-input",
      "aria-label": `Add a ${this.words.label}`,
      placeholder: `Add ${this.words.label}`,
      autocomplete: "off",
    });
    return h(
      "form",
      {
        class: "label-form",
        onsubmit: async (event) => {
          event.preventDefault();
          const value = input.value.trim();
          if (value && (await this.act({ act: "add_label", value }))) input.value = "";
        },
      },
      input,
    );
  }

  editTitle() {
    if (this.editing) return;
    this.editing = true;
    const input = h("input", { class: "title-input", "aria-label": "Title", value: this.card.title });
    const end = (focus) => {
      this.editing = false;
      this.title.textContent = this.card.title;
      if (focus) this.rename.focus();
    };
    input.addEventListener("keydown", async (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        end(true);
      } else if (event.key === "Enter") {
        const value = input.value.trim();
        if (!value || value === this.card.title || (await this.act({ act: "title", value }))) end(true);
      }
    });
    input.addEventListener("blur", () => this.editing && end(false));
    this.title.replaceChildren(input);
    input.select();
  }

  comment(said, fresh, reference) {
    const byUs = said.author === "Loopwright" || said.author.startsWith("loopwright");
    const audience = this.words.audience ? this.audience(said) : null;
    const entry = h(
      "li",
      { class: "comment", "data-audience": !this.words.audience ? "plain" : said.internal ? "internal" : "customer" },
      h(
        "p",
        { class: "comment-head" },
        byUs ? icon(ICONS.loop) : null,
        h("b", {}, said.author),
        h("time", { datetime: said.created, title: exactly(said.created) }, ago(said.created)),
        audience,
      ),
      this.folded(said.text, reference),
    );
    if (fresh) freshen(entry);
    return entry;
  }

  /** Who reads a comment; what the customer wrote needs no warning. */
  audience(said) {
    if (said.internal) return h("span", { class: "audience" }, icon(ICONS.lock), "Internal note");
    if (this.card.people.split(", ")[0] === said.author) return h("span", { class: "audience" }, "Customer");
    return h("span", { class: "audience" }, icon(ICONS.eye), "Customer sees this");
  }

  /** A text, folded when it is long: mails bring their whole history along. */
  folded(text, reference) {
    const prose = h("div", { class: "prose" }, render(text, reference));
    if (text.length < 900 && text.split("\n").length < 14) return prose;
    prose.classList.add("is-folded");
    const more = h("button", { type: "button", class: "quiet more", "aria-expanded": "false" }, "Show all");
    more.addEventListener("click", () => {
      const folded = prose.classList.toggle("is-folded");
      more.textContent = folded ? "Show all" : "Show less";
      more.setAttribute("aria-expanded", !folded);
    });
    return h("div", {}, prose, more);
  }

  composer() {
    const text = h("textarea", { rows: "2", required: true, "aria-label": "Comment" });
    const send = h("button", { type: "submit", class: "primary" }, "Comment");
    const form = h("form", { class: "composer", "data-audience": this.words.audience ? "internal" : "plain" }, text);
    const choice = this.words.audience ? this.audienceChoice(form, text, send) : null;
    form.append(h("div", { class: "composer-bar" }, choice ?? h("span"), send));
    if (!choice) text.placeholder = "Write a comment";
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!text.value.trim()) return;
      send.disabled = true;
      const internal = form.dataset.audience !== "customer";
      if (await this.act({ act: "comment", text: text.value, internal })) text.value = "";
      send.disabled = false;
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.requestSubmit();
    });
    return form;
  }

  audienceChoice(form, text, send) {
    const radio = (value, caption, path) => {
      const name = `audience-${this.service}`;
      const input = h("input", { type: "radio", name, value, checked: value === "internal", onchange: () => choose(value) });
      return h("label", {}, input, h("span", {}, icon(path), caption));
    };
    const choose = (value) => {
      form.dataset.audience = value;
      send.textContent = value === "internal" ? "Add note" : "Send reply";
      text.placeholder = value === "internal" ? "Write a note that only the team reads" : "Write to the customer";
    };
    choose("internal");
    return h(
      "fieldset",
      { class: "segments" },
      h("legend", { class: "visually-hidden" }, "Who reads it"),
      radio("internal", "Internal", ICONS.lock),
      radio("customer", "Public", ICONS.eye),
    );
  }
}
