import assert from "node:assert/strict";
import { test } from "node:test";

import { discount } from "./discount.js";

/** Call the test tools of the server, such as "arm" and "lift". */
async function tool(name, body) {
  const url = `${process.env.AWS_ENDPOINT_URL}/moto-api/featurestore/${name}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  assert.equal(response.status, 200);
  return response.json();
}

test("the discount depends on the number of orders", async () => {
  assert.equal(await discount("c-1"), 10);
  assert.equal(await discount("c-2"), 0);
  assert.equal(await discount("c-9"), 0);
});

test("a short outage is retried", async () => {
  const fault = await tool("arm", { kind: "fail", operation: "GetRecord", error: "ServiceUnavailable", times: 1 });
  assert.equal(await discount("c-1"), 10);
  assert.equal(await tool("hits", { fault }), 1);
});
