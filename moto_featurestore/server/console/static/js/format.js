// Texts for numbers, sizes and times.

const integers = new Intl.NumberFormat("en-US");

export function number(value) {
  return integers.format(value);
}

export function plural(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

export function bytes(value) {
  let size = value;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (size < 1000 || unit === "GB") return `${size < 10 && unit !== "B" ? size.toFixed(1) : Math.round(size)} ${unit}`;
    size /= 1000;
  }
  return "";
}

// A time in milliseconds since 1970, in UTC like the times of the API.
export function time(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "";
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().replace("T", " ").replace(/\.\d+Z$/, "");
}

export function clock(milliseconds) {
  return new Date(milliseconds).toISOString().slice(11, 23);
}

export function milliseconds(value) {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : number(Math.round(value));
}

export function short(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) return value.toExponential(2);
  return integers.format(Number(value.toPrecision(6)));
}

export function duration(seconds) {
  const days = Math.floor(seconds / 86400);
  const rest = new Date((seconds % 86400) * 1000).toISOString().slice(11, 19);
  return days ? `${plural(days, "day")} ${rest}` : rest;
}

export const STATUS_TONES = {
  Created: "good",
  Active: "good",
  Creating: "info",
  Deleting: "warn",
  CreateFailed: "bad",
  DeleteFailed: "bad",
  Blocked: "bad",
  Disabled: "warn",
  SUCCEEDED: "good",
  RUNNING: "info",
  QUEUED: "info",
  FAILED: "bad",
  CANCELLED: "warn",
};
