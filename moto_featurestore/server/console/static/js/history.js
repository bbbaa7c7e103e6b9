// The history of a record as a timeline, newest version first.

import { command, isReadOnly } from "./api.js";
import { button, h } from "./dom.js";
import { number, time } from "./format.js";
import { deleteRecord } from "./records.js";
import { Pager } from "./table.js";

const SIZE = 25;
const OWN = new Set(["write_time", "api_invocation_time", "is_deleted"]);

export function historyView({ parts: [name, identifier] }) {
  let page = 1;
  let versions = [];
  const online = h("div", {});
  const list = h("ol", { class: "timeline" });
  const note = h("p", { class: "muted" });
  const pager = new Pager("version", (target) => {
    page = target;
    show();
  });
  const path = `#/groups/${encodeURIComponent(name)}`;
  let group = null;
  let signature = "";

  async function refresh() {
    group = await command("show_group", { group: name });
    const [record, rows] = await Promise.all([
      command("show_record", { group: name, record_identifier: identifier }),
      command("history", { group: name, record_identifier: identifier }),
    ]);
    if (signature === JSON.stringify([record, rows])) return;
    signature = JSON.stringify([record, rows]);
    online.replaceChildren(...current(record, group));
    versions = rows.map((row, index) => ({ row, before: rows.slice(0, index).findLast((other) => !other.is_deleted), number: index + 1 })).reverse();
    note.textContent = versions.length
      ? group.stores.includes("OfflineStore")
        ? "Versions from the offline store, and rows that wait for it."
        : "Versions from the call log: this group has no offline store."
      : "There is no version of this record.";
    show();
  }

  function show() {
    const pages = Math.max(1, Math.ceil(versions.length / SIZE));
    page = Math.min(page, pages);
    const shown = versions.slice((page - 1) * SIZE, page * SIZE);
    list.replaceChildren(...shown.map((version) => item(version, group)));
    pager.show({ page, pages, total: versions.length, size: SIZE });
  }

  const element = h(
    "div",
    {},
    h("nav", { class: "crumbs", "aria-label": "Breadcrumbs" }, h("a", { href: "#/groups" }, "Feature groups"), " / ", h("a", { href: path }, name), " / record"),
    h(
      "div",
      { class: "head" },
      h("h1", { tabindex: "-1", class: "mono" }, identifier),
      h("span", { class: "space" }),
      isReadOnly() ? null : h("a", { class: "button primary", href: `${path}/put?${new URLSearchParams({ record: identifier })}` }, "Put a new version"),
      isReadOnly() ? null : button("Delete record", () => deleteRecord(group, identifier), { class: "button danger-text" }),
    ),
    h("section", { class: "card" }, h("h2", {}, "Online store"), online),
    h("section", { class: "card" }, h("h2", {}, "History"), note, list, pager.element),
  );
  return { title: `${identifier} in ${name}`, element, refresh };
}

function current(record, group) {
  if (!group.stores.includes("OnlineStore")) return [h("p", { class: "muted" }, "This group has no online store.")];
  if (!record) return [h("p", { class: "muted" }, "The online store does not contain this record.")];
  const facts = [];
  if (record.is_deleted) facts.push(h("span", { class: "badge warn" }, "soft-deleted"));
  if (record.expires_at !== null) facts.push(h("span", { class: "badge info" }, `expires ${time(record.expires_at)} UTC`));
  return [h("p", {}, facts), values(Object.entries(record.values))];
}

const MOST = 50;

// The values of a version, a part of them at first.
function values(entries) {
  const list = h("dl", { class: "config" });
  const add = (start) => {
    entries.slice(start, start + MOST).forEach(([label, value]) =>
      list.append(h("div", {}, h("dt", { class: "mono" }, label), h("dd", {}, shown(value)))),
    );
    const rest = entries.length - start - MOST;
    if (rest > 0) {
      const more = button(`Show more (${number(rest)})`, () => {
        holder.remove();
        add(start + MOST);
      }, { class: "button small" });
      const holder = h("div", {}, h("dt", {}, more), h("dd", {}));
      list.append(holder);
    }
  };
  add(0);
  return list;
}

function shown(value) {
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}

// The features whose values differ from the version before.
function changes(names, row, before) {
  const changed = names.filter((name) => JSON.stringify(row[name] ?? null) !== JSON.stringify(before[name] ?? null));
  const list = h(
    "ul",
    { class: "changes" },
    changed.slice(0, MOST).map((name) =>
      h(
        "li",
        {},
        h("span", { class: "mono" }, name, " "),
        h("del", {}, before[name] === null || before[name] === undefined ? "no value" : shown(before[name])),
        h("span", { "aria-hidden": "true" }, " → "),
        h("ins", {}, row[name] === null || row[name] === undefined ? "no value" : shown(row[name])),
      ),
    ),
  );
  if (changed.length > MOST) list.append(h("li", { class: "muted" }, `and ${number(changed.length - MOST)} more`));
  return changed.length ? list : h("p", { class: "muted" }, "No value changed.");
}

function item({ row, before, number: version }, group) {
  const names = Object.keys(row).filter((name) => !OWN.has(name) && name !== group.event_time);
  const entries = Object.entries(row).filter(([name, value]) => !OWN.has(name) && value !== null);
  const times = [
    ["Event time", String(row[group.event_time] ?? "")],
    ["API call", text(row.api_invocation_time)],
    ["Written offline", group.stores.includes("OfflineStore") ? text(row.write_time) || "waiting" : null],
  ];
  const isComparable = before && !row.is_deleted;
  return h(
    "li",
    { class: row.is_deleted ? "deletion" : null },
    h(
      "div",
      { class: "version" },
      h("span", { class: `badge ${row.is_deleted ? "warn" : "good"}` }, row.is_deleted ? "Deleted" : "Written"),
      h("span", { class: "muted" }, `version ${number(version)}`),
      times.filter(([, value]) => value).map(([label, value]) => h("span", {}, h("span", { class: "muted" }, `${label} `), h("span", { class: "time" }, value))),
    ),
    isComparable ? changes(names, row, before) : null,
    row.is_deleted ? null : h("details", { open: !before }, h("summary", {}, "All values"), values(entries)),
  );
}

function text(iso) {
  return iso ? time(Date.parse(iso)) : "";
}
