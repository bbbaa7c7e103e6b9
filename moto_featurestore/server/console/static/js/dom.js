// Building elements. Values become text nodes or attributes and are never parsed as HTML.

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

let ids = 0;

export function newId(prefix = "id") {
  ids += 1;
  return `${prefix}-${ids}`;
}

export function button(label, onclick, props = {}) {
  return h("button", { type: "button", class: "button", ...props, onclick }, label);
}

// A labelled form control with a place for its error.
export function field(label, control, { hint = null, note = null, wide = false } = {}) {
  control.id ||= newId("field");
  const error = h("p", { class: "error", id: `${control.id}-error`, hidden: true });
  const describedBy = [`${control.id}-error`];
  let hintElement = null;
  if (hint) {
    hintElement = h("span", { class: "hint", id: `${control.id}-hint` }, hint);
    describedBy.push(`${control.id}-hint`);
  }
  control.setAttribute("aria-describedby", describedBy.join(" "));
  const element = h(
    "div",
    { class: wide ? "field wide" : "field" },
    h("label", { for: control.id }, label, note ? h("span", { class: "note" }, note) : null),
    control,
    hintElement,
    error,
  );
  element.control = control;
  element.showError = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
    if (message) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
  return element;
}

export function select(options, value, props = {}) {
  const element = h(
    "select",
    props,
    options.map((option) => {
      const [key, label] = Array.isArray(option) ? option : [option, option];
      return h("option", { value: key }, label);
    }),
  );
  if (value !== undefined && value !== null) element.value = value;
  return element;
}

export function checkbox(label, checked = false, props = {}) {
  const input = h("input", { type: "checkbox", ...props });
  input.checked = checked;
  return h("label", { class: "check" }, input, label);  // its property "control" is the input
}

export function toast(message, tone = "good") {
  const element = h("p", { class: `toast ${tone}` }, message);
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), 6000);
}

// Ask before an action that cannot be undone. Resolves to true if the person confirms.
export function confirm(title, text, action) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": newId("dialog") },
      h("h2", {}, title),
      h("p", {}, text),
      h(
        "div",
        { class: "actions" },
        button("Cancel", () => dialog.close("")),
        button(action, () => dialog.close("yes"), { class: "button danger" }),
      ),
    );
    dialog.querySelector("h2").id = dialog.getAttribute("aria-labelledby");
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Show content in a dialog that the person closes.
export function openDialog(title, ...children) {
  const id = newId("dialog");
  const dialog = h(
    "dialog",
    { class: "large", "aria-labelledby": id },
    h("div", { class: "dialog-head" }, h("h2", { id }, title), button("Close", () => dialog.close())),
    children,
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function code(text, label) {
  const block = h("pre", { tabindex: "0", role: "region", "aria-label": label }, h("code", {}, text));
  const copy = async (event) => {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      event.target.textContent = "Copied";
      setTimeout(() => (event.target.textContent = "Copy"), 1500);
    } else {
      // Without TLS, browsers have no clipboard for pages of other machines.
      getSelection().selectAllChildren(block);
    }
  };
  return h("div", { class: "code" }, block, button("Copy", copy, { class: "button small", "aria-label": `Copy: ${label}` }));
}

export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
