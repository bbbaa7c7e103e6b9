import { GetRecordCommand, SageMakerFeatureStoreRuntimeClient } from "@aws-sdk/client-sagemaker-featurestore-runtime";

const store = new SageMakerFeatureStoreRuntimeClient();

/** Return the discount of a customer in percent. It depends on the number of orders. */
export async function discount(customer) {
  const command = new GetRecordCommand({ FeatureGroupName: "customers", RecordIdentifierValueAsString: customer });
  const { Record = [] } = await store.send(command);
  const features = Object.fromEntries(Record.map((feature) => [feature.FeatureName, feature.ValueAsString]));
  return Number(features.orders ?? 0) >= 5 ? 10 : 0;
}
