// The part of Markdown that tickets and issues use, built from elements: whatever the text says, it is only text.

import { h } from "./dom.js";

const INLINE = new RegExp(
  [
    "`+(?<code>[^`]+)`+",
    "\\*\\*(?<bold>[^*]+)\\*\\*",
    "\\[(?<label>[^\\]\\n]+)\\]\\((?<target>[^)\\s]+)\\)",
    "<?(?<bare>https?://[^\\s<>)]+[^\\s<>).,;:!?'\"])>?",
    "\\\\(?<escaped>[!-/:-@[-`{-~])",
    "(?<![\\w/-])(?<key>ZD-\\d+|N-[0-9a-f]{8}|[A-Z][A-Z0-9]+-\\d+|[\\w.-]+/[\\w.-]+#\\d+)\\b",
  ].join("|"),
  "g",
);

/** Elements for `markdown`. `reference(key)` may give an element for the key of another item. */
export function render(markdown, reference = () => null) {
  const lines = markdown.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  while (lines.length) {
    const line = lines.shift();
    const fence = line.match(/^\s{0,3}(`{3,}|~{3,})/);
    if (fence) blocks.push(fenced(lines, fence[1]));
    else if (/^\s*>/.test(line)) blocks.push(quoted([line, ...taken(lines, /^\s*>/)], reference));
    else if (/^\s*(?:[-*+]|\d+[.)])\s/.test(line)) {
      blocks.push(listed([line, ...taken(lines, /^\s*(?:[-*+]|\d+[.)])\s|^\s{2,}\S/)], reference));
    } else if (/^#{1,6}\s/.test(line)) blocks.push(h("h4", {}, inline(line.replace(/^#+\s+/, ""), reference)));
    else if (/^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/.test(line)) blocks.push(h("hr"));
    else if (line.trim()) {
      const more = taken(lines, /^(?!\s*(?:$|>|`{3}|~{3}|#{1,6}\s|[-*+]\s|\d+[.)]\s))/);
      blocks.push(h("p", {}, inline([line, ...more].join("\n"), reference)));
    }
  }
  return blocks;
}

function taken(lines, pattern) {
  const found = [];
  while (lines.length && pattern.test(lines[0])) found.push(lines.shift());
  return found;
}

function fenced(lines, fence) {
  const code = [];
  while (lines.length && !lines[0].trim().startsWith(fence)) code.push(lines.shift());
  lines.shift();
  return h("pre", { tabindex: "0" }, h("code", {}, code.join("\n")));
}

function quoted(lines, reference) {
  return h("blockquote", {}, render(lines.map((line) => line.replace(/^\s*>\s?/, "")).join("\n"), reference));
}

function listed(lines, reference) {
  const list = h(/^\s*\d/.test(lines[0]) ? "ol" : "ul");
  for (const line of lines) {
    const entry = line.match(/^(\s*)(?:[-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/);
    if (!entry) list.lastElementChild.append(" ", ...inline(line.trim(), reference));
    else {
      const box = entry[2] ? (entry[2] === " " ? "☐ " : "☑ ") : "";
      const depth = Math.min(3, Math.floor(entry[1].length / 2));
      list.append(h("li", { class: depth ? `deep-${depth}` : null }, box, inline(entry[3], reference)));
    }
  }
  return list;
}

function inline(text, reference) {
  const parts = [];
  let position = 0;
  for (const found of text.matchAll(INLINE)) {
    parts.push(text.slice(position, found.index));
    parts.push(marked(found, reference));
    position = found.index + found[0].length;
  }
  parts.push(text.slice(position));
  return parts;
}

function marked(found, reference) {
  const { code, bold, label, target, bare, escaped, key } = found.groups;
  if (code !== undefined) return h("code", {}, code);
  if (bold !== undefined) return h("strong", {}, inline(bold, reference));
  if (label !== undefined) return reference(label) ?? link(target, label);
  if (bare !== undefined) return link(bare, bare);
  if (escaped !== undefined) return escaped;
  return reference(key) ?? key;
}

function link(target, label) {
  if (!/^https?:\/\//i.test(target)) return label;
  return h("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, label);
}
