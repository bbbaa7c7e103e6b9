// The features of a group, and its configuration.

import { command } from "./api.js";
import { code, h, newId } from "./dom.js";
import { number, time } from "./format.js";
import { Pager, Table } from "./table.js";

export function schemaTab({ group }) {
  let page = 1;
  const table = new Table("Features", { empty: "No feature has this name." });
  const pager = new Pager("feature", (target) => {
    page = target;
    return refresh();
  });
  const name = h("input", {
    type: "search",
    id: newId("filter"),
    placeholder: "feature",
    oninput: () => {
      page = 1;
      return refresh();
    },
  });

  async function refresh() {
    const result = await command("show_features", { group: group.name, name: name.value, page });
    page = result.page;
    table.show(
      ["Name", "Type", "Collection", "Role", "Description", "Parameters"].map((label) => ({ label })),
      result.features.map((feature) => ({
        key: feature.name,
        cells: [
          { text: feature.name, className: "strong mono" },
          feature.type,
          feature.collection && (feature.dimension ? `${feature.collection} of ${feature.dimension}` : feature.collection),
          feature.role && { badges: [{ text: feature.role, tone: "info" }] },
          feature.description,
          { badges: Object.entries(feature.parameters).map(([key, value]) => ({ text: `${key}=${value}` })) },
        ],
      })),
    );
    pager.show(result);
  }

  const element = h(
    "div",
    { class: "card flush" },
    h("form", { class: "toolbar", role: "search", onsubmit: (event) => event.preventDefault() }, h("label", { for: name.id }, "Name"), name),
    table.element,
    pager.element,
  );
  return { element, refresh };
}

export function configTab() {
  const list = h("dl", { class: "config" });
  const raw = h("div", {});
  const element = h("div", { class: "card" }, list, h("details", {}, h("summary", {}, "As JSON"), raw));
  let signature = "";

  async function refresh({ group }) {
    if (signature === JSON.stringify(group)) return;
    signature = JSON.stringify(group);
    const rows = [
      ["ARN", group.arn],
      ["Description", group.description],
      ["Record identifier", group.record_identifier],
      ["Event time", group.event_time],
      ["Role", group.role_arn],
      ["Created (UTC)", time(group.creation_time)],
      ["Last modified (UTC)", time(group.last_modified_time)],
      ...flat("Throughput", group.throughput),
      ...flat("Online store", group.online_store),
      ...flat("Offline store", group.offline_store),
      ...flat("Offline store status", group.offline_store_status),
      ...Object.entries(group.tags).map(([key, value]) => [`Tag ${key}`, value]),
    ];
    list.replaceChildren(
      ...rows
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, String(typeof value === "number" ? number(value) : value)))),
    );
    raw.replaceChildren(code(JSON.stringify(group, null, 2), "The group as JSON"));
  }

  return { element, refresh };
}

function flat(label, value) {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [[label, value]];
  return Object.entries(value).flatMap(([key, item]) => flat(`${label} · ${key}`, item));
}
