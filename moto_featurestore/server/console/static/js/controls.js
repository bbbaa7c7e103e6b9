// Faults, throughput, clock, snapshots, flush and reset.

import { command, reset, state } from "./api.js";
import { button, checkbox, confirm, field, h, select, toast } from "./dom.js";
import { duration, number, time } from "./format.js";
import { refresh as refreshAll } from "./main.js";
import { Table } from "./table.js";

const SHOWN = 50;
const KINDS = [
  ["fail", "Fail with an error"],
  ["delay", "Delay"],
  ["drop", "Drop the connection"],
  ["deny", "Deny to all callers"],
  ["leave_unprocessed", "Leave records of a batch unprocessed"],
];
const UNITS = [["60", "minutes"], ["3600", "hours"], ["86400", "days"], ["1", "seconds"]];

// Run a command, report the outcome, and show the new state.
async function perform(action, message) {
  try {
    const result = await action();
    toast(message);
    await refreshAll();
    return result ?? true;
  } catch (problem) {
    toast(problem.message, "bad");
    return null;
  }
}

export function controlsView() {
  const sections = [faults(), throughput(), clock(), snapshots(), store()];

  async function refresh() {
    const controls = await command("show_controls");
    for (const section of sections) section.show?.(controls);
  }

  const element = h(
    "div",
    {},
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, "Controls")),
    h("p", { class: "muted" }, `Faults and throughput apply to account ${state.account}, region ${state.region}. The clock, snapshots and reset apply to the whole server.`),
    sections.map((section) => section.element),
  );
  return { title: "Controls", element, refresh };
}

function section(title, ...children) {
  return h("section", { class: "card" }, h("h2", {}, title), children);
}

function faults() {
  const table = new Table("Armed faults", { empty: "No fault is armed." });
  const operation = select(["PutRecord"], "PutRecord");
  const error = select(["InternalFailure"]);
  const kind = select(KINDS, "fail", { onchange: update });
  operation.addEventListener("change", update);
  const seconds = h("input", { type: "number", min: "0", step: "any", value: "0.5" });
  const times = h("input", { type: "number", min: "1", placeholder: "no limit" });
  const group = h("input", { type: "text", placeholder: "all groups" });
  const identifier = h("input", { type: "text", placeholder: "all records" });
  const whenDone = checkbox("After the operation was performed");
  const fields = {
    kind: field("Effect", kind),
    operation: field("Operation", operation),
    error: field("Error", error),
    seconds: field("Seconds", seconds),
    group: field("Group", group),
    identifier: field("Record identifier", identifier),
    times: field("Times", times),
  };
  const failure = h("p", { class: "error", role: "alert", hidden: true });
  let operations = null;

  function update() {
    const isBatch = kind.value === "leave_unprocessed";
    const names = Object.keys(operations ?? {}).filter((name) => !isBatch || name.startsWith("Batch"));
    const options = isBatch || kind.value === "deny" ? names : [...names, "*"];
    fill(operation, options, "PutRecord");
    fill(error, (operations ?? {})[operation.value] ?? (operations ?? {}).PutRecord ?? [], "InternalFailure");
    fields.error.hidden = kind.value !== "fail";
    fields.seconds.hidden = kind.value !== "delay";
    fields.identifier.hidden = fields.times.hidden = kind.value === "deny";
    whenDone.hidden = !["fail", "drop"].includes(kind.value);
  }

  async function arm(event) {
    event.preventDefault();
    const params = { kind: kind.value, operation: operation.value };
    if (kind.value === "fail") params.error = error.value;
    if (kind.value === "delay") params.seconds = Number(seconds.value);
    if (["fail", "drop"].includes(kind.value)) params.when_done = whenDone.control.checked;
    if (times.value) params.times = Number(times.value);
    if (group.value) params.group = group.value;
    if (identifier.value) params.record_identifier = identifier.value;
    failure.hidden = true;
    try {
      if (kind.value === "deny") await command("deny", group.value ? { operation: operation.value, group: group.value } : { operation: operation.value });
      else await command("arm", params);
      toast("The fault is armed.");
      await refreshAll();
    } catch (problem) {
      failure.textContent = problem.message;
      failure.hidden = false;
    }
  }

  const element = section(
    "Faults",
    table.element,
    h(
      "form",
      { onsubmit: arm, "aria-label": "Arm a fault" },
      h("div", { class: "fields" }, Object.values(fields)),
      whenDone,
      failure,
      h("div", { class: "actions start" }, h("button", { class: "button primary" }, "Arm the fault")),
    ),
  );

  async function show(controls) {
    if (!operations) {
      operations = await command("show_operations");
      update();
    }
    const lift = (id) => () => perform(() => command("lift", { fault: id }), "The fault is lifted.");
    table.show(
      [{ label: "Effect" }, { label: "Operation" }, { label: "Error" }, { label: "Group" }, { label: "Record" }, { label: "Hits", align: "right" }, { label: "Actions", hidden: true }],
      controls.faults.slice(0, SHOWN).map((fault) => ({
        key: fault.id,
        cells: [
          fault.kind.replace("_", " "),
          { text: fault.operation, className: "strong" },
          fault.error,
          fault.group ?? "all",
          fault.record_identifier ?? "all",
          fault.times === null ? number(fault.hits) : `${number(fault.hits)} of ${number(fault.times)}`,
          { buttons: [{ label: "Lift", name: `Lift the fault of ${fault.operation}`, onclick: lift(fault.id) }] },
        ],
      })),
    );
  }

  return { element, show };
}

