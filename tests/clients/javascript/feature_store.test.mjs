// The AWS SDK for JavaScript, version 3, unmodified: a feature group's whole life, against a server.
//
//     moto-featurestore serve --port 5000
//     export AWS_ENDPOINT_URL=http://127.0.0.1:5000 AWS_REGION=us-east-1
//     export AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing
//     npm install && npm test
//
// The environment says where AWS is; nothing here does. What is expected is evidenced where the conformance cases expect
// it: tests/conformance, in the file of the operation.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
  CreateFeatureGroupCommand,
  DeleteFeatureGroupCommand,
  DescribeFeatureGroupCommand,
  ListFeatureGroupsCommand,
  ResourceInUse,
  ResourceNotFound as GroupNotFound,
  SageMakerClient,
  SageMakerServiceException,
  UpdateFeatureGroupCommand,
} from "@aws-sdk/client-sagemaker";
import {
  BatchGetRecordCommand,
  BatchWriteRecordCommand,
  ConflictException,
  DeleteRecordCommand,
  GetRecordCommand,
  ListRecordsCommand,
  PutRecordCommand,
  ResourceNotFound as RecordNotFound,
  SageMakerFeatureStoreRuntimeClient,
  UpdateRecordCommand,
  ValidationError,
} from "@aws-sdk/client-sagemaker-featurestore-runtime";

const sagemaker = new SageMakerClient();
const featurestore = new SageMakerFeatureStoreRuntimeClient();

const FeatureGroupName = "customers";
const group = {
  RecordIdentifierFeatureName: "id",
  EventTimeFeatureName: "time",
  FeatureDefinitions: [
    { FeatureName: "id", FeatureType: "String" },
    { FeatureName: "time", FeatureType: "String" },
    { FeatureName: "city", FeatureType: "String" },
  ],
  OnlineStoreConfig: { EnableOnlineStore: true, StorageType: "Standard_V2" },
};

const features = (values) =>
  Object.entries(values).map(([FeatureName, ValueAsString]) => ({ FeatureName, ValueAsString }));
const customer = (id, city, time = "2026-01-01T00:00:00Z") => features({ id, time, city });

/** A record as an object; undefined, where there is none. */
async function read(id) {
  const { Record } = await featurestore.send(
    new GetRecordCommand({ FeatureGroupName, RecordIdentifierValueAsString: id }),
  );
  return Record && Object.fromEntries(Record.map(({ FeatureName, ValueAsString }) => [FeatureName, ValueAsString]));
}

/** That a call is refused: with an error of a class, by this name, status and message. */
async function isRefused(call, kind, name, status, message) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof kind, `${error}`);
    assert.equal(error.name, name);
    assert.equal(error.$metadata.httpStatusCode, status);
    assert.equal(error.message, message);
    return true;
  });
}

before(async () => {
  const { FeatureGroupArn } = await sagemaker.send(new CreateFeatureGroupCommand({ FeatureGroupName, ...group }));
  assert.equal(FeatureGroupArn, "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers");
  for (let look = 0; look < 20; look++) {
    const { FeatureGroupStatus } = await sagemaker.send(new DescribeFeatureGroupCommand({ FeatureGroupName }));
    if (FeatureGroupStatus === "Created") return;
  }
  assert.fail("The group is not Created.");
});

after(async () => {
  await sagemaker.send(new DeleteFeatureGroupCommand({ FeatureGroupName }));
  await isRefused(
    sagemaker.send(new DescribeFeatureGroupCommand({ FeatureGroupName })),
    GroupNotFound,
    "ResourceNotFound",
    400,
    "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [customers].",
  );
});

test("a group is described and listed", async () => {
  const described = await sagemaker.send(new DescribeFeatureGroupCommand({ FeatureGroupName }));
  assert.deepEqual(described.FeatureDefinitions, group.FeatureDefinitions);
  assert.ok(described.CreationTime instanceof Date);
  const { FeatureGroupSummaries } = await sagemaker.send(new ListFeatureGroupsCommand({ NameContains: "custom" }));
  assert.deepEqual(FeatureGroupSummaries.map((summary) => summary.FeatureGroupName), [FeatureGroupName]);
});

test("a name that is not allowed is refused", async () => {
  await isRefused(
    sagemaker.send(new CreateFeatureGroupCommand({ FeatureGroupName: "my_group!", ...group })),
    SageMakerServiceException, // AWS models no class for it
    "ValidationException",
    400,
    "1 validation error detected: Value 'my_group!' at 'featureGroupName' failed to satisfy constraint: " +
      "Member must satisfy regular expression pattern: [a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}",
  );
});

test("a name that is taken is refused", async () => {
  await isRefused(
    sagemaker.send(new CreateFeatureGroupCommand({ FeatureGroupName, ...group })),
    ResourceInUse,
    "ResourceInUse",
    400,
    "Resource Already Exists: FeatureGroup with name customers already exists. Choose a different name.",
  );
});

