// The sandbox's JSON API. A refusal becomes an Error with the server's own words.

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`/api${path}`, options);
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const content = await answer.json().catch(() => ({ error: `The sandbox answered ${answer.status}.` }));
  if (!answer.ok) throw new Error(content.error);
  return content;
}

const post = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const services = () => ask("/services");
export const containers = (service) => ask(`/containers/${service}`);
export const item = (service, id) => ask(`/items/${service}/${encodeURIComponent(id)}`);
export const act = (body) => post("/act", body);

/** The latest cards of one service. */
export async function cards(service, search = "") {
  const query = new URLSearchParams({ service, search, limit: "60" });
  return (await ask(`/board?${query}`))[service];
}
