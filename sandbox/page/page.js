// The page: four tools side by side, kept up to date by the sandbox's stream of events.

import * as api from "./api.js";
import { home } from "./links.js";
import { Lane } from "./lane.js";
import { forget, tell } from "./story.js";

const board = document.getElementById("board");
const connection = document.getElementById("connection");
const lanes = new Map();

function open(key) {
  const place = home(key);
  lanes.get(place?.service)?.openKey(key);
}

function connected(state, words) {
  connection.dataset.state = state;
  connection.querySelector("b").textContent = words;
}

async function countCalls() {
  if (document.hidden) return;
  const services = await api.services().catch(() => []);
  for (const { name, calls } of services) {
    const lane = lanes.get(name);
    if (lane) lane.calls.textContent = `${calls.toLocaleString("en")} ${calls === 1 ? "call" : "calls"}`;
  }
}

function listen() {
  const stream = new EventSource("/api/stream");
  let before = false;
  stream.addEventListener("hello", async () => {
    forget();
    if (before) await Promise.all([...lanes.values()].map((lane) => lane.load()));
    before = true;
    connected("live", "Live");
  });
  stream.addEventListener("changed", (event) => {
    const { service, id, card } = JSON.parse(event.data);
    lanes.get(service)?.changed(id, card);
  });
  stream.addEventListener("story", (event) => {
    tell(JSON.parse(event.data), (ref) => lanes.get(ref.service)?.keyOf(ref) ?? ref.key, open);
  });
  stream.addEventListener("error", () => connected("lost", "Reconnecting"));
}

async function start() {
  const services = await api.services();
  for (const { name, priorities } of services) {
    const lane = new Lane(name, priorities, open);
    lanes.set(name, lane);
    board.append(lane.element);
  }
  await Promise.all([...lanes.values()].map((lane) => lane.load()));
  board.setAttribute("aria-busy", "false");
  listen();
  countCalls();
  setInterval(countCalls, 3000);
  setInterval(() => lanes.forEach((lane) => lane.age()), 30000);
}

start().catch((error) => connected("lost", error.message));