test("a record is put and read", async () => {
  await featurestore.send(new PutRecordCommand({ FeatureGroupName, Record: customer("put", "Zürich") }));
  assert.deepEqual(await read("put"), { id: "put", time: "2026-01-01T00:00:00Z", city: "Zürich" });
  assert.equal(await read("nobody"), undefined);
});

test("target stores that are unknown, or not enabled, are refused", async () => {
  const put = (TargetStores) =>
    featurestore.send(new PutRecordCommand({ FeatureGroupName, Record: customer("target", "Bern"), TargetStores }));
  await isRefused(
    put(["NearlineStore"]),
    ValidationError,
    "ValidationError",
    400,
    "1 validation error detected: Value '[NearlineStore]' at 'targetStores' failed to satisfy constraint: " +
      "Member must satisfy constraint: [Member must satisfy enum value set: [OnlineStore, OfflineStore]]",
  );
  await isRefused(
    put(["OfflineStore"]),
    ValidationError,
    "ValidationError",
    400,
    "Validation Error: The target store [OfflineStore] is not enabled for the FeatureGroup named [customers].",
  );
  assert.equal(await read("target"), undefined);
});

test("a group that is not there is refused", async () => {
  await isRefused(
    featurestore.send(new PutRecordCommand({ FeatureGroupName: "nobody", Record: customer("1", "Bern") })),
    ValidationError,
    "ValidationError",
    400,
    "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [nobody].",
  );
});

test("batches are written and read, and the records listed", async () => {
  const entry = (Record) => ({ FeatureGroupName, Record });
  const unknown = entry([...customer("batch-3", "Bern"), ...features({ age: "7" })]);
  const written = await featurestore.send(
    new BatchWriteRecordCommand({
      Entries: [entry(customer("batch-1", "Bern")), entry(customer("batch-2", "東京")), unknown],
    }),
  );
  assert.deepEqual(written.UnprocessedEntries, []);
  assert.deepEqual(written.Errors.map((error) => [error.Entry, error.ErrorCode]), [[unknown, "ValidationError"]]);

  const { Records, Errors } = await featurestore.send(
    new BatchGetRecordCommand({
      Identifiers: [
        { FeatureGroupName, RecordIdentifiersValueAsString: ["batch-1", "batch-2", "batch-3"], FeatureNames: ["city"] },
        { FeatureGroupName: "nobody", RecordIdentifiersValueAsString: ["batch-1"] },
      ],
    }),
  );
  const found = Records.map(({ RecordIdentifierValueAsString: id, Record }) => [id, Record[0].ValueAsString]);
  assert.deepEqual(found.sort(), [["batch-1", "Bern"], ["batch-2", "東京"]]);
  assert.deepEqual(Errors.map((error) => [error.FeatureGroupName, error.ErrorCode]), [["nobody", "ValidationError"]]);

  const { RecordIdentifiers } = await featurestore.send(new ListRecordsCommand({ FeatureGroupName }));
  assert.deepEqual(RecordIdentifiers.filter((id) => id.startsWith("batch")).sort(), ["batch-1", "batch-2"]);
});

test("a record is updated", async () => {
  await featurestore.send(new PutRecordCommand({ FeatureGroupName, Record: customer("update", "Bern") }));
  const update = (RecordIdentifierValueAsString, values) =>
    featurestore.send(
      new UpdateRecordCommand({ FeatureGroupName, RecordIdentifierValueAsString, Features: features(values) }),
    );
  await update("update", { city: "Oslo" });
  assert.equal((await read("update")).city, "Oslo");
  await isRefused(
    update("update", { city: "Rom", time: "2025-12-31T00:00:00Z" }),
    ConflictException,
    "ConflictException",
    409,
    "The service rejected the update because the provided `EventTime` is older than the record's current `EventTime`. " +
      "To persist the update, retrieve the record's latest `EventTime` and resubmit the request with an `EventTime` " +
      "that is equal to or newer than the current value.",
  );
  await assert.rejects(update("nobody", { city: "Rom" }), RecordNotFound);
});

test("a record is deleted", async () => {
  await featurestore.send(new PutRecordCommand({ FeatureGroupName, Record: customer("delete", "Bern") }));
  await featurestore.send(
    new DeleteRecordCommand({
      FeatureGroupName,
      RecordIdentifierValueAsString: "delete",
      EventTime: "2026-01-02T00:00:00Z",
      TargetStores: ["OnlineStore"],
      DeletionMode: "HardDelete",
    }),
  );
  assert.equal(await read("delete"), undefined);
});

test("a group is given another feature", async () => {
  const addition = { FeatureName: "orders", FeatureType: "Integral" };
  await sagemaker.send(new UpdateFeatureGroupCommand({ FeatureGroupName, FeatureAdditions: [addition] }));
  const { FeatureDefinitions } = await sagemaker.send(new DescribeFeatureGroupCommand({ FeatureGroupName }));
  assert.deepEqual(FeatureDefinitions.at(-1), addition);
});
