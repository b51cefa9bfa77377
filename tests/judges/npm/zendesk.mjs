// node-zendesk. It has no schemas of its own; the contracts judge what it was answered.
import assert from "node:assert/strict";
import nodeZendesk from "node-zendesk";
import { address, email, step, token } from "./session.mjs";

const client = endpointUri => nodeZendesk.createClient({ username: email, token, endpointUri });
const zendesk = client(`${address}/api/v2`);
const { helpcenter } = client(`${address}/api/v2/help_center`);

const { id } = await step("a ticket is created", async () => {
  const ticket = { subject: "Export fails", comment: { body: "It stops." }, tags: ["export"] };
  return (await zendesk.tickets.create({ ticket })).result;
});

await step("read", async () => {
  const { result } = await zendesk.tickets.show(id);
  assert.deepEqual([result.subject, result.description, result.status], ["Export fails", "It stops.", "new"]);
});

await step("updated and commented", async () => {
  const comment = { body: "Looking", public: false };
  await zendesk.tickets.update(id, { ticket: { status: "pending", priority: "high", comment } });
  const { result } = await zendesk.tickets.show(id);
  assert.deepEqual([result.status, result.priority], ["pending", "high"]);
  const comments = await zendesk.tickets.getComments(id);
  assert.deepEqual(
    comments.map(one => [one.body, one.public]),
    [["It stops.", true], ["Looking", false]],
  );
});

await step("tagged", async () => {
  await zendesk.tickets.addTags(id, { tags: ["csv"] });
  assert.deepEqual((await zendesk.tickets.show(id)).result.tags, ["csv", "export"]);
});

await step("its history is read", async () => {
  const audits = await zendesk.ticketaudits.list(id);
  const fields = audits.flatMap(audit => audit.events).map(event => event.field_name);
  for (const field of ["status", "priority", "tags"]) assert.ok(fields.includes(field), field);
});

await step("every ticket is listed, page by page, and exported", async () => {
  const listed = await zendesk.tickets.list();
  const ids = new Set(listed.map(ticket => ticket.id));
  assert.ok(ids.size === listed.length && ids.size > 100);
  const exported = await zendesk.tickets.incremental(1);
  assert.ok(exported.length > 100 && exported.every(ticket => ids.has(ticket.id)));
  assert.ok((await zendesk.ticketevents.incremental(1)).length);
});

await step("searched for", async () => {
  const { result } = await zendesk.search.query("type:ticket export");
  assert.ok(result.length && result.every(one => one.result_type === "ticket"));
  assert.ok((await zendesk.search.exportResults("export", "ticket")).length);
});

await step("many created and shown at once", async () => {
  const tickets = ["A", "B", "C"].map(subject => ({ subject, comment: { body: subject } }));
  const { result } = await zendesk.tickets.createMany({ tickets });
  const job = await zendesk.jobstatuses.watch(result.job_status.id, 200, 3);
  assert.equal(job.status, "completed");
  const made = await zendesk.tickets.showMany(job.results.map(one => one.id));
  assert.deepEqual(made.result.map(ticket => ticket.subject).sort(), ["A", "B", "C"]);
});

await step("people, organizations, groups, brands and fields are listed", async () => {
  assert.equal((await zendesk.users.me()).result.email, email);
  for (const listed of [
    await zendesk.users.list(),
    await zendesk.organizations.list(),
    await zendesk.groups.list(),
    await zendesk.ticketfields.list(),
    (await zendesk.brand.list()).result,
  ])
    assert.ok(listed.length);
});

await step("articles are listed, created, changed, searched for and archived", async () => {
  const [{ section_id, permission_group_id }] = await helpcenter.articles.list();
  assert.ok((await helpcenter.sections.list()).some(section => section.id === section_id));
  const words = { title: "How to import", body: "<p>Drop it.</p>", locale: "en-us" };
  const draft = { article: { ...words, permission_group_id, user_segment_id: null } };
  const { result: made } = await helpcenter.articles.create(section_id, draft);
  await helpcenter.articles.update(made.id, { article: { promoted: true } });
  assert.ok((await helpcenter.articles.show(made.id)).result.promoted);
  const { result: found } = await helpcenter.search.searchArticles("import");
  assert.ok(found.results.some(article => article.id === made.id));
  await helpcenter.articles.delete(made.id);
  assert.ok((await helpcenter.articles.list()).every(article => article.id !== made.id));
});

await step("given a file", async () => {
  const { upload } = await zendesk.attachments.upload(import.meta.filename, { filename: "session.mjs" });
  await zendesk.tickets.update(id, { ticket: { comment: { body: "Here", uploads: [upload.token] } } });
  const comments = await zendesk.tickets.getComments(id);
  assert.deepEqual(comments.at(-1).attachments.map(file => file.file_name), ["session.mjs"]);
});

await step("a webhook is made, changed, listed and taken away", async () => {
  const webhook = {
    name: "Judge",
    endpoint: "http://127.0.0.1:9/hook",
    http_method: "POST",
    request_format: "json",
    status: "active",
    subscriptions: ["zen:event-type:ticket.created"],
  };
  const { result: made } = await zendesk.webhooks.create({ webhook });
  assert.ok((await zendesk.webhooks.getSigningSecret(made.id)).result.signing_secret.secret);
  await zendesk.webhooks.patch(made.id, { webhook: { status: "inactive" } });
  assert.equal((await zendesk.webhooks.show(made.id)).result.status, "inactive");
  assert.ok((await zendesk.webhooks.list()).some(one => one.id === made.id));
  await zendesk.webhooks.delete(made.id);
});

await step("deleted, and not there any more", async () => {
  await zendesk.tickets.delete(id);
  await assert.rejects(zendesk.tickets.show(id), /Item not found/);
});
