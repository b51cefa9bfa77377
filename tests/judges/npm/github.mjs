// octokit, with its own pagination, retries and throttling. The contracts judge what it was answered.
import assert from "node:assert/strict";
import { Octokit } from "octokit";
import { address, all, step, token } from "./session.mjs";

const octokit = new Octokit({ auth: token, baseUrl: address, log: { ...console, debug() {}, info() {} } });
const { issues, reactions, repos, search, users } = octokit.rest;
const repository = { owner: "northwind-soft", repo: "app" };

const issue = await step("an issue is created", async () => {
  const { data } = await issues.create({ ...repository, title: "Export fails", body: "It *stops*.", labels: ["bug"] });
  return { ...repository, issue_number: data.number };
});

await step("read, also when nothing changed", async () => {
  const { data, headers } = await issues.get(issue);
  assert.deepEqual([data.title, data.body, data.state], ["Export fails", "It *stops*.", "open"]);
  await assert.rejects(issues.get({ ...issue, headers: { "if-none-match": headers.etag } }), { status: 304 });
});

await step("updated", async () => {
  const { data } = await issues.update({ ...issue, title: "Exports fail", state: "closed", state_reason: "completed" });
  assert.deepEqual([data.title, data.state, data.state_reason], ["Exports fail", "closed", "completed"]);
  await issues.update({ ...issue, state: "open" });
});

await step("commented, the comment changed and deleted", async () => {
  const { data: made } = await issues.createComment({ ...issue, body: "Seen" });
  const comment = { ...repository, comment_id: made.id };
  await issues.updateComment({ ...comment, body: "Seen it" });
  assert.equal((await issues.getComment(comment)).data.body, "Seen it");
  assert.deepEqual((await issues.listComments(issue)).data.map(one => one.id), [made.id]);
  await issues.deleteComment(comment);
  assert.deepEqual((await issues.listComments(issue)).data, []);
});

await step("labelled, assigned and liked", async () => {
  await issues.addLabels({ ...issue, labels: ["judged by octokit"] });
  await issues.removeLabel({ ...issue, name: "bug" });
  const [person] = (await issues.listAssignees(repository)).data;
  await issues.addAssignees({ ...issue, assignees: [person.login] });
  await reactions.createForIssue({ ...issue, content: "+1" });
  const { data } = await issues.get(issue);
  assert.deepEqual(data.labels.map(label => label.name), ["judged by octokit"]);
  assert.deepEqual(data.assignees.map(one => one.login), [person.login]);
  assert.equal(data.reactions["+1"], 1);
});

await step("every issue and comment is listed, page by page", async () => {
  const pages = await all(octokit.paginate.iterator(issues.listForRepo, { ...repository, state: "all", per_page: 50 }));
  const listed = pages.flatMap(page => page.data);
  assert.ok(pages.length > 2 && new Set(listed.map(one => one.id)).size === listed.length);
  assert.ok((await octokit.paginate(issues.listCommentsForRepo, { ...repository, per_page: 100 })).length);
});

await step("found by label, state and time", async () => {
  const { data } = await issues.listForRepo({ ...repository, labels: "judged by octokit", state: "open" });
  assert.deepEqual(data.map(one => one.number), [issue.issue_number]);
  const since = data[0].updated_at;
  const newer = (await issues.listForRepo({ ...repository, since, state: "all" })).data;
  assert.ok(newer.length && newer.every(one => one.updated_at >= since));
});

await step("searched for", async () => {
  const { data } = await search.issuesAndPullRequests({ q: "repo:northwind-soft/app is:issue export", per_page: 5 });
  assert.ok(data.items.length && data.total_count >= data.items.length && !data.incomplete_results);
});

await step("tied to another issue, as its part and as what blocks it", async () => {
  const { data: other } = await issues.create({ ...repository, title: "Import fails" });
  await issues.addSubIssue({ ...issue, sub_issue_id: other.id });
  assert.deepEqual((await issues.listSubIssues(issue)).data.map(one => one.id), [other.id]);
  assert.equal((await issues.getParent({ ...repository, issue_number: other.number })).data.number, issue.issue_number);
  await issues.addBlockedByDependency({ ...issue, issue_id: other.id });
  assert.deepEqual((await issues.listDependenciesBlockedBy(issue)).data.map(one => one.id), [other.id]);
});

await step("a release is made, changed and listed", async () => {
  const { data: made } = await repos.createRelease({ ...repository, tag_name: "v9.1", name: "9.1", body: "Export." });
  await repos.updateRelease({ ...repository, release_id: made.id, body: "Export works." });
  assert.equal((await repos.getReleaseByTag({ ...repository, tag: "v9.1" })).data.body, "Export works.");
  assert.equal((await repos.getLatestRelease(repository)).data.id, made.id);
  assert.ok((await repos.listReleases(repository)).data.some(one => one.id === made.id));
});

await step("a file is written, read and deleted", async () => {
  const file = { ...repository, path: "docs/judged.md" };
  const content = Buffer.from("# Judged\n").toString("base64");
  const { data: made } = await repos.createOrUpdateFileContents({ ...file, message: "Judge", content });
  const { data: read } = await repos.getContent(file);
  assert.equal(Buffer.from(read.content, "base64").toString(), "# Judged\n");
  assert.equal(read.sha, made.content.sha);
  const { data: tree } = await octokit.rest.git.getTree({ ...repository, tree_sha: "main", recursive: "1" });
  assert.ok(tree.tree.some(entry => entry.path === file.path));
  assert.ok((await repos.listCommits({ ...repository, path: file.path })).data.length);
  await repos.deleteFile({ ...file, message: "Judged", sha: read.sha });
  await assert.rejects(repos.getContent(file), { status: 404 });
});

await step("people, labels, milestones and the repository are read", async () => {
  const { data: me } = await users.getAuthenticated();
  assert.equal((await users.getByUsername({ username: me.login })).data.id, me.id);
  assert.equal((await repos.get(repository)).data.full_name, "northwind-soft/app");
  assert.ok((await octokit.paginate(issues.listLabelsForRepo, repository)).length);
  await issues.listMilestones(repository);
});

await step("a webhook is made and taken away", async () => {
  const config = { url: "http://127.0.0.1:9/hook", content_type: "json" };
  const { data: hook } = await repos.createWebhook({ ...repository, config, events: ["issues"] });
  assert.ok((await repos.listWebhooks(repository)).data.some(one => one.id === hook.id));
  await repos.deleteWebhook({ ...repository, hook_id: hook.id });
});

await step("what is not there is not found", () =>
  assert.rejects(issues.get({ ...repository, issue_number: 999_999 }), { status: 404 }));
