export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

/** What the environment says of traces; where they go the library reads from there itself. */
export interface TracesConfig {
  readonly sampler: (typeof SAMPLERS)[number];
  /** From 0 to 1: of traces that begin here, the share that is told. */
  readonly ratio: number;
}
