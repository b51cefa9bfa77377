// Notion's own client, in both versions of the API. The contracts judge what it was answered.
import assert from "node:assert/strict";
import {
  APIErrorCode,
  Client,
  LogLevel,
  collectPaginatedAPI,
  isFullComment,
  isFullDataSource,
  isFullPage,
} from "@notionhq/client";
import { address, step, token } from "./session.mjs";

const text = content => [{ type: "text", text: { content } }];
const paragraph = content => ({ type: "paragraph", paragraph: { rich_text: text(content) } });

for (const notionVersion of ["2025-09-03", "2026-03-11"]) {
  const notion = new Client({ auth: token, baseUrl: address, notionVersion, retry: false, logLevel: LogLevel.ERROR });
  const at = what => `${notionVersion}: ${what}`;

  const source = await step(at("a database is searched for"), async () => {
    const filter = { property: "object", value: "data_source" };
    const { results } = await notion.search({ query: "Feedback", filter });
    assert.ok(results.length === 1 && isFullDataSource(results[0]));
    return results[0];
  });

  const page = await step(at("a page is created"), () =>
    notion.pages.create({
      parent: { type: "data_source_id", data_source_id: source.id },
      properties: { Name: { title: text("Dark mode") }, Status: { status: { name: "New" } } },
      children: [paragraph("Please.")],
    }));

  await step(at("read"), async () => {
    const read = await notion.pages.retrieve({ page_id: page.id });
    assert.ok(isFullPage(read));
    assert.equal(read.properties.Name.title[0].plain_text, "Dark mode");
    const name = await notion.pages.properties.retrieve({ page_id: page.id, property_id: read.properties.Name.id });
    assert.equal(name.results[0].title.plain_text, "Dark mode");
  });

  await step(at("updated"), async () => {
    await notion.pages.update({ page_id: page.id, properties: { Status: { status: { name: "Planned" } } } });
    const read = await notion.pages.retrieve({ page_id: page.id });
    assert.equal(read.properties.Status.status.name, "Planned");
  });

  await step(at("its blocks are listed, added, changed and deleted"), async () => {
    const block_id = page.id;
    const todo = checked => ({ to_do: { rich_text: text("Tables, too"), checked } });
    await notion.blocks.children.append({ block_id, children: [{ type: "to_do", ...todo(false) }] });
    const [first, last] = await collectPaginatedAPI(notion.blocks.children.list, { block_id, page_size: 1 });
    assert.ok((await notion.blocks.update({ block_id: last.id, ...todo(true) })).to_do.checked);
    await notion.blocks.delete({ block_id: first.id });
    const left = await collectPaginatedAPI(notion.blocks.children.list, { block_id });
    assert.deepEqual(left.map(block => block.id), [last.id]);
  });

  await step(at("commented, a comment changed and deleted"), async () => {
    const parent = { page_id: page.id };
    const made = await notion.comments.create({ parent, rich_text: text("Wanted by Acme") });
    await notion.comments.create({ discussion_id: made.discussion_id, rich_text: text("and by Globex") });
    const listed = await collectPaginatedAPI(notion.comments.list, { block_id: page.id });
    assert.ok(listed.length === 2 && listed.every(isFullComment));
    const comment_id = made.id;
    assert.equal((await notion.comments.retrieve({ comment_id })).id, made.id);
    await notion.comments.update({ comment_id, rich_text: text("Wanted by Acme and Initech") });
    await notion.comments.delete({ comment_id });
    assert.equal((await collectPaginatedAPI(notion.comments.list, { block_id: page.id })).length, 1);
  });

  await step(at("every row is listed, page by page, and some are found"), async () => {
    const all = { data_source_id: source.id, page_size: 50 };
    const rows = await collectPaginatedAPI(notion.dataSources.query, all);
    assert.ok(rows.length > 20 && new Set(rows.map(row => row.id)).size === rows.length && rows.every(isFullPage));
    const filter = { property: "Status", status: { equals: "Planned" } };
    const planned = await collectPaginatedAPI(notion.dataSources.query, { ...all, filter });
    assert.ok(planned.some(row => row.id === page.id));
    assert.ok(planned.every(row => row.properties.Status.status.name === "Planned"));
  });

  await step(at("given a file"), async () => {
    const upload = await notion.fileUploads.create({ filename: "export.csv", content_type: "text/csv" });
    const data = new Blob(["a,b\n1,2\n"], { type: "text/csv" });
    await notion.fileUploads.send({ file_upload_id: upload.id, file: { filename: "export.csv", data } });
    assert.equal((await notion.fileUploads.retrieve({ file_upload_id: upload.id })).status, "uploaded");
    const file = { type: "file", file: { type: "file_upload", file_upload: { id: upload.id } } };
    await notion.blocks.children.append({ block_id: page.id, children: [file] });
    const blocks = await collectPaginatedAPI(notion.blocks.children.list, { block_id: page.id });
    assert.equal(blocks.at(-1).file.name, "export.csv");
  });

  await step(at("a database is made, and given another column"), async () => {
    const database = await notion.databases.create({
      parent: { type: "page_id", page_id: page.id },
      title: text("Votes"),
      initial_data_source: { properties: { Who: { title: {} }, Count: { number: { format: "number" } } } },
    });
    const { id: data_source_id } = database.data_sources[0];
    await notion.dataSources.update({ data_source_id, properties: { When: { date: {} } } });
    const { properties } = await notion.dataSources.retrieve({ data_source_id });
    assert.deepEqual(Object.keys(properties).sort(), ["Count", "When", "Who"]);
  });

  await step(at("databases and people are read"), async () => {
    const { parent } = await notion.dataSources.retrieve({ data_source_id: source.id });
    const database = await notion.databases.retrieve({ database_id: parent.database_id });
    assert.ok(database.data_sources.some(one => one.id === source.id));
    const me = await notion.users.me({});
    const people = await collectPaginatedAPI(notion.users.list, {});
    assert.ok(people.some(person => person.id === me.id));
  });

  await step(at("put into the trash"), async () => {
    assert.ok((await notion.pages.update({ page_id: page.id, in_trash: true })).in_trash);
    const nobody = notion.pages.retrieve({ page_id: "0b5f5c9e-0000-4000-8000-000000000000" });
    await assert.rejects(nobody, { code: APIErrorCode.ObjectNotFound });
  });
}
