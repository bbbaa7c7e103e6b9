// Charts as SVG. Each one has a text for screen readers.

import { h, svg } from "./dom.js";
import { number, short, time } from "./format.js";

const WIDTH = 320;
const HEIGHT = 96;
const MOST_WIDE = 90;
const MOST_NAMES = 12;

export function histogram({ name, bins, low, high, is_time: isTime }) {
  const text = isTime ? (value) => time(value).slice(0, 16) : short;
  const most = Math.max(...bins);
  const step = WIDTH / bins.length;
  const label = `Histogram of ${name}: from ${text(low)} to ${text(high)}, at most ${number(most)} values in a bin`;
  const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": label, preserveAspectRatio: "none" });
  bins.forEach((count, index) => {
    const height = count ? Math.max(2, (count / most) * (HEIGHT - 4)) : 0;
    const bar = svg("rect", { x: index * step + 1, y: HEIGHT - height, width: Math.max(1, step - 2), height, rx: 1.5 });
    bar.append(svg("title", {}, number(count)));
    chart.append(bar);
  });
  return h("div", {}, chart, h("div", { class: "axis", "aria-hidden": "true" }, h("span", {}, text(low)), h("span", {}, text(high))));
}

export function bars(name, counts) {
  const most = Math.max(...counts.map(([, count]) => count));
  return h(
    "ol",
    { class: "bars", "aria-label": `Most frequent values of ${name}` },
    counts.map(([text, count]) =>
      h(
        "li",
        {},
        h("span", { class: "bar-text", title: text }, text || "(empty)"),
        svg("svg", { viewBox: "0 0 100 8", class: "bar-line", preserveAspectRatio: "none", "aria-hidden": "true" },
          svg("rect", { x: 0, y: 0, width: Math.max(1, (count / most) * 100), height: 8, rx: 1 })),
        h("span", { class: "bar-count" }, number(count)),
      ),
    ),
  );
}

// Points or bars of two columns of a query's result.
export function plot(rows, xIndex, yIndex, kind, labels) {
  const points = rows
    .map((row) => [row[xIndex], Number(row[yIndex])])
    .filter(([x, y]) => x !== null && x !== undefined && Number.isFinite(y));
  if (!points.length) return h("p", { class: "muted" }, `${labels[1]} has no numbers.`);
  const isNumeric = points.every(([x]) => x !== "" && Number.isFinite(Number(x)));
  const isTime = !isNumeric && points.every(([x]) => !Number.isNaN(Date.parse(x)));
  const position = ([x], index) => (isNumeric ? Number(x) : isTime ? Date.parse(x) : index);
  const placed = points.map((point, index) => [position(point, index), point[1], point[0]]);
  if (kind === "line") placed.sort((a, b) => a[0] - b[0]);
  return draw(placed, kind, labels);
}

function draw(placed, kind, [xLabel, yLabel]) {
  const width = 640;
  const height = 200;
  const xs = placed.map(([x]) => x);
  const ys = placed.map(([, y]) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const bottom = Math.min(...ys, kind === "bar" ? 0 : Infinity);
  const top = Math.max(...ys, kind === "bar" ? 0 : -Infinity);
  const gap = kind === "bar" ? width / placed.length : 0;
  const x = (value) => (right > left ? ((value - left) / (right - left)) * (width - 16 - gap) + 8 + gap / 2 : width / 2);
  const y = (value) => (top > bottom ? height - 8 - ((value - bottom) / (top - bottom)) * (height - 16) : height / 2);
  const label = `${yLabel} by ${xLabel}: ${number(placed.length)} values from ${short(Math.min(...ys))} to ${short(Math.max(...ys))}`;
  const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart plot", role: "img", "aria-label": label });
  if (kind === "line") {
    chart.append(svg("polyline", { points: placed.map(([a, b]) => `${x(a)},${y(b)}`).join(" ") }));
  } else {
    const step = (width - 16) / placed.length;
    const thick = Math.max(1, Math.min(step - 2, MOST_WIDE));
    placed.forEach(([a, b, text], index) => {
      const place = kind === "bar" ? 8 + index * step + (step - thick) / 2 : x(a);
      const mark =
        kind === "bar"
          ? svg("rect", {
              x: place,
              width: thick,
              y: Math.min(y(b), y(0)),
              height: Math.max(1, Math.abs(y(b) - y(0))),
              rx: 1.5,
            })
          : svg("circle", { cx: place, cy: y(b), r: 3.5 });
      mark.append(svg("title", {}, `${text}: ${b}`));
      chart.append(mark);
    });
  }
  const hasNames = kind === "bar" && placed.length <= MOST_NAMES;
  const names = hasNames ? placed.map(([, , text]) => text) : [placed[0][2], placed.at(-1)[2]];
  return h(
    "figure",
    {},
    h("figcaption", { class: "muted" }, `${yLabel} by ${xLabel}, from ${short(Math.min(...ys))} to ${short(Math.max(...ys))}`),
    chart,
    h("div", { class: hasNames ? "axis names" : "axis", "aria-hidden": "true" }, names.map((text) => h("span", {}, text))),
  );
}
