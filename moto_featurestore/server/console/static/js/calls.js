// The call log, live.

import { command } from "./api.js";
import { button, checkbox, code, confirm, h, newId, openDialog, toast } from "./dom.js";
import { clock, milliseconds, time } from "./format.js";
import { setQuery } from "./main.js";
import { Table } from "./table.js";

const SIZE = 100;
const COLUMNS = [
  { label: "Time (UTC)" },
  { label: "Operation" },
  { label: "Group" },
  { label: "Status" },
  { label: "Error" },
  { label: "ms", align: "right" },
  { label: "Actions", hidden: true },
];

export function callsView({ query }) {
  const table = new Table("Calls", { empty: "No call matches. Calls of SDKs appear here at once." });
  const pause = checkbox("Pause");
  const errors = checkbox("Errors only", query.get("errors") === "1", { onchange: () => filtered({ errors: errors.control.checked ? "1" : "" }) });
  const input = (name, label, placeholder) => {
    const control = h("input", { type: "search", id: newId("filter"), placeholder, value: query.get(name) ?? "", oninput: () => filtered({ [name]: control.value }) });
    return [h("label", { for: control.id }, label), control];
  };
  const [operationLabel, operation] = input("operation", "Operation", "PutRecord");
  const [groupLabel, group] = input("group", "Group", "customers");
  const starts = [undefined];
  let page = 0;
  const newer = button("Newer", () => move(-1), { class: "button small" });
  const older = button("Older", () => move(1), { class: "button small" });
  const range = h("span", { class: "muted range" });
  const pager = h("nav", { class: "pager", "aria-label": "Pages of calls" }, range, h("span", { class: "moves" }, newer, older));
  let request = 0;

  function filtered(params) {
    setQuery(params);
    page = 0;
    return refresh();
  }

  function move(step) {
    page += step;
    return refresh();
  }

  async function refresh(options) {
    if (options?.isLive && (pause.control.checked || page > 0)) return;
    request += 1;
    const current = request;
    const result = await command("show_calls", {
      before: starts[page],
      size: SIZE,
      operation: operation.value,
      group: group.value,
      errors: errors.control.checked,
    });
    if (current !== request) return;
    starts[page + 1] = result.next;
    table.show(COLUMNS, result.calls.map(row));
    newer.disabled = page === 0;
    older.disabled = result.next === null;
    pager.hidden = page === 0 && result.next === null;
    range.textContent = page === 0 ? "The latest calls" : `Page ${page + 1}`;
  }

  const clear = async () => {
    if (!(await confirm("Clear the call log?", "The calls of this account and region are removed from the log.", "Clear"))) return;
    await command("clear_calls");
    page = 0;
    await refresh();
  };

  const element = h(
    "div",
    {},
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, "Calls"), h("span", { class: "space" }), button("Clear the log", clear)),
    h(
      "div",
      { class: "card flush" },
      h("form", { class: "toolbar", role: "search", onsubmit: (event) => event.preventDefault() }, operationLabel, operation, groupLabel, group, errors, pause),
      table.element,
      pager,
    ),
  );
  return { title: "Calls", element, refresh };
}

function row(call) {
  const name = `${call.operation} at ${clock(call.time)}`;
  return {
    key: call.number,
    className: call.error_code ? "failed" : "",
    cells: [
      { text: clock(call.time), title: time(call.time), className: "time" },
      { text: call.operation, className: "strong" },
      call.group && { text: call.group, href: `#/groups/${encodeURIComponent(call.group.split("/").pop())}` },
      { badges: [{ text: call.status ?? "lost", tone: call.error_code ? "bad" : "good" }] },
      call.error_code,
      milliseconds(call.milliseconds),
      { buttons: [{ label: "Details", name: `Details of ${name}`, onclick: () => showCall(call.number) }] },
    ],
  };
}

async function showCall(number) {
  try {
    const call = await command("show_call", { number });
    const facts = [
      ["Time (UTC)", `${time(call.time)}`],
      ["Account and region", `${call.account_id} · ${call.region}`],
      ["Identity", call.identity ?? "not checked"],
      ["Status", String(call.status ?? "no response")],
      ["Error", call.error_code],
      ["Duration", `${milliseconds(call.milliseconds)} ms`],
    ];
    openDialog(
      call.operation,
      h("dl", { class: "config" }, facts.filter(([, value]) => value).map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))),
      h("h3", {}, "Request"),
      code(JSON.stringify(call.params, null, 2), "Request"),
      h("h3", {}, "Response"),
      code(call.response === null ? "(empty)" : JSON.stringify(call.response, null, 2), "Response"),
    );
  } catch (problem) {
    toast(problem.message, "bad");
  }
}