function fill(control, options, preferred) {
  const before = control.value;
  const signature = options.join();
  if (control.signature === signature) return;
  control.signature = signature;
  control.replaceChildren(...options.map((option) => h("option", { value: option }, option === "*" ? "* (all operations)" : option)));
  control.value = options.includes(before) ? before : options.includes(preferred) ? preferred : options[0];
}

function throughput() {
  const table = new Table("Throughput limits", { empty: "Throughput is not enforced." });
  const group = h("input", { type: "text", placeholder: "all groups" });
  const enforce = (event) => {
    event.preventDefault();
    return perform(() => command("enforce_throughput", group.value ? { group: group.value } : {}), "Throughput is enforced.");
  };
  const element = section(
    "Throughput",
    h("p", { class: "muted" }, "Calls above the provisioned capacity of a group get a ThrottlingException."),
    table.element,
    h("form", { class: "inline", onsubmit: enforce, "aria-label": "Enforce throughput" }, field("Group", group), h("button", { class: "button" }, "Enforce")),
  );
  return {
    element,
    show: (controls) =>
      table.show(
        [{ label: "Group" }, { label: "Actions", hidden: true }],
        controls.throughput.slice(0, SHOWN).map((limit) => ({
          key: limit.id,
          cells: [
            limit.group ?? "all groups",
            { buttons: [{ label: "Lift", name: `Lift the limit of ${limit.group ?? "all groups"}`, onclick: () => perform(() => command("lift", { fault: limit.id }), "The limit is lifted.") }] },
          ],
        })),
      ),
  };
}

function clock() {
  const now = h("p", { class: "big time" });
  const amount = h("input", { type: "number", min: "0", value: "1", step: "any" });
  const unit = select(UNITS, "86400");
  const advance = (event) => {
    event.preventDefault();
    return perform(() => command("clock", { seconds: Number(amount.value) * Number(unit.value) }), "The clock is advanced.");
  };
  const back = button("Reset to the system clock", () => perform(() => command("clock", { reset: true }), "The clock is reset."));
  const element = section(
    "Clock",
    now,
    h("form", { class: "inline", onsubmit: advance, "aria-label": "Advance the clock" }, field("Advance by", amount), field("Unit", unit), h("button", { class: "button" }, "Advance"), back),
  );
  return {
    element,
    show: () => {
      const ahead = state.ahead ? `, ${duration(Math.floor(state.ahead / 1000))} ahead of the system clock` : ", the system clock";
      now.textContent = `${time(state.time)} UTC${ahead}`;
      back.disabled = !state.ahead;
    },
  };
}

function snapshots() {
  const table = new Table("Snapshots", { empty: "There is no snapshot." });
  const everything = checkbox("All other services of moto too");
  const take = button("Take a snapshot", async () => {
    const taken = await perform(() => command("snapshot", { everything: everything.control.checked }), "The snapshot is taken.");
    const left = Object.keys(taken?.left_out ?? {});
    if (left.length) toast(`The snapshot does not include ${left.join(", ")}.`, "warn");
  });
  const note = h("p", { class: "muted" });
  const restore = (snapshot) => async () => {
    const isSure = await confirm("Restore the snapshot?", `All changes since ${time(snapshot.time)} UTC are lost, in all accounts and regions.`, "Restore");
    if (isSure) await perform(() => command("restore", { snapshot: snapshot.id }), "The snapshot is restored.");
  };
  const element = section("Snapshots", note, table.element, h("div", { class: "actions start" }, take, everything));
  return {
    element,
    show: (controls) => {
      note.textContent = controls.is_persistent
        ? "This server saves its state in a directory (--data). To use snapshots, start a server without --data."
        : "A snapshot has all groups, records and offline stores of all accounts. It lasts until the server ends.";
      take.disabled = controls.is_persistent;
      table.show(
        [{ label: "Taken (UTC)" }, { label: "Groups", align: "right" }, { label: "Content" }, { label: "Actions", hidden: true }],
        controls.snapshots.slice(-SHOWN).reverse().map((snapshot) => ({
          key: snapshot.id,
          cells: [
            { text: time(snapshot.time), className: "time" },
            number(snapshot.groups),
            snapshot.everything ? "all services" : "Feature Store",
            {
              buttons: [
                { label: "Restore", name: `Restore the snapshot of ${time(snapshot.time)}`, onclick: restore(snapshot) },
                { label: "Forget", name: `Forget the snapshot of ${time(snapshot.time)}`, onclick: () => perform(() => command("forget_snapshot", { snapshot: snapshot.id }), "The snapshot is removed.") },
              ],
            },
          ],
        })),
      );
    },
  };
}

function store() {
  const flush = button("Write all waiting rows", () => perform(() => command("flush"), "All rows are in the offline store."));
  const empty = button("Reset the server", async () => {
    const isSure = await confirm("Reset the server?", "All feature groups, and all other state of moto, are deleted in all accounts and regions. With --data, the stored data too.", "Reset");
    if (isSure) await perform(reset, "The server is reset.");
  }, { class: "button danger" });
  return {
    element: h(
      "div",
      { class: "columns" },
      section("Offline stores", h("p", { class: "muted" }, "Rows are written when something reads them. Write them now, regardless of the delay:"), flush),
      section("Reset", h("p", { class: "muted" }, "Delete everything that the server stores."), empty),
    ),
  };
}
