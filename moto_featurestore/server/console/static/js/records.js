// The online table of a group, one column per feature, paged by the server.

import { command, isReadOnly, runtime } from "./api.js";
import { button, checkbox, field, h, newId, openDialog, select, toast } from "./dom.js";
import { number, time } from "./format.js";
import { refresh as refreshAll, setQuery } from "./main.js";
import { Pager, Table } from "./table.js";

const COLUMNS = 20;

export function recordsTab({ group, query }) {
  if (!group.stores.includes("OnlineStore")) {
    return {
      element: h("p", { class: "card muted" }, "This group has no online store. Its rows are in the offline store."),
      refresh: () => {},
    };
  }
  let page = Number(query.get("page")) || 1;
  let first = Number(query.get("first")) || 0;
  const table = new Table("Records of the online store", { empty: "The online store has no records here.", className: "records" });
  const pager = new Pager("record", (target) => {
    page = target;
    setQuery({ page: page > 1 ? page : "" });
    return refresh({});
  });
  const find = h("input", {
    type: "search",
    id: newId("find"),
    placeholder: "record identifier",
    value: query.get("find") ?? "",
    oninput: () => {
      setQuery({ find: find.value });
      return refresh({});
    },
  });
  const deleted = checkbox("Show soft-deleted", query.get("deleted") === "1", {
    onchange: () => {
      setQuery({ deleted: deleted.control.checked ? "1" : "" });
      return refresh({});
    },
  });
  const moveColumns = (step) => () => {
    first = Math.max(0, first + step * COLUMNS);
    setQuery({ first: first || "" });
    return refresh({});
  };
  const columnRange = h("span", { class: "muted" });
  const earlier = button("Earlier", moveColumns(-1), { class: "button small", "aria-label": "Earlier features" });
  const later = button("Later", moveColumns(1), { class: "button small", "aria-label": "Later features" });
  const columnPager = h("span", { class: "moves", role: "group", "aria-label": "Features shown" }, columnRange, earlier, later);
  const note = h("p", { class: "muted note", role: "status" });
  let request = 0;
  let hasTtl = Boolean(group.online_store?.TtlDuration);

  async function refresh({ group: latest = group }) {
    request += 1;
    const current = request;
    const shared = { group: group.name, first, columns: COLUMNS };
    const result = find.value
      ? await command("find_records", { ...shared, text: find.value })
      : await command("show_records", { ...shared, page, deleted: deleted.control.checked });
    if (current !== request) return;
    page = result.page ?? page;
    hasTtl ||= Boolean(latest.online_store?.TtlDuration) || result.rows.some((row) => row.expires_at !== null);
    table.show(columnsOf(result, hasTtl), result.rows.map((row) => rowOf(group, result, row, hasTtl)));
    pager.element.hidden = Boolean(find.value);
    if (!find.value) pager.show(result);
    note.textContent = noteOf(result, find.value);
    columnPager.hidden = result.features <= COLUMNS;
    const last = Math.min(first + COLUMNS, result.features);
    columnRange.textContent = `Features ${number(first + 1)}–${number(last)} of ${number(result.features)}`;
    earlier.disabled = first === 0;
    later.disabled = last >= result.features;
  }

  const element = h(
    "div",
    { class: "card flush" },
    h(
      "form",
      { class: "toolbar", role: "search", onsubmit: (event) => event.preventDefault() },
      h("label", { for: find.id }, "Find"),
      find,
      deleted,
      h("span", { class: "space" }),
      columnPager,
    ),
    table.element,
    note,
    pager.element,
  );
  return { element, refresh };
}

function noteOf(result, text) {
  if (text) {
    const count = number(result.rows.length);
    return result.is_complete ? `${count} found` : `The first ${count} identifiers that contain this text`;
  }
  return result.hidden ? `${number(result.hidden)} soft-deleted on this page are hidden` : "";
}

function columnsOf(result, hasTtl) {
  const columns = result.columns.map((column) => ({
    label: column.name,
    hint: column.collection ? `${column.type} ${column.collection.toLowerCase()}` : column.type,
    align: column.type === "String" || column.collection ? undefined : "right",
  }));
  if (hasTtl) columns.push({ label: "Expires (UTC)" });
  return [...columns, { label: "Actions", hidden: true }];
}

function rowOf(group, result, row, hasTtl) {
  const path = `#/groups/${encodeURIComponent(group.name)}`;
  const record = `${path}/record/${encodeURIComponent(row.identifier)}`;
  const cells = row.cells.map((text, index) =>
    result.columns[index].role === "record identifier" ? { text, href: record, className: "strong mono" } : text,
  );
  if (row.is_deleted) cells[0] = { ...cells[0], text: `${row.cells[0]} (deleted)` };
  if (hasTtl) cells.push(row.expires_at === null ? null : time(row.expires_at));
  const buttons = [{ label: "History", name: `History of ${row.identifier}`, href: record }];
  if (!isReadOnly() && !row.is_deleted) {
    const edit = `${path}/put?${new URLSearchParams({ record: row.identifier })}`;
    buttons.push({ label: "Edit", name: `Edit ${row.identifier}`, href: edit });
    buttons.push({ label: "Delete", name: `Delete ${row.identifier}`, onclick: () => deleteRecord(group, row.identifier) });
  }
  return { key: row.identifier, cells: [...cells, { buttons }], className: row.is_deleted ? "deleted" : "" };
}

export function nowFor(type) {
  return type === "Fractional" ? String(Date.now() / 1000) : new Date().toISOString();
}

export async function deleteRecord(group, identifier) {
  const { features } = await command("show_features", { group: group.name, name: group.event_time, size: 500 });
  const type = features.find((feature) => feature.name === group.event_time)?.type;
  const eventTime = field("Event time of the deletion", h("input", { type: "text", value: nowFor(type) }));
  const mode = field("Mode", select([
    ["SoftDelete", "Soft: the record becomes unreadable"],
    ["HardDelete", "Hard: the record is removed from the online store"],
  ], "SoftDelete"));
  const failure = h("p", { class: "error", role: "alert", hidden: true });
  const dialog = openDialog(
    `Delete the record ${identifier}`,
    h(
      "form",
      {
        onsubmit: async (event) => {
          event.preventDefault();
          try {
            await runtime("DeleteRecord", {
              FeatureGroupName: group.name,
              RecordIdentifierValueAsString: identifier,
              EventTime: eventTime.control.value,
              DeletionMode: mode.control.value,
            });
            dialog.close();
            toast(`${identifier} was deleted.`);
            await refreshAll();
          } catch (problem) {
            const isAboutTime = problem.message.includes("EventTime") || problem.message.includes("event time");
            eventTime.showError(isAboutTime ? problem.message : "");
            failure.textContent = isAboutTime ? "" : `${problem.code}: ${problem.message}`;
            failure.hidden = isAboutTime;
            if (isAboutTime) eventTime.control.focus();
          }
        },
      },
      eventTime,
      mode,
      failure,
      h("div", { class: "actions" }, h("button", { class: "button danger" }, "Delete the record")),
    ),
  );
}
