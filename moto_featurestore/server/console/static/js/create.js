// Create a group from a CSV file: the server proposes types, a person completes them, and the API does the rest.

import { call, command, isReadOnly, runtime, state } from "./api.js";
import { checkbox, field, h, select, toast } from "./dom.js";
import { number, plural } from "./format.js";

const TYPES = ["String", "Integral", "Fractional"];
const NEW_TIME = "";
const BATCH = 25;
const MOST_COLUMNS = 50;
const MOST_FILE = 12_000_000;

export function createView() {
  const file = h("input", { type: "file", accept: ".csv,text/csv" });
  const fileField = field("CSV file", file, { hint: "The first line has the names of the features. An empty cell has no value." });
  const proposal = h("div", {});
  file.addEventListener("change", async () => {
    fileField.showError("");
    proposal.replaceChildren();
    const [chosen] = file.files;
    if (!chosen) return;
    if (chosen.size > MOST_FILE) {
      fileField.showError("The file is larger than 12 MB. Use featurestore.load() for larger files.");
      return;
    }
    try {
      const proposed = await command("propose_group", { csv: await chosen.text() });
      proposal.replaceChildren(form(chosen.name, proposed));
    } catch (problem) {
      fileField.showError(problem.message);
    }
  });
  const element = h(
    "div",
    {},
    h("nav", { class: "crumbs", "aria-label": "Breadcrumbs" }, h("a", { href: "#/groups" }, "Feature groups"), " / create"),
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, "Create a group from a CSV file")),
    isReadOnly() ? h("p", { class: "card" }, "Choose an IAM identity to create a group.") : h("section", { class: "card" }, fileField),
    proposal,
  );
  return { title: "Create a group", element };
}

function form(fileName, proposed) {
  const names = proposed.columns.map((column) => column.name);
  const name = h("input", { type: "text", value: fileName.replace(/\.csv$/i, "").replace(/[^a-zA-Z0-9-]+/g, "-").replace(/^-+|-+$/g, "") });
  const identifier = select(names, proposed.record_identifier);
  const eventTime = select([...names, [NEW_TIME, "A new feature event_time with the current time"]], proposed.event_time ?? NEW_TIME);
  const online = checkbox("Online store", true);
  const offline = checkbox("Offline store", true);
  const uri = h("input", { type: "text", value: `s3://sagemaker-${state.region}-${state.account}` });
  const role = h("input", { type: "text", value: `arn:aws:iam::${state.account}:role/service-role/AmazonSageMaker-ExecutionRole` });
  const fields = {
    name: field("Group name", name),
    identifier: field("Record identifier", identifier),
    eventTime: field("Event time", eventTime),
    uri: field("S3 URI", uri, { hint: "A missing bucket is created." }),
    role: field("Role ARN", role),
  };
  offline.control.addEventListener("change", () => (fields.uri.hidden = fields.role.hidden = !offline.control.checked));
  const types = columnFields(proposed);
  const failure = h("p", { class: "error", role: "alert", hidden: true });
  const progress = h("p", { role: "status", class: "muted" });
  const submit = h("button", { class: "button primary" }, `Create the group and put ${plural(proposed.rows.length, "record")}`);

  async function create(event) {
    event.preventDefault();
    for (const item of [...Object.values(fields), ...types.fields]) item.showError("");
    failure.hidden = true;
    submit.disabled = true;
    try {
      const definitions = names.map((column, index) => ({ FeatureName: column, FeatureType: types.types[index] }));
      const timeName = eventTime.value || freeName(names);
      if (!eventTime.value) definitions.push({ FeatureName: timeName, FeatureType: "String" });
      const params = {
        FeatureGroupName: name.value,
        RecordIdentifierFeatureName: identifier.value,
        EventTimeFeatureName: timeName,
        FeatureDefinitions: definitions,
      };
      if (online.control.checked) params.OnlineStoreConfig = { EnableOnlineStore: true };
      if (offline.control.checked) {
        params.OfflineStoreConfig = { S3StorageConfig: { S3Uri: uri.value } };
        params.RoleArn = role.value;
        await createBucket(uri.value);
      }
      await call("sagemaker", "CreateFeatureGroup", params);
      await putRows(name.value, proposed, definitions, eventTime.value ? null : timeName, progress);
      toast(`${name.value} was created with ${plural(proposed.rows.length, "record")}.`);
      location.hash = `#/groups/${encodeURIComponent(name.value)}`;
    } catch (problem) {
      showProblem(problem, fields, types.fields, names, failure);
    } finally {
      submit.disabled = false;
      progress.textContent = "";
    }
  }

  return h(
    "form",
    { onsubmit: create, novalidate: true },
    h("section", { class: "card" }, h("h2", {}, "Features"), h("p", { class: "muted" }, `${plural(names.length, "column")} and ${plural(proposed.rows.length, "row")}. The types fit all values; change them where you know better.`), types.element),
    h(
      "section",
      { class: "card" },
      h("h2", {}, "Group"),
      h("div", { class: "fields" }, fields.name, fields.identifier, fields.eventTime),
      h("fieldset", {}, h("legend", {}, "Stores"), online, offline),
      h("div", { class: "fields" }, fields.uri, fields.role),
      failure,
      h("div", { class: "actions start" }, submit, progress),
    ),
  );
}

