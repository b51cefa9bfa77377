// jira.js, whose zod schemas refuse an answer that does not fit them.
import assert from "node:assert/strict";
import { createCloudClient, isNotFoundError } from "jira.js";
import { address, email, step, token } from "./session.mjs";

const jira = createCloudClient({
  host: address,
  auth: { type: "basic", email, apiToken: token },
  onSchemaMismatch: "throw",
});

const document = text => ({
  type: "doc",
  version: 1,
  content: [{ type: "paragraph", content: [{ type: "text", text }] }],
});

const draft = summary => ({
  fields: { project: { key: "ENG" }, issuetype: { name: "Bug" }, summary, description: document("It stops.") },
});

const { key } = await step("an issue is created", () => jira.issues.createIssue(draft("Export fails")));

await step("read, with its history and what may be done to it", async () => {
  const issue = await jira.issues.getIssue({
    issueIdOrKey: key,
    fields: ["*all"],
    expand: ["changelog", "renderedFields", "names", "transitions"],
  });
  assert.equal(issue.fields.summary, "Export fails");
  assert.deepEqual(issue.fields.description, document("It stops."));
});

await step("updated", async () => {
  await jira.issues.editIssue({ issueIdOrKey: key, fields: { summary: "Exports fail", labels: ["export"] } });
  const { fields } = await jira.issues.getIssue({ issueIdOrKey: key, fields: ["summary", "labels"] });
  assert.deepEqual([fields.summary, fields.labels], ["Exports fail", ["export"]]);
});

await step("moved through its workflow", async () => {
  const { transitions } = await jira.issues.getTransitions({ issueIdOrKey: key });
  const last = transitions.at(-1);
  await jira.issues.doTransition({ issueIdOrKey: key, transition: { id: last.id } });
  const { fields } = await jira.issues.getIssue({ issueIdOrKey: key, fields: ["status"] });
  assert.equal(fields.status.name, last.to.name);
});

await step("given to somebody", async () => {
  const [person] = await jira.userSearch.findAssignableUsers({ project: "ENG", query: "a" });
  await jira.issues.assignIssue({ issueIdOrKey: key, accountId: person.accountId });
  const { fields } = await jira.issues.getIssue({ issueIdOrKey: key, fields: ["assignee"] });
  assert.equal(fields.assignee.accountId, person.accountId);
});

await step("its history is read", async () => {
  const { values } = await jira.issues.getChangeLogs({ issueIdOrKey: key });
  const changed = values.flatMap(change => change.items.map(item => item.field));
  for (const field of ["summary", "labels", "status", "assignee"]) assert.ok(changed.includes(field), field);
});

await step("commented, the comment changed and deleted", async () => {
  const made = await jira.issueComments.addComment({ issueIdOrKey: key, body: document("Seen") });
  // Its body is the whole request here, not the text alone.
  const changed = { body: document("Seen it") };
  await jira.issueComments.updateComment({ issueIdOrKey: key, id: made.id, body: changed });
  const one = await jira.issueComments.getComment({ issueIdOrKey: key, id: made.id });
  assert.deepEqual(one.body, document("Seen it"));
  const listed = await jira.issueComments.getComments({ issueIdOrKey: key });
  assert.deepEqual(listed.comments.map(comment => comment.id), [made.id]);
  await jira.issueComments.deleteComment({ issueIdOrKey: key, id: made.id });
  assert.equal((await jira.issueComments.getComments({ issueIdOrKey: key })).total, 0);
});

await step("linked to elsewhere and to another issue", async () => {
  const object = { url: "https://zendesk.example/1", title: "Ticket 1" };
  await jira.issueRemoteLinks.createOrUpdateRemoteIssueLink({ issueIdOrKey: key, globalId: "zd-1", object });
  const other = await jira.issues.createIssue(draft("Import fails"));
  const { issueLinkTypes } = await jira.issueLinkTypes.getIssueLinkTypes();
  await jira.issueLinks.linkIssues({
    type: { name: issueLinkTypes[0].name },
    inwardIssue: { key },
    outwardIssue: { key: other.key },
  });
  const { fields } = await jira.issues.getIssue({ issueIdOrKey: key, fields: ["issuelinks"] });
  assert.equal(fields.issuelinks.length, 1);
  await jira.issueLinks.getIssueLink({ linkId: fields.issuelinks[0].id });
});

