// A form that puts a record through the real API, and shows validation errors at their fields.

import { command, isReadOnly, runtime } from "./api.js";
import { button, checkbox, field, h, newId, select, toast } from "./dom.js";
import { number } from "./format.js";
import { nowFor } from "./records.js";

const MOST = 50;
const FEATURE = /(?:feature|FeatureName)s? (?:named )?\[([^\]]*)\]/;

export function putView({ parts: [name], query }) {
  const identifier = query.get("record");
  const path = `#/groups/${encodeURIComponent(name)}`;
  const form = h("form", { novalidate: true });
  const failure = h("div", { class: "card failure", role: "alert", hidden: true, tabindex: "-1" });
  const element = h(
    "div",
    {},
    h("nav", { class: "crumbs", "aria-label": "Breadcrumbs" }, h("a", { href: "#/groups" }, "Feature groups"), " / ", h("a", { href: path }, name), " / put"),
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, identifier ? `Edit ${identifier}` : "Put a record")),
    failure,
    form,
  );
  let isReady = false;

  async function refresh() {
    if (isReady) return;
    const group = await command("show_group", { group: name });
    const record = identifier ? await command("show_record", { group: name, record_identifier: identifier }) : null;
    isReady = true;
    buildForm(form, failure, group, record, await allFeatures(group));
  }

  return { title: `Put a record into ${name}`, element, refresh };
}

async function allFeatures(group) {
  const features = [];
  for (let page = 1; features.length < group.features; page += 1) {
    const result = await command("show_features", { group: group.name, page, size: 500 });
    features.push(...result.features);
    if (page >= result.pages) break;
  }
  const rank = { "record identifier": 0, "event time": 1 };
  return features.sort((a, b) => (rank[a.role] ?? 2) - (rank[b.role] ?? 2));
}

function buildForm(form, failure, group, record, features) {
  const inputs = new Map();
  const fields = h("div", { class: "fields" });
  const add = (start) => {
    for (const feature of features.slice(start, start + MOST)) {
      const made = featureField(feature, record);
      inputs.set(feature.name, { feature, field: made });
      fields.append(made);
    }
    if (features.length > start + MOST) {
      const more = button(`Show ${number(features.length - start - MOST)} more features`, () => {
        more.remove();
        add(start + MOST);
      });
      fields.append(more);
    }
  };
  add(0);
  const stores = group.stores.map((store) => checkbox(store === "OnlineStore" ? "Online store" : "Offline store", true, { value: store }));
  const ttl = h("input", { type: "number", min: "1", placeholder: "the group's" });
  const unit = select(["Seconds", "Minutes", "Hours", "Days", "Weeks"], "Days");
  const ttlField = field("Time to live", ttl);
  const submit = h("button", { class: "button primary", disabled: isReadOnly() }, "Put the record");

  async function put(event) {
    event.preventDefault();
    for (const { field: made } of inputs.values()) made.showError("");
    ttlField.showError("");
    failure.hidden = true;
    const params = { FeatureGroupName: group.name, Record: recordOf(inputs, features, record) };
    const chosen = stores.filter((store) => store.control.checked).map((store) => store.control.value);
    if (chosen.length < stores.length) params.TargetStores = chosen;
    if (ttl.value) params.TtlDuration = { Unit: unit.value, Value: Number(ttl.value) };
    submit.disabled = true;
    try {
      await runtime("PutRecord", params);
      const identifier = params.Record.find((feature) => feature.FeatureName === group.record_identifier)?.ValueAsString;
      toast(`${identifier} was written.`);
      location.hash = `#/groups/${encodeURIComponent(group.name)}/record/${encodeURIComponent(identifier)}`;
    } catch (problem) {
      showProblem(problem, params);
    } finally {
      submit.disabled = isReadOnly();
    }
  }

  // Show an error at the field that it names, or above the form.
  function showProblem(problem, params) {
    const named = problem.message.match(FEATURE)?.[1];
    const place = problem.message.match(/at 'record\.(\d+)\./)?.[1];
    const name = named ?? (place ? params.Record[Number(place) - 1]?.FeatureName : undefined);
    const target = inputs.get(name)?.field ?? (/ttl/i.test(problem.message) ? ttlField : null);
    if (target) {
      target.showError(problem.message);
      target.control.focus();
      return;
    }
    failure.replaceChildren(h("strong", {}, problem.code), h("p", {}, problem.message));
    failure.hidden = false;
    failure.focus();
  }

  form.addEventListener("submit", put);
  form.replaceChildren(
    h("section", { class: "card" }, h("h2", {}, "Features"), h("p", { class: "muted" }, "An empty field has no value. A put replaces the whole record."), fields),
    h(
      "section",
      { class: "card" },
      h("h2", {}, "Options"),
      h("div", { class: "fields" },
        h("fieldset", {}, h("legend", {}, "Target stores"), stores),
        group.stores.includes("OnlineStore") ? [ttlField, field("Unit", unit)] : null),
    ),
    h("div", { class: "actions start" }, submit, h("a", { class: "button", href: `#/groups/${encodeURIComponent(group.name)}` }, "Cancel"), isReadOnly() ? h("span", { class: "muted" }, "Choose an IAM identity to write.") : null),
  );
}

function featureField(feature, record) {
  const value = record?.values[feature.name];
  const isList = Boolean(feature.collection);
  const control = isList
    ? h("textarea", { rows: "3", value: (value ?? []).join("\n") })
    : h("input", { type: "text", value: value ?? "", inputmode: feature.type === "String" ? null : "decimal" });
  if (feature.role === "event time") control.value = nowFor(feature.type);
  const notes = [feature.type];
  if (isList) notes.push(`${feature.collection.toLowerCase()}, one item per line`);
  if (feature.role) notes.push(feature.role);
  const made = field(feature.name, control, { note: notes.join(" · "), hint: feature.description });
  if (feature.role === "event time") {
    made.append(button("Now", () => (control.value = nowFor(feature.type)), { class: "button small", "aria-label": `Set ${feature.name} to now` }));
  }
  return made;
}

function recordOf(inputs, features, record) {
  return features.flatMap((feature) => {
    const input = inputs.get(feature.name);
    const before = record?.values[feature.name];
    const isList = Boolean(feature.collection);
    if (!input) {
      // A field that is not shown keeps its value.
      return before === undefined ? [] : [{ FeatureName: feature.name, [isList ? "ValueAsStringList" : "ValueAsString"]: before }];
    }
    const text = input.field.control.value;
    if (text === "") return [];
    return isList
      ? [{ FeatureName: feature.name, ValueAsStringList: text.split("\n").filter((line) => line !== "") }]
      : [{ FeatureName: feature.name, ValueAsString: text }];
  });
}
