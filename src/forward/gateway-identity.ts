/** What the gateway tells of itself to an intake. */
export interface GatewayIdentity {
  readonly hostname: string;
  /** Host tags. */
  readonly tags: readonly string[];
  readonly version: string;
}
