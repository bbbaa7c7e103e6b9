// The offline store of a group: its objects in S3, its table in Glue, and its rows.

import { call, command, Problem } from "./api.js";
import { button, h, toast } from "./dom.js";
import { bytes, number, STATUS_TONES, time } from "./format.js";
import { refresh as refreshAll } from "./main.js";
import { Table } from "./table.js";

const SIZE = 50;

export function offlineTab({ group }) {
  if (!group.stores.includes("OfflineStore")) {
    return { element: h("p", { class: "card muted" }, "This group has no offline store."), refresh: () => {} };
  }
  const status = h("p", {});
  const flush = button("Write waiting rows now", async () => {
    try {
      await command("flush", { group: group.name });
      toast("All rows are in the offline store.");
    } catch (problem) {
      toast(problem.message, "bad");
    }
    await refreshAll();
  });
  const objects = objectsSection(group);
  const glue = glueSection(group);
  const rows = rowsSection(group);
  const element = h(
    "div",
    {},
    h("section", { class: "card" }, h("div", { class: "head" }, h("h2", {}, "Offline store"), h("span", { class: "space" }), flush), status),
    objects.element,
    glue.element,
    rows.element,
  );
  let signature = "";

  async function refresh({ group: latest }) {
    const state = latest.offline_store_status;
    const waiting = `${number(latest.rows_waiting)} waiting, ${number(latest.rows_written)} written`;
    status.replaceChildren(
      state ? h("span", { class: `badge ${STATUS_TONES[state.Status] ?? "plain"}` }, state.Status) : "",
      ` ${latest.offline_store.TableFormat ?? "Glue"} table. Rows: ${waiting}.`,
      state?.BlockedReason ? h("span", { class: "error" }, ` ${state.BlockedReason}`) : "",
    );
    flush.disabled = latest.rows_waiting === 0;
    const current = JSON.stringify([latest.rows_written, state]);
    if (current === signature) return;
    signature = current;
    await Promise.all([objects.refresh(), glue.refresh()]);
  }

  return { element, refresh };
}

function location(group) {
  const uri = group.offline_store.S3StorageConfig.ResolvedOutputS3Uri;
  const [bucket, ...key] = uri.replace("s3://", "").split("/");
  const isIceberg = group.offline_store.TableFormat === "Iceberg";
  return { bucket, prefix: `${isIceberg ? key.slice(0, -1).join("/") : key.join("/")}/` };
}

function problemText(problem) {
  return problem instanceof Problem ? `${problem.code}: ${problem.message}` : String(problem);
}

function objectsSection(group) {
  const { bucket, prefix } = location(group);
  const table = new Table("Objects in S3", { empty: "S3 has no objects of this group yet." });
  const failure = h("p", { class: "error note", hidden: true });
  const tokens = [undefined];
  const previous = button("Previous", () => move(-1), { class: "button small" });
  const next = button("Next", () => move(1), { class: "button small" });
  const range = h("span", { class: "muted range" });
  const pager = h("nav", { class: "pager", "aria-label": "Pages of objects" }, range, h("span", { class: "moves" }, previous, next));
  let page = 0;

  function move(step) {
    page += step;
    return refresh();
  }

  async function refresh() {
    try {
      const result = await call("s3", "ListObjectsV2", { Bucket: bucket, Prefix: prefix, MaxKeys: SIZE, ...(tokens[page] ? { ContinuationToken: tokens[page] } : {}) });
      const contents = result.Contents ?? [];
      tokens[page + 1] = result.NextContinuationToken;
      table.show(
        [{ label: "Key" }, { label: "Size", align: "right" }, { label: "Last modified (UTC)" }],
        contents.map((object) => ({
          key: object.Key,
          cells: [{ text: object.Key.slice(prefix.length), title: object.Key, className: "mono" }, bytes(object.Size), { text: time(Date.parse(object.LastModified)), className: "time" }],
        })),
      );
      previous.disabled = page === 0;
      next.disabled = !result.IsTruncated;
      pager.hidden = page === 0 && !result.IsTruncated;
      range.textContent = contents.length ? `Objects ${number(page * SIZE + 1)}–${number(page * SIZE + contents.length)}` : "";
      failure.hidden = true;
    } catch (problem) {
      failure.textContent = problemText(problem);
      failure.hidden = false;
    }
  }

  const element = h("section", { class: "card flush" }, h("h2", { class: "pad" }, "Objects in S3"), h("p", { class: "muted pad mono" }, `s3://${bucket}/${prefix}`), failure, table.element, pager);
  return { element, refresh };
}

function glueSection(group) {
  const catalog = group.offline_store.DataCatalogConfig;
  const table = new Table("Columns of the Glue table", { empty: "The table has no columns." });
  const note = h("p", { class: "muted pad" });
  const pager = h("div", { class: "pager" });
  const element = h("section", { class: "card flush" }, h("h2", { class: "pad" }, "Glue table"), note, table.element, pager);
  let shown = SIZE;

  async function refresh() {
    if (!catalog) {
      note.textContent = "The group was created without a Glue table.";
      return;
    }
    try {
      const { Table: found } = await call("glue", "GetTable", { DatabaseName: catalog.Database, Name: catalog.TableName });
      const columns = [...found.StorageDescriptor.Columns, ...(found.PartitionKeys ?? []).map((key) => ({ ...key, isPartition: true }))];
      note.textContent = `${catalog.Database}.${catalog.TableName}, ${number(columns.length)} columns`;
      table.show(
        [{ label: "Column" }, { label: "Type" }, { label: "Partition" }],
        columns.slice(0, shown).map((column) => ({ key: column.Name, cells: [{ text: column.Name, className: "mono" }, column.Type, column.isPartition ? "yes" : null] })),
      );
      pager.replaceChildren(
        ...(columns.length > shown
          ? [button(`Show more (${number(columns.length - shown)})`, () => {
              shown += SIZE;
              return refresh();
            }, { class: "button small" })]
          : []),
      );
    } catch (problem) {
      note.textContent = problem.code === "EntityNotFoundException" ? "The table does not exist until the first rows are written." : problemText(problem);
      table.show([{ label: "Column" }], []);
    }
  }

  return { element, refresh };
}

function rowsSection(group) {
  const catalog = group.offline_store.DataCatalogConfig;
  if (!catalog) return { element: h("span", {}) };
  const sql = `SELECT * FROM "${catalog.Database}"."${catalog.TableName}" LIMIT 100`;
  const element = h(
    "section",
    { class: "card" },
    h("h2", {}, "Rows"),
    h("p", {}, "Athena reads the rows of the table: "),
    h("p", {}, h("a", { class: "button", href: `#/query?${new URLSearchParams({ sql, run: "1" })}` }, "Show the first 100 rows")),
  );
  return { element };
}
