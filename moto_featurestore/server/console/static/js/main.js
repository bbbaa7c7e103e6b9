// The shell of the console: routes, the account and region, the identity, and live updates.

import { changes, chooseIdentity, isReadOnly, session, state } from "./api.js";
import { field, h, openDialog, select, toast } from "./dom.js";
import { duration } from "./format.js";

const POLL = 1000;
const SESSION_POLL = 5000;
const PATIENCE = 150;
// A refresh that takes long is repeated less often: the pause is so many times as long.
const QUIET = 4;
const MOST_OPTIONS = 100;

// The address after "#/", and the module that shows it. Modules are loaded when they are first needed.
const ROUTES = [
  [/^groups$/, () => import("./groups.js").then((module) => module.groupsView)],
  [/^create$/, () => import("./create.js").then((module) => module.createView)],
  [/^groups\/([^/]+)\/put$/, () => import("./write.js").then((module) => module.putView)],
  [/^groups\/([^/]+)\/record\/([^/]*)$/, () => import("./history.js").then((module) => module.historyView)],
  [/^groups\/([^/]+)(?:\/([a-z]+))?$/, () => import("./group.js").then((module) => module.groupView)],
  [/^query$/, () => import("./query.js").then((module) => module.queryView)],
  [/^calls$/, () => import("./calls.js").then((module) => module.callsView)],
  [/^controls$/, () => import("./controls.js").then((module) => module.controlsView)],
];

const main = document.getElementById("main");
const banner = document.getElementById("banner");
let view = null;
let version = null;
let routeNumber = 0;
let isFirst = true;
let quietUntil = 0;

function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path || "groups", query: new URLSearchParams(query) };
}

