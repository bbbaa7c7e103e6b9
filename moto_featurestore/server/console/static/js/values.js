// A small chart for each feature: a histogram of numbers, or the most frequent texts.

import { command } from "./api.js";
import { bars, histogram } from "./charts.js";
import { h } from "./dom.js";
import { number, short } from "./format.js";
import { Pager } from "./table.js";

export function valuesTab({ group }) {
  let page = 1;
  const cards = h("div", { class: "charts" });
  const note = h("p", { class: "muted note" });
  const pager = new Pager("feature", (target) => {
    page = target;
    return refresh();
  });
  let signature = "";

  async function refresh() {
    const result = await command("show_statistics", { group: group.name, page });
    pager.show(result);
    note.textContent =
      result.sample < result.records
        ? `From an even sample of ${number(result.sample)} of ${number(result.records)} records`
        : `From all ${number(result.records)} records of the online store`;
    if (signature === JSON.stringify(result)) return;
    signature = JSON.stringify(result);
    cards.replaceChildren(...result.features.map((feature) => card(feature, result.sample)));
  }

  return { element: h("div", {}, note, cards, pager.element), refresh };
}

function card(feature, sample) {
  const facts = [`${number(feature.distinct)} distinct`, `${number(feature.missing)} missing`];
  let chart = h("p", { class: "muted" }, "No values");
  if (feature.bins) {
    if (!feature.is_time) facts.push(`mean ${short(Number(feature.mean.toPrecision(4)))}`);
    chart = histogram(feature);
  } else if (feature.common.length) {
    chart = feature.distinct === sample && feature.distinct > feature.common.length
      ? h("p", { class: "muted" }, `All values differ, such as ${feature.common[0][0]}`)
      : bars(feature.name, feature.common);
  }
  return h(
    "section",
    { class: "card chart-card" },
    h("h2", { class: "mono" }, feature.name, h("span", { class: "type" }, feature.type)),
    chart,
    h("p", { class: "muted facts" }, facts.join(" · ")),
  );
}
