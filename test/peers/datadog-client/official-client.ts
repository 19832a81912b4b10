import { createRequire } from "node:module";

/** The part of `@datadog/datadog-api-client` that the tests use; the package has its own installation. */
interface OfficialPackage {
  readonly client: {
    readonly BaseServerConfiguration: new (url: string, variables: object) => object;
    createConfiguration(options: object): object;
  };
  readonly v1: {
    readonly AuthenticationApi: new (configuration: object) => { validate(): Promise<object> };
    readonly EventsApi: new (configuration: object) => { createEvent(request: object): Promise<object> };
    readonly MetricsApi: new (configuration: object) => { submitMetrics(request: object): Promise<object> };
    readonly ServiceChecksApi: new (configuration: object) => { submitServiceCheck(request: object): Promise<object> };
  };
  readonly v2: {
    readonly MetricsApi: new (configuration: object) => { submitMetrics(request: object): Promise<object> };
  };
}

/** Datadog's own client, talking to an intake on this machine. */
export interface OfficialClient {
  readonly authentication: InstanceType<OfficialPackage["v1"]["AuthenticationApi"]>;
  readonly events: InstanceType<OfficialPackage["v1"]["EventsApi"]>;
  readonly metricsV1: InstanceType<OfficialPackage["v1"]["MetricsApi"]>;
  readonly metricsV2: InstanceType<OfficialPackage["v2"]["MetricsApi"]>;
  readonly serviceChecks: InstanceType<OfficialPackage["v1"]["ServiceChecksApi"]>;
}

/** Makes a client that sends everything to `url`. */
export function createOfficialClient(url: string, apiKey: string): OfficialClient {
  const { client, v1, v2 }: OfficialPackage = createRequire(import.meta.url)("@datadog/datadog-api-client");
  const configuration = client.createConfiguration({
    authMethods: { apiKeyAuth: apiKey },
    baseServer: new client.BaseServerConfiguration(url, {}),
  });
  return {
    authentication: new v1.AuthenticationApi(configuration),
    events: new v1.EventsApi(configuration),
    metricsV1: new v1.MetricsApi(configuration),
    metricsV2: new v2.MetricsApi(configuration),
    serviceChecks: new v1.ServiceChecksApi(configuration),
  };
}
