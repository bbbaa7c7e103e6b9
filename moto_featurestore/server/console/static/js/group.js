// A feature group: its records, schema, offline store, distributions and configuration.

import { call, command, isReadOnly } from "./api.js";
import { button, confirm, h, toast } from "./dom.js";
import { bytes, number, STATUS_TONES, time } from "./format.js";

const TABS = {
  records: ["Records", () => import("./records.js").then((module) => module.recordsTab)],
  schema: ["Schema", () => import("./schema.js").then((module) => module.schemaTab)],
  offline: ["Offline store", () => import("./offline.js").then((module) => module.offlineTab)],
  values: ["Distributions", () => import("./values.js").then((module) => module.valuesTab)],
  config: ["Configuration", () => import("./schema.js").then((module) => module.configTab)],
};

export function groupView({ parts: [name, tab = "records"], query }) {
  const status = h("span", {});
  const stats = h("dl", { class: "stats" });
  const content = h("div", { class: "tab" });
  const path = `#/groups/${encodeURIComponent(name)}`;
  const tabs = h(
    "nav",
    { class: "tabs", "aria-label": "Views of the group" },
    Object.entries(TABS).map(([key, [label]]) =>
      h("a", { href: `${path}/${key}`, "aria-current": key === tab ? "page" : null }, label),
    ),
  );
  let current = null;

  async function refresh(options) {
    const group = await command("show_group", { group: name });
    status.className = `badge ${STATUS_TONES[group.status] ?? "plain"}`;
    status.textContent = group.status;
    showStats(stats, group);
    if (!current) {
      if (!TABS[tab]) throw new Error(`A group has no view ${tab}.`);
      const create = await TABS[tab][1]();
      current = create({ group, query });
      content.replaceChildren(current.element);
    }
    await current.refresh({ ...options, group });
  }

  const remove = async () => {
    const isSure = await confirm(
      `Delete ${name}?`,
      "The group and its online store are deleted. Objects of the offline store remain in S3.",
      "Delete the group",
    );
    if (!isSure) return;
    try {
      await call("sagemaker", "DeleteFeatureGroup", { FeatureGroupName: name });
      toast(`${name} was deleted.`);
      location.hash = "#/groups";
    } catch (problem) {
      toast(`${problem.code}: ${problem.message}`, "bad");
    }
  };

  const element = h(
    "div",
    {},
    h("nav", { class: "crumbs", "aria-label": "Breadcrumbs" }, h("a", { href: "#/groups" }, "Feature groups"), " / ", name),
    h(
      "div",
      { class: "head" },
      h("h1", { tabindex: "-1" }, name),
      status,
      h("span", { class: "space" }),
      isReadOnly() ? null : h("a", { class: "button primary", href: `${path}/put` }, "Put a record"),
      isReadOnly() ? null : button("Delete group", remove, { class: "button danger-text" }),
    ),
    stats,
    tabs,
    content,
  );
  return { title: name, element, refresh, leave: () => current?.leave?.() };
}

function showStats(target, group) {
  const isOnline = group.stores.includes("OnlineStore");
  const isOffline = group.stores.includes("OfflineStore");
  const items = [
    ["Records", isOnline ? number(group.records) : "no online store"],
    ["Online size", isOnline ? bytes(group.online_bytes) : "–"],
    ["Rows waiting", isOffline ? number(group.rows_waiting) : "no offline store"],
    ["Rows written", isOffline ? number(group.rows_written) : "–"],
    ["Features", number(group.features)],
    ["Created (UTC)", time(group.creation_time)],
  ];
  if (group.failure_reason) items.push(["Failure", group.failure_reason]);
  const signature = JSON.stringify(items);
  if (target.signature === signature) return;
  target.signature = signature;
  target.replaceChildren(...items.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))));
}