async function showRoute() {
  routeNumber += 1;
  const number = routeNumber;
  const { path, query } = address();
  for (const link of document.querySelectorAll("header nav a")) {
    const isCurrent = path.split("/")[0].replace("create", "groups") === link.hash.slice(2);
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const [match, load] = ROUTES.map(([pattern, loader]) => [path.match(pattern), loader]).find(([found]) => found) ?? [];
  try {
    if (!match) throw new Error(`The console has no page ${path}.`);
    const create = await load();
    const parts = match.slice(1).map((part) => (part === undefined ? undefined : decodeURIComponent(part)));
    const next = create({ parts, query });
    const ready = Promise.resolve(next.refresh?.());
    // A slow view appears before its data; its first request may import libraries of the server.
    await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    if (number !== routeNumber) return;
    view?.leave?.();
    view = next;
    main.replaceChildren(next.element);
    document.title = `${next.title} – Feature Store console`;
    main.setAttribute("aria-busy", "true");
    await ready;
    main.removeAttribute("aria-busy");
  } catch (problem) {
    if (number !== routeNumber) return;
    view = null;
    main.removeAttribute("aria-busy");
    main.replaceChildren(failure(problem));
  }
  if (!isFirst) {
    scrollTo(0, 0);
    (main.querySelector("h1") ?? main).focus({ preventScroll: true });
  }
  isFirst = false;
}

function failure(problem) {
  return h(
    "div",
    { class: "card" },
    h("h1", { tabindex: "-1" }, "This page cannot be shown"),
    h("p", {}, problem.message),
    h("p", {}, h("a", { href: "#/groups" }, "All feature groups")),
  );
}

// Change the query of the address without another entry in the history. The view has shown the change already.
export function setQuery(params) {
  const { path, query } = address();
  for (const [name, value] of Object.entries(params)) {
    if (value === "" || value === null || value === undefined || value === false) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", `#/${path}${text ? `?${text}` : ""}`);
}

// Live updates.

async function poll() {
  if (document.visibilityState === "visible") {
    try {
      const latest = await changes();
      showBanner("");
      if (latest !== version && performance.now() >= quietUntil) {
        const began = performance.now();
        await refresh();
        quietUntil = performance.now() + QUIET * (performance.now() - began);
        version = latest;
      }
      showContext();
    } catch (problem) {
      showBanner(`${problem.message} Trying again…`);
    }
  }
  setTimeout(poll, POLL);
}

export async function refresh() {
  try {
    await view?.refresh?.({ isLive: true });
  } catch (problem) {
    if (problem.code === "LookupError") await showRoute();
    else toast(problem.message, "bad");
  }
}

async function pollSession() {
  if (document.visibilityState === "visible") {
    try {
      await session();
      showContext();
    } catch {
      // The other poll reports that the server does not respond.
    }
  }
  setTimeout(pollSession, SESSION_POLL);
}

function showBanner(text) {
  if (banner.textContent !== text) banner.textContent = text;
  banner.hidden = !text;
}

// Account, region, identity and clock.

let contextSignature = "";

function showContext() {
  const ahead = state.ahead ? duration(Math.floor(state.ahead / 1000)) : "";
  const signature = JSON.stringify([state.places, state.identities, state.isEnforced, state.identity, ahead.slice(0, -3)]);
  if (signature === contextSignature || document.activeElement?.closest("#context")) return;
  contextSignature = signature;
  document.getElementById("context").replaceChildren(
    ...(ahead ? [h("a", { class: "badge warn", href: "#/controls" }, `Clock +${ahead}`)] : []),
    ...identityControl(),
    placeControl(),
  );
  document.body.classList.toggle("read-only", isReadOnly());
}

function placeControl() {
  const here = `${state.account}/${state.region}`;
  const others = state.places.map((place) => `${place.account_id}/${place.region}`).filter((place) => place !== here);
  const options = [here, ...others.slice(0, MOST_OPTIONS)].map((place) => [place, place.replace("/", " · ")]);
  const control = select([...options, ["", "Other…"]], here, {
    "aria-label": "Account and region",
    onchange: () => {
      const [account, region] = control.value.split("/");
      if (region) switchTo(account, region);
      else openPlaceDialog();
      control.value = here;
    },
  });
  return control;
}

function switchTo(account, region) {
  location.search = new URLSearchParams({ account, region });
}

function openPlaceDialog() {
  const account = field("Account", h("input", { type: "text", inputmode: "numeric", value: state.account }));
  const region = field("Region", h("input", { type: "text", value: state.region }));
  const submit = (event) => {
    event.preventDefault();
    account.showError(/^\d{12}$/.test(account.control.value) ? "" : "An account has 12 digits.");
    region.showError(/^[a-z0-9-]+$/.test(region.control.value) ? "" : "A region is a name such as eu-west-1.");
    const invalid = [account, region].find((item) => item.control.getAttribute("aria-invalid"));
    if (invalid) invalid.control.focus();
    else switchTo(account.control.value, region.control.value);
  };
  openDialog(
    "Account and region",
    h("form", { onsubmit: submit, novalidate: true }, h("div", { class: "fields" }, account, region),
      h("div", { class: "actions" }, h("button", { class: "button primary" }, "Switch"))),
  );
}

function identityControl() {
  if (!state.isEnforced) return [];
  const options = [["", "Read-only"], ...state.identities.slice(0, MOST_OPTIONS).map((arn) => [arn, arn.split(":").slice(5).join(":")])];
  const control = select(options, state.identity ?? "", {
    "aria-label": "IAM identity",
    onchange: async () => {
      chooseIdentity(control.value || null);
      document.body.classList.toggle("read-only", isReadOnly());
      toast(state.identity ? `Calls have the permissions of ${state.identity}.` : "The console is read-only.", "info");
      await showRoute();
    },
  });
  return [control];
}

document.getElementById("skip").addEventListener("click", () => main.focus());
addEventListener("hashchange", showRoute);
addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());

async function start() {
  try {
    version = await changes();
    await showRoute();
    await session();
    showContext();
    await (isReadOnly() ? showRoute() : refresh());
  } catch (problem) {
    showBanner(`${problem.message} Trying again…`);
    await showRoute();
  }
  setTimeout(poll, POLL);
  setTimeout(pollSession, SESSION_POLL);
}

start();
