// What each tool calls its things, and what a status means.

const TOOLS = {
  zendesk: { name: "Zendesk", one: "ticket", many: "tickets", audience: true, label: "tag" },
  jira: { name: "Jira", one: "issue", many: "issues", container: "Project", label: "label" },
  github: { name: "GitHub", one: "issue", many: "issues", container: "Repository", label: "label" },
  notion: { name: "Notion", one: "page", many: "pages", container: "Database", label: "label", shelf: true },
};

/** The words of a tool; one that is not known yet gets plain ones. */
export function tool(service) {
  const name = service.charAt(0).toUpperCase() + service.slice(1);
  return TOOLS[service] ?? { name, one: "item", many: "items", container: "Container", label: "label" };
}

const MEANINGS = [
  ["done", /^(done|solved|closed|shipped|released|approved|resolved)$/i],
  ["moving", /^(in progress|in review|under review|now|next|pending|planned)$/i],
  ["waiting", /^(hold|on-hold|blocked|declined|archived)$/i],
  ["new", /^(new|to do|draft|later)$/i],
];

/** `done`, `moving`, `waiting`, `new` or `open`: what colour a status has. On GitHub, open is the quiet one. */
export function meaning(service, status) {
  const found = MEANINGS.find(([, pattern]) => pattern.test(status))?.[0] ?? "open";
  return service === "github" && found === "open" ? "new" : found;
}

const URGENCY = { urgent: 3, highest: 3, high: 2, normal: 1, medium: 1, low: 0, lowest: 0 };

/** 3 for the most urgent to 0 for the least, null for an unknown word or none. */
export const urgency = (priority) => URGENCY[priority.toLowerCase()] ?? null;

/** The key without its owner: `app#12` for `northwind-soft/app#12`. */
export const short = (key) => key.replace(/^[\w.-]+\//, "");