// A type for each column, with the first values. Only some of many columns are shown; the others keep their proposals.
function columnFields(proposed) {
  const types = proposed.columns.map((column) => column.type);
  const made = proposed.columns.slice(0, MOST_COLUMNS).map((column, index) => {
    const control = select(TYPES, column.type, { onchange: () => (types[index] = control.value) });
    const sample = proposed.rows.slice(0, 3).map((row) => row[index]).filter((text) => text !== null);
    const hint = [...sample.map((text) => (text.length > 30 ? `${text.slice(0, 30)}…` : text))].join(", ");
    return field(column.name, control, { hint: hint || "no values", note: column.missing ? `${number(column.missing)} missing` : null });
  });
  const rest = proposed.columns.length - made.length;
  const element = h("div", { class: "fields" }, made, rest > 0 ? h("p", { class: "muted" }, `${number(rest)} more columns keep their proposed types.`) : null);
  return { element, fields: made, types };
}

function freeName(names) {
  let name = "event_time";
  while (names.includes(name)) name = `${name}_`;
  return name;
}

async function createBucket(uri) {
  const bucket = uri.replace(/^s3:\/\//, "").split("/")[0];
  const isDefault = state.region === "us-east-1";
  try {
    await call("s3", "CreateBucket", { Bucket: bucket, ...(isDefault ? {} : { CreateBucketConfiguration: { LocationConstraint: state.region } }) });
  } catch (problem) {
    // CreateFeatureGroup reports a bucket that does not exist, at its field.
    if (!/AlreadyOwnedByYou|AlreadyExists|InvalidBucketName|AccessDenied/.test(problem.code)) throw problem;
  }
}

async function putRows(group, proposed, definitions, timeName, progress) {
  const time = new Date().toISOString();
  const records = proposed.rows.map((row) => {
    const values = row.map((text, index) => [definitions[index].FeatureName, text]);
    if (timeName) values.push([timeName, time]);
    return values.filter(([, text]) => text !== null).map(([FeatureName, ValueAsString]) => ({ FeatureName, ValueAsString }));
  });
  for (let start = 0; start < records.length; start += BATCH) {
    const entries = records.slice(start, start + BATCH).map((record) => ({ FeatureGroupName: group, Record: record }));
    const result = await runtime("BatchWriteRecord", { Entries: entries });
    const [failed] = result.Errors ?? [];
    if (failed) {
      const line = start + 2 + entries.findIndex((entry) => JSON.stringify(entry.Record) === JSON.stringify(failed.Entry.Record));
      throw Object.assign(new Error(`The group was created, but line ${line} of the file was rejected: ${failed.ErrorMessage}`), { code: failed.ErrorCode });
    }
    if (result.UnprocessedEntries?.length) throw Object.assign(new Error("The group was created, but the service left records unprocessed."), { code: "Unprocessed" });
    progress.textContent = `${number(Math.min(start + BATCH, records.length))} of ${plural(records.length, "record")}`;
  }
}

// Show an error at the field that it names, or above the button.
function showProblem(problem, fields, columns, names, failure) {
  const text = problem.message;
  const place = text.match(/featureDefinitions\.(\d+)\./)?.[1];
  const named = text.match(/feature name(?:d|s)? \[([^\]]*)\]/)?.[1];
  const column = place ? columns[Number(place) - 1] : columns[names.indexOf(named)];
  const target =
    (/event time, the feature/i.test(text) && fields.eventTime) ||
    (/record identifier, the feature/i.test(text) && fields.identifier) ||
    column ||
    (/'featureGroupName'|FeatureGroup.*(already|exists)|Resource Already Exists/i.test(text) && fields.name) ||
    (/S3Uri|bucket|s3Uri/.test(text) && fields.uri) ||
    (/role/i.test(text) && fields.role) ||
    null;
  if (target) {
    target.showError(text);
    target.control.focus();
    return;
  }
  failure.textContent = problem.code ? `${problem.code}: ${text}` : text;
  failure.hidden = false;
}