await step("given a file, which is read and deleted", async () => {
  const attachments = { filename: "export.csv", content: Buffer.from("a,b\n1,2\n") };
  const [file] = await jira.issueAttachments.addAttachment({ issueIdOrKey: key, attachments });
  assert.equal((await jira.issueAttachments.getAttachment({ id: file.id })).filename, "export.csv");
  const content = await jira.issueAttachments.getAttachmentContent({ id: file.id });
  assert.equal(Buffer.from(content).toString(), "a,b\n1,2\n");
  await jira.issueAttachments.removeAttachment({ id: file.id });
  assert.ok((await jira.issueAttachments.getAttachmentMeta()).enabled);
});

await step("watched, voted for and given a property", async () => {
  const { accountId } = await jira.myself.getCurrentUser();
  assert.ok((await jira.issueWatchers.getIssueWatchers({ issueIdOrKey: key })).watchCount >= 0);
  assert.equal((await jira.issueVotes.getVotes({ issueIdOrKey: key })).votes, 0);
  const propertyKey = "judged";
  await jira.issueProperties.setIssueProperty({ issueIdOrKey: key, propertyKey, body: { by: accountId } });
  const { value } = await jira.issueProperties.getIssueProperty({ issueIdOrKey: key, propertyKey });
  assert.deepEqual(value, { by: accountId });
  const { keys } = await jira.issueProperties.getIssuePropertyKeys({ issueIdOrKey: key });
  assert.ok(keys.some(one => one.key === propertyKey));
});

await step("a version is made, released and listed", async () => {
  const project = await jira.projects.getProject({ projectIdOrKey: "ENG" });
  const version = await jira.projectVersions.createVersion({ name: "4.2", projectId: Number(project.id) });
  await jira.projectVersions.updateVersion({ id: version.id, body: { released: true, releaseDate: "2026-03-02" } });
  assert.ok((await jira.projectVersions.getVersion({ id: version.id })).released);
  const { values } = await jira.projectVersions.getProjectVersionsPaginated({ projectIdOrKey: "ENG" });
  assert.ok(values.some(one => one.id === version.id));
  assert.ok((await jira.projectVersions.getProjectVersions({ projectIdOrKey: "ENG" })).length);
});

await step("every issue of the project is found, page by page", async () => {
  const found = new Set();
  let nextPageToken;
  do {
    const page = await jira.issueSearch.searchAndReconsileIssuesUsingJqlPost({
      jql: "project = ENG ORDER BY created",
      fields: ["*all"],
      maxResults: 50,
      nextPageToken,
    });
    for (const issue of page.issues) found.add(issue.id);
    ({ nextPageToken } = page);
  } while (nextPageToken);
  const { count } = await jira.issueSearch.countIssues({ jql: "project = ENG" });
  assert.ok(found.size > 100 && count >= found.size);
});

await step("many created and fetched at once", async () => {
  const { issues, errors } = await jira.issues.createIssues({ issueUpdates: ["A", "B", "C"].map(draft) });
  assert.equal(errors.length, 0);
  const fetched = await jira.issues.bulkFetchIssues({
    issueIdsOrKeys: issues.map(issue => issue.key),
    fields: ["summary"],
  });
  assert.deepEqual(fetched.issues.map(issue => issue.fields.summary), ["A", "B", "C"]);
});

await step("projects, fields, statuses, priorities, types, labels and people are listed", async () => {
  const { values } = await jira.projects.searchProjects();
  assert.ok(values.some(project => project.key === "ENG"));
  await jira.projects.getProject({ projectIdOrKey: "ENG" });
  for (const listed of [
    await jira.projects.getAllStatuses({ projectIdOrKey: "ENG" }),
    await jira.issueFields.getFields(),
    await jira.workflowStatuses.getStatuses(),
    await jira.issueTypes.getIssueAllTypes(),
    (await jira.labels.getAllLabels()).values,
    await jira.userSearch.findUsers({ query: "a" }),
  ])
    assert.ok(listed.length);
  assert.equal((await jira.myself.getCurrentUser()).emailAddress, email);
  await jira.serverInfo.getServerInfo();
  await jira.permissions.getMyPermissions({ permissions: "BROWSE_PROJECTS" });
});

await step("deleted, and not there any more", async () => {
  await jira.issues.deleteIssue({ issueIdOrKey: key });
  await assert.rejects(jira.issues.getIssue({ issueIdOrKey: key }), isNotFoundError);
});
