// Requests to the server: its commands, and AWS operations that it performs with the chosen identity.

const query = new URLSearchParams(location.search);

export const state = {
  account: query.get("account") ?? undefined,
  region: query.get("region") ?? undefined,
  identity: sessionStorage.getItem("identity") || null,
  isEnforced: false,
  identities: [],
  places: [],
  time: Date.now(),
  ahead: 0,
};

export class Problem extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function post(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Problem("Unreachable", "The server does not respond.");
  }
  const text = await response.text();
  let result;
  try {
    result = JSON.parse(text);
  } catch {
    throw new Problem(String(response.status), text || `The server responded with status ${response.status}.`);
  }
  if (!response.ok) throw new Problem(result.error ?? String(response.status), result.message);
  return result;
}

// A command of the handle, such as show_groups.
export function command(name, params = {}) {
  return post(`../${name}`, { account_id: state.account, region_name: state.region, ...params });
}

// An AWS operation. It makes all checks of a call of boto3.
export async function call(service, operation, params) {
  const answer = await post("call", {
    service,
    operation,
    params,
    account_id: state.account,
    region: state.region,
    identity: state.identity,
  });
  if (answer.error) throw new Problem(answer.error.code, answer.error.message);
  return answer.result;
}

export const runtime = (operation, params) => call("sagemaker-featurestore-runtime", operation, params);

export async function changes() {
  const result = await command("changes");
  state.account = result.account_id;
  state.region = result.region;
  state.time = result.time;
  state.ahead = result.ahead;
  return result.version;
}

export async function session() {
  const result = await post("session", { account_id: state.account, region: state.region });
  state.isEnforced = result.is_enforced;
  state.identities = result.identities;
  state.places = result.places;
  state.version = result.version;
  if (state.identity && !result.identities.includes(state.identity)) chooseIdentity(null);
}

export function chooseIdentity(arn) {
  state.identity = arn;
  sessionStorage.setItem("identity", arn ?? "");
}

export function isReadOnly() {
  return state.isEnforced && !state.identity;
}

export async function reset() {
  const response = await fetch("/moto-api/reset", { method: "POST" });
  if (!response.ok) throw new Problem(String(response.status), "The server was not reset.");
}
