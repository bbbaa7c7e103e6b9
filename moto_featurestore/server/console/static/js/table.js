// A table whose cells are updated in place, so that focus, selection and scroll positions outlive live updates.

import { button, h, newId } from "./dom.js";
import { number, plural } from "./format.js";

export class Table {
  constructor(label, { empty = "Nothing here.", className = "" } = {}) {
    this.empty = h("p", { class: "muted empty", hidden: true }, empty);
    this.caption = h("caption", { class: "visually-hidden" }, label);
    this.head = h("tr");
    this.body = h("tbody");
    this.table = h("table", { class: className }, this.caption, h("thead", {}, this.head), this.body);
    this.scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, this.table);
    this.element = h("div", { class: "table" }, this.scroll, this.empty);
    this.signature = "";
  }

  // columns: {label, hint, align}; rows: {key, cells, className}; a cell is a text, null or an object for ``fill``.
  show(columns, rows) {
    const signature = JSON.stringify(columns);
    if (signature !== this.signature) {
      this.signature = signature;
      this.head.replaceChildren(
        ...columns.map((column) =>
          h(
            "th",
            { scope: "col", class: column.hidden ? "narrow" : column.align === "right" ? "right" : null },
            column.hidden ? h("span", { class: "visually-hidden" }, column.label) : column.label,
            column.hint ? h("span", { class: "type" }, column.hint) : null,
          ),
        ),
      );
      this.body.replaceChildren();
    }
    rows.forEach((row, index) => this.#row(columns, row, index));
    while (this.body.rows.length > rows.length) this.body.rows[rows.length].remove();
    this.empty.hidden = rows.length > 0;
    this.scroll.hidden = rows.length === 0;
  }

  #row(columns, row, index) {
    let element = this.body.rows[index];
    if (!element) {
      element = h("tr", {}, columns.map((column) => h("td", { class: column.align === "right" ? "right" : null })));
      this.body.append(element);
    }
    element.className = row.className ?? "";
    row.cells.forEach((cell, position) => {
      const target = element.cells[position];
      const signature = JSON.stringify([row.key, cell]);
      if (target.signature !== signature) {
        target.signature = signature;
        fill(target, cell);
      }
    });
  }
}

// Show a value: a text, a link, badges or buttons.
function fill(target, cell) {
  if (cell === null || cell === undefined) {
    target.replaceChildren(h("span", { class: "none" }, h("span", { "aria-hidden": "true" }, "–"), h("span", { class: "visually-hidden" }, "no value")));
  } else if (typeof cell !== "object") {
    target.textContent = cell;
  } else if (cell.badges) {
    target.replaceChildren(...cell.badges.flatMap(({ text, tone = "plain" }) => [h("span", { class: `badge ${tone}` }, text), " "]));
  } else if (cell.buttons) {
    target.replaceChildren(
      h("span", { class: "row-actions" },
        cell.buttons.map(({ label, name, href, onclick }) =>
          href
            ? h("a", { class: "button small", href, "aria-label": name }, label)
            : button(label, onclick, { class: "button small", "aria-label": name }),
        ),
      ),
    );
  } else if (cell.href) {
    target.replaceChildren(h("a", { href: cell.href, class: cell.className }, cell.text));
  } else {
    target.replaceChildren(h("span", { class: cell.className, title: cell.title }, cell.text));
  }
}

// Controls for the pages of a list.
export class Pager {
  constructor(noun, onpage) {
    this.noun = noun;
    const go = (page) => () => onpage(page(this.page));
    this.first = button("First", go(() => 1), { class: "button small" });
    this.previous = button("Previous", go((page) => page - 1), { class: "button small" });
    this.next = button("Next", go((page) => page + 1), { class: "button small" });
    this.last = button("Last", go(() => this.pages), { class: "button small" });
    this.input = h("input", {
      id: newId("page"),
      type: "number",
      min: "1",
      class: "page",
      onchange: () => onpage(Math.min(Math.max(Math.trunc(Number(this.input.value)) || 1, 1), this.pages)),
    });
    this.count = h("span", {});
    this.range = h("span", { class: "muted range" });
    this.moves = h(
      "span",
      { class: "moves", hidden: true },
      this.first,
      this.previous,
      h("label", { for: this.input.id }, "Page "),
      this.input,
      this.count,
      this.next,
      this.last,
    );
    this.element = h("nav", { class: "pager", "aria-label": `Pages of ${noun}s` }, this.range, this.moves);
  }

  show({ page, pages, total, size }, extra = "") {
    this.page = page;
    this.pages = pages;
    if (document.activeElement !== this.input) this.input.value = page;
    this.input.max = pages;
    this.count.textContent = ` of ${number(pages)}`;
    const start = (page - 1) * size;
    const range = total > size ? `${number(start + 1)}–${number(Math.min(start + size, total))} of ` : "";
    this.range.textContent = `${range}${plural(total, this.noun)}${extra}`;
    this.first.disabled = this.previous.disabled = page <= 1;
    this.next.disabled = this.last.disabled = page >= pages;
    this.moves.hidden = pages <= 1;
  }
}
