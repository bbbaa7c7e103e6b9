// The list of feature groups.

import { command, isReadOnly, state } from "./api.js";
import { code, h, newId } from "./dom.js";
import { bytes, number, STATUS_TONES, time } from "./format.js";
import { setQuery } from "./main.js";
import { Pager, Table } from "./table.js";

const COLUMNS = [
  { label: "Name" },
  { label: "Status" },
  { label: "Stores" },
  { label: "Records", align: "right" },
  { label: "Online size", align: "right" },
  { label: "Rows waiting", align: "right" },
  { label: "Rows written", align: "right" },
  { label: "Tags" },
  { label: "Created (UTC)" },
];

export function groupsView({ query }) {
  let page = Number(query.get("page")) || 1;
  const table = new Table("Feature groups", { empty: "No group matches the filters." });
  const pager = new Pager("group", async (target) => {
    page = target;
    setQuery({ page: page > 1 ? page : "" });
    await refresh();
  });
  const filter = (name, label, placeholder) => {
    const input = h("input", {
      type: "search",
      id: newId("filter"),
      placeholder,
      value: query.get(name) ?? "",
      oninput: async () => {
        page = 1;
        setQuery({ [name]: input.value, page: "" });
        await refresh();
      },
    });
    return [h("label", { for: input.id }, label), input];
  };
  const [nameLabel, name] = filter("name", "Name", "customers");
  const [tagLabel, tag] = filter("tag", "Tag", "team or team=ml");
  const list = h("div", { class: "card flush" },
    h("form", { class: "toolbar", role: "search", onsubmit: (event) => event.preventDefault() }, nameLabel, name, tagLabel, tag),
    table.element,
    pager.element,
  );
  const start = h("div", { hidden: true });
  let request = 0;
  let startSignature = "";

  async function refresh() {
    request += 1;
    const current = request;
    const result = await command("show_groups", { name: name.value, tag: tag.value, page });
    if (current !== request) return;
    page = result.page;
    const isEmpty = result.all === 0;
    list.hidden = isEmpty;
    start.hidden = !isEmpty;
    const places = JSON.stringify(state.places);
    if (isEmpty && places !== startSignature) {
      startSignature = places;
      start.replaceChildren(...emptyState());
    }
    table.show(COLUMNS, result.groups.map(row));
    pager.show(result, result.total < result.all ? ` (${number(result.all)} in all)` : "");
  }

  const element = h(
    "div",
    {},
    h(
      "div",
      { class: "head" },
      h("h1", { tabindex: "-1" }, "Feature groups"),
      isReadOnly() ? null : h("a", { class: "button primary", href: "#/create" }, "Create from a CSV file"),
    ),
    list,
    start,
  );
  return { title: "Feature groups", element, refresh };
}

function row(group) {
  return {
    key: group.arn,
    cells: [
      { text: group.name, href: `#/groups/${encodeURIComponent(group.name)}`, className: "strong" },
      { badges: [{ text: group.status, tone: STATUS_TONES[group.status] }] },
      { badges: group.stores.map((store) => ({ text: store.replace("Store", "") })) },
      number(group.records),
      group.stores.includes("OnlineStore") ? bytes(group.online_bytes) : null,
      group.stores.includes("OfflineStore") ? number(group.rows_waiting) : null,
      group.stores.includes("OfflineStore") ? number(group.rows_written) : null,
      { badges: Object.entries(group.tags).map(([key, value]) => ({ text: value ? `${key}=${value}` : key })) },
      { text: time(group.creation_time), className: "time" },
    ],
  };
}

function emptyState() {
  const url = location.origin;
  const exports = [
    `export AWS_ENDPOINT_URL=${url}`,
    `export AWS_REGION=${state.region}`,
    `export AWS_DEFAULT_REGION=${state.region}`,
    "export AWS_ACCESS_KEY_ID=testing",
    "export AWS_SECRET_ACCESS_KEY=testing",
  ].join("\n");
  const python = `import boto3

names = {"customer_id": "String", "event_time": "String", "age": "Integral"}
boto3.client("sagemaker").create_feature_group(
    FeatureGroupName="customers",
    RecordIdentifierFeatureName="customer_id",
    EventTimeFeatureName="event_time",
    FeatureDefinitions=[{"FeatureName": n, "FeatureType": t} for n, t in names.items()],
    OnlineStoreConfig={"EnableOnlineStore": True},
)`;
  const others = state.places.filter((place) => place.account_id !== state.account || place.region !== state.region);
  return [
    h(
      "section",
      { class: "card start" },
      h("h2", {}, "There is no feature group yet"),
      h("p", {}, `Account ${state.account}, region ${state.region}. Point a shell at this server:`),
      code(exports, "Export lines for a shell"),
      h("p", {}, "Then create a group with Python. It appears here at once."),
      code(python, "Python that creates a group"),
      h("p", {}, "Or ", h("a", { href: "#/create" }, "create one from a CSV file"), ", without any code."),
    ),
    ...(others.length
      ? [
          h(
            "section",
            { class: "card" },
            h("h2", {}, "Groups in other places"),
            h(
              "ul",
              {},
              others.slice(0, 20).map((place) =>
                h("li", {}, h("a", { href: `?${new URLSearchParams({ account: place.account_id, region: place.region })}` },
                  `${place.account_id} · ${place.region}`), `: ${number(place.groups)}`),
              ),
            ),
          ),
        ]
      : []),
  ];
}
