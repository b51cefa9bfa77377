// Small help with elements. Data only ever becomes text nodes and attributes, never markup.

/** An element. Properties that begin with "on" are listeners; true is an empty attribute, false and null none. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false));
  return element;
}

/** The path as an icon of 16 by 16, drawn in the colour of the text. */
export function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  back: "M10 3 5 8l5 5",
  plus: "M8 3v10M3 8h10",
  lock: "M4.5 7.5h7v5.5h-7zM6 7.5V5.2a2 2 0 0 1 4 0v2.3",
  eye:
    "M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z" +
    "M8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2z",
  pencil: "M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2z",
  loop: "M13 8a5 5 0 1 1-1.6-3.6M13 2.5v2.7h-2.7",
};

/** How long ago, in the fewest words. */
export function ago(iso, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < 45) return "now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h`;
  if (seconds < 86400 * 45) return `${Math.round(seconds / 86400)} d`;
  return new Date(iso).toLocaleDateString("en", { day: "numeric", month: "short" });
}

/** The same within a sentence. */
export function since(iso) {
  const words = ago(iso);
  return words === "now" ? "just now" : /\d (?:min|h|d)$/.test(words) ? `${words} ago` : words;
}

/** The full time, for titles. */
export function exactly(iso) {
  return new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
