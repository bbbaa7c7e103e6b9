// A query box on Athena: the result as a table and as a chart, and errors at their position.

import { call, command, state } from "./api.js";
import { plot } from "./charts.js";
import { button, download, field, h, newId, select, toast } from "./dom.js";
import { bytes, number, STATUS_TONES } from "./format.js";
import { Table } from "./table.js";

const SIZE = 100;
const MOST_CHARTED = 1000;
const DATABASE = "sagemaker_featurestore";
const POSITION = /line (\d+):(\d+)/;
const ENDED = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

export function queryView({ query }) {
  const saved = sessionStorage.getItem("sql");
  const sql = h("textarea", {
    id: newId("sql"),
    rows: "7",
    spellcheck: "false",
    autocapitalize: "off",
    class: "mono",
    value: query.get("sql") ?? saved ?? "",
    placeholder: "SELECT * FROM …",
    oninput: () => sessionStorage.setItem("sql", sql.value),
    onkeydown: (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        run();
      }
    },
  });
  const runButton = button("Run", run, { class: "button primary" });
  const stopButton = button("Stop", stop, { class: "button", disabled: true });
  const status = h("p", { class: "query-status", role: "status" });
  const failure = h("div", { class: "query-error", role: "alert", hidden: true });
  const table = new Table("Result of the query", { empty: "The query returned no rows.", className: "records" });
  const pager = h("nav", { class: "pager", "aria-label": "Pages of the result", hidden: true });
  const chart = h("section", { class: "card", hidden: true });
  const result = h("section", { class: "card flush", hidden: true });
  const tables = h("p", { class: "muted tables" });
  let execution = null;
  let pages = [];
  let columns = [];
  let page = 0;
  let runNumber = 0;

  async function run() {
    const text = sql.value;
    if (!text.trim()) {
      sql.focus();
      return;
    }
    runNumber += 1;
    const number_ = runNumber;
    failure.hidden = result.hidden = chart.hidden = true;
    runButton.disabled = true;
    stopButton.disabled = false;
    showStatus("RUNNING", "");
    try {
      execution = await start(text);
      const ended = await wait(() => number_ === runNumber);
      if (ended) await show(ended, text);
    } catch (problem) {
      showStatus("FAILED", "");
      showFailure(`${problem.code ?? "Error"}: ${problem.message}`, text);
    } finally {
      runButton.disabled = false;
      stopButton.disabled = true;
    }
  }

  async function wait(isCurrent) {
    for (let delay = 50; isCurrent(); delay = Math.min(delay * 1.5, 1000)) {
      const { QueryExecution: found } = await call("athena", "GetQueryExecution", { QueryExecutionId: execution });
      if (ENDED.has(found.Status.State)) return found;
      showStatus(found.Status.State, "");
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
    return null;
  }

  async function stop() {
    try {
      await call("athena", "StopQueryExecution", { QueryExecutionId: execution });
    } catch (problem) {
      toast(problem.message, "bad");
    }
  }

  async function show(ended, text) {
    const { State: name, StateChangeReason: reason } = ended.Status;
    const figures = ended.Statistics ?? {};
    const facts = [`${number(figures.TotalExecutionTimeInMillis ?? 0)} ms`, `${bytes(figures.DataScannedInBytes ?? 0)} scanned`];
    showStatus(name, facts.join(" · "));
    if (name !== "SUCCEEDED") {
      showFailure(reason ?? "The query was stopped.", text);
      return;
    }
    pages = [undefined];
    page = 0;
    await showPage(ended);
  }

  async function fetchPage(token, size) {
    const answer = await call("athena", "GetQueryResults", { QueryExecutionId: execution, MaxResults: size, ...(token ? { NextToken: token } : {}) });
    const rows = answer.ResultSet.Rows.map((row) => (row.Data ?? []).map((cell) => cell.VarCharValue ?? null));
    return { info: answer.ResultSet.ResultSetMetadata?.ColumnInfo ?? [], rows, next: answer.NextToken };
  }

  async function showPage(ended) {
    const isSelect = ended.StatementType === "DML";
    // The first row of the first page has the names of the columns.
    const { info, rows, next } = await fetchPage(pages[page], page === 0 && isSelect ? SIZE + 1 : SIZE);
    columns = info;
    const shown = page === 0 && isSelect ? rows.slice(1) : rows;
    pages[page + 1] = next;
    table.show(
      columns.map((column) => ({ label: column.Name, hint: column.Type, align: /int|double|decimal|float|real/.test(column.Type) ? "right" : undefined })),
      shown.map((row, index) => ({ key: index, cells: columns.map((_, place) => row[place] ?? null) })),
    );
    result.hidden = false;
    if (!columns.length) table.empty.textContent = "The statement returned no result.";
    pager.hidden = page === 0 && !next;
    pager.replaceChildren(
      h("span", { class: "muted range" }, `Rows ${number(page * SIZE + 1)}–${number(page * SIZE + shown.length)}`),
      h(
        "span",
        { class: "moves" },
        button("Previous", () => move(ended, -1), { class: "button small", disabled: page === 0 }),
        button("Next", () => move(ended, 1), { class: "button small", disabled: !next }),
      ),
    );
    if (page === 0) showChart(ended);
  }

  function move(ended, step) {
    page += step;
    return showPage(ended);
  }

  function showChart(ended) {
    const names = columns.map((column, index) => [String(index), column.Name]);
    chart.hidden = names.length < 1 || ended.StatementType !== "DML";
    if (chart.hidden) return;
    const numeric = columns.findIndex((column) => /int|double|decimal|float|real/.test(column.Type));
    const y = select(names, String(Math.max(numeric, 0)));
    const x = select(names, String(columns.length > 1 && numeric === 0 ? 1 : 0));
    const kind = select([["bar", "Bars"], ["line", "Line"], ["scatter", "Points"]]);
    const picture = h("div", { "aria-live": "polite" });
    const drawChart = async () => {
      const rows = [];
      let token;
      do {
        const got = await fetchPage(token, 1000);
        rows.push(...(token ? got.rows : got.rows.slice(1)));
        token = got.next;
      } while (token && rows.length < MOST_CHARTED);
      const used = rows.slice(0, MOST_CHARTED);
      const labels = [columns[Number(x.value)].Name, columns[Number(y.value)].Name];
      picture.replaceChildren(plot(used, Number(x.value), Number(y.value), kind.value, labels));
      if (token || rows.length > MOST_CHARTED) picture.append(h("p", { class: "muted" }, `The chart shows the first ${number(MOST_CHARTED)} rows.`));
    };
    chart.replaceChildren(
      h("h2", {}, "Chart"),
      h("div", { class: "fields" }, field("Horizontal", x), field("Vertical", y), field("Kind", kind), h("div", { class: "field end" }, button("Draw", drawChart))),
      picture,
    );
  }

  async function save() {
    try {
      const { QueryExecution: ended } = await call("athena", "GetQueryExecution", { QueryExecutionId: execution });
      const [bucket, ...key] = ended.ResultConfiguration.OutputLocation.replace("s3://", "").split("/");
      const { Body: text } = await call("s3", "GetObject", { Bucket: bucket, Key: key.join("/") });
      download(`${execution}.csv`, text, "text/csv");
    } catch (problem) {
      toast(problem.message, "bad");
    }
  }

  function showStatus(name, facts) {
    status.replaceChildren(h("span", { class: `badge ${STATUS_TONES[name] ?? "plain"}` }, name), ` ${facts}`);
  }

  // Show an error, and the statement with a mark at the position that the error names.
  function showFailure(message, text) {
    const found = message.match(POSITION);
    const parts = [h("p", { class: "error" }, message)];
    if (found) {
      const [line, column] = [Number(found[1]), Number(found[2])];
      const source = text.split("\n")[line - 1] ?? "";
      const end = Math.max(column, column + (source.slice(column - 1).match(/^[\w"]+/)?.[0].length ?? 1) - 1);
      parts.push(
        h("pre", { class: "position" }, `${line} | `, source.slice(0, column - 1), h("mark", {}, source.slice(column - 1, end) || " "), source.slice(end)),
      );
      const offset = text.split("\n").slice(0, line - 1).reduce((sum, other) => sum + other.length + 1, 0) + column - 1;
      sql.focus();
      sql.setSelectionRange(offset, offset + end - column + 1);
    }
    failure.replaceChildren(...parts);
    failure.hidden = false;
  }

  async function refresh(options) {
    if (options?.isLive) return;
    const { groups } = await command("show_groups", { size: 100 });
    const details = groups.filter((group) => group.stores.includes("OfflineStore")).slice(0, 12);
    const found = await Promise.all(details.map((group) => command("show_group", { group: group.name })));
    const names = found.map((group) => group.offline_store.DataCatalogConfig?.TableName).filter(Boolean);
    tables.replaceChildren(
      ...(names.length
        ? ["Tables: ", ...names.map((name) => button(name, () => insert(name), { class: "button small mono", "aria-label": `Insert the table ${name}` }))]
        : ["No group has an offline store, so there is no table yet."]),
    );
    if (!sql.value && names.length) sql.value = `SELECT * FROM "${names[0]}" LIMIT 100`;
    if (query.get("run")) {
      query.delete("run");
      run();
    }
  }

  function insert(name) {
    sql.setRangeText(`"${name}"`, sql.selectionStart, sql.selectionEnd, "end");
    sql.focus();
    sessionStorage.setItem("sql", sql.value);
  }

  result.append(
    h("div", { class: "toolbar" }, h("h2", {}, "Result"), h("span", { class: "space" }), button("Download CSV", save)),
    table.element,
    pager,
  );
  const element = h(
    "div",
    {},
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, "Query")),
    h(
      "section",
      { class: "card" },
      h("label", { for: sql.id }, "SQL", h("span", { class: "note" }, `Athena, database ${DATABASE}`)),
      sql,
      tables,
      h("div", { class: "actions start" }, runButton, stopButton, h("span", { class: "muted" }, "Ctrl+Enter runs the query"), status),
      failure,
    ),
    result,
    chart,
  );
  return { title: "Query", element, refresh, leave: () => (runNumber += 1) };
}

async function start(text) {
  const bucket = `aws-athena-query-results-${state.account}-${state.region}`;
  const params = {
    QueryString: text,
    QueryExecutionContext: { Database: DATABASE },
    ResultConfiguration: { OutputLocation: `s3://${bucket}/` },
  };
  try {
    return (await call("athena", "StartQueryExecution", params)).QueryExecutionId;
  } catch (problem) {
    if (!problem.message.includes("output bucket")) throw problem;
    const isDefault = state.region === "us-east-1";
    await call("s3", "CreateBucket", { Bucket: bucket, ...(isDefault ? {} : { CreateBucketConfiguration: { LocationConstraint: state.region } }) });
    return (await call("athena", "StartQueryExecution", params)).QueryExecutionId;
  }
}
