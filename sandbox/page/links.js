// Which items belong together, and the threads that show it.

const neighbours = new Map();
const homes = new Map();
const canvas = document.getElementById("threads");
/** Milliseconds after which cards that move have come to rest. */
const SETTLED = 420;
let shown = [];
let timer = 0;

function tie(one, other) {
  if (!neighbours.has(one)) neighbours.set(one, new Set());
  neighbours.get(one).add(other);
}

/** Remember where a card lives and whom it mentions. */
export function learn(service, card) {
  homes.set(card.key, { service, id: card.id });
  for (const key of card.mentions) {
    tie(card.key, key);
    tie(key, card.key);
  }
}

/** Remember that these items belong together because the story says so. */
export function join(keys) {
  for (const one of keys) for (const other of keys) if (one !== other) tie(one, other);
}

/** Where the item of this key lives: {service, id}, or undefined when it was never seen. */
export const home = (key) => homes.get(key);

/** The keys of items in other tools that belong to `key`. */
export function counterparts(key) {
  const service = homes.get(key)?.service;
  return [...(neighbours.get(key) ?? [])].filter((other) => homes.has(other) && homes.get(other).service !== service);
}

/** Show `key` with its counterparts until something else is shown; for a while only if `seconds` are given. */
export function highlight(key, seconds = 0) {
  show([key, ...counterparts(key)], seconds);
}

/** Show these items as belonging together, threads running from the first. */
export function show(keys, seconds = 0) {
  clear();
  shown = keys;
  if (keys.length < 2) return;
  for (const key of keys) for (const element of places(key)) element.classList.add("is-linked");
  canvas.classList.add("is-new");
  draw();
  setTimeout(redraw, SETTLED);
  if (seconds) timer = setTimeout(clear, seconds * 1000);
}

export function clear() {
  clearTimeout(timer);
  shown = [];
  for (const element of document.querySelectorAll(".is-linked")) element.classList.remove("is-linked");
  canvas.replaceChildren();
}

function places(key) {
  return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
}

/** Where threads can be tied to an item, or null where its column does not show it. */
function knot(key) {
  for (const element of places(key)) {
    const lane = element.closest(".lane");
    const frame = element.closest(".lane-body").getBoundingClientRect();
    const own = element.getBoundingClientRect();
    const part = (element.querySelector(".item-title") ?? element).getBoundingClientRect();
    const top = Math.max(part.top, frame.top);
    const bottom = Math.min(part.bottom, frame.bottom, innerHeight);
    if (!part.height || bottom - top < 12) continue;
    const y = (top + bottom) / 2;
    return { lane, tool: lane.dataset.tool, left: own.left, right: own.right, y };
  }
  return null;
}

function draw() {
  canvas.replaceChildren();
  const [from, ...others] = shown.map(knot);
  if (!from) return;
  const lanes = [...document.querySelectorAll(".lane")].map((lane) => ({ lane, box: lane.getBoundingClientRect() }));
  if (lanes.some(({ box }) => box.top !== lanes[0].box.top)) return;
  const column = ({ lane }) => lanes.findIndex((other) => other.lane === lane);
  const tied = others.filter((to) => to && to.lane !== from.lane);
  canvas.append(...tied.map((to) => shape("path", { d: route(from, to, column, lanes) })));
  for (const to of tied) {
    const rightwards = column(to) > column(from);
    canvas.append(dot(from, rightwards ? from.right : from.left), dot(to, rightwards ? to.left : to.right));
  }
}

/** Threads run in the gaps between the columns and above them, so that they never cross a text. */
function route(from, to, column, lanes) {
  const step = Math.sign(column(to) - column(from));
  const gap = (index) => (lanes[index].box.right + lanes[index + 1].box.left) / 2;
  const first = gap(step > 0 ? column(from) : column(from) - 1);
  const last = gap(step > 0 ? column(to) - 1 : column(to));
  const above = lanes[0].box.top - 7;
  const over = first === last ? [] : [[first, above], [last, above]];
  const start = [step > 0 ? from.right : from.left, from.y];
  const end = [step > 0 ? to.left : to.right, to.y];
  return rounded([start, [first, from.y], ...over, [last, to.y], end]);
}

/** A path through these points with soft corners. */
function rounded(points) {
  let path = `M${points[0]}`;
  for (let index = 1; index < points.length - 1; index += 1) {
    const corner = points[index];
    path += ` L${towards(corner, points[index - 1])} Q${corner} ${towards(corner, points[index + 1])}`;
  }
  return `${path} L${points.at(-1)}`;
}

/** The point on the way from `corner` to `other`, where the corner begins. */
function towards(corner, other) {
  const length = Math.hypot(other[0] - corner[0], other[1] - corner[1]) || 1;
  const share = Math.min(7, length / 2) / length;
  return [corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share];
}

function dot({ tool, y }, x) {
  return shape("circle", { cx: x, cy: y, r: 3.5, "data-tool": tool });
}

function shape(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}

let pending = 0;
function redraw() {
  canvas.classList.remove("is-new");
  cancelAnimationFrame(pending);
  pending = requestAnimationFrame(draw);
}
addEventListener("resize", redraw);
addEventListener("scroll", redraw, { capture: true, passive: true });
