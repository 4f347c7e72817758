// One blueprint or launch for each kind of mistake that a person makes, and what must be said about it.

export interface MistakeCase {
  readonly what: string;
  readonly source: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly pointer: string;
  readonly line: number;
  readonly column: number;
  /** What the sentence says. */
  readonly says: RegExp;
  /** A plan does without: it tells of it beside the rest. */
  readonly isSparedByPlan?: true;
}

const INSTANCE = "{ image: debian-12, profile: small }";

function blueprint(...lines: readonly string[]): string {
  return ["slipway: 1", "name: wrong", ...lines, ""].join("\n");
}

const WITH_PARAMETER = blueprint("parameters:", "  domain: { type: string }", "instances:", `  web: ${INSTANCE}`);

const none = {};

export const MISTAKES: readonly MistakeCase[] = [
  {
    what: "an unknown key",
    source: blueprint("instances:", "  web: { imgae: debian-12, image: debian-12, profile: small }"),
    parameters: none,
    pointer: "/instances/web/imgae",
    line: 4,
    column: 10,
    says: /instances\.web\.imgae .*did you mean "image"/,
  },
  {
    what: "a reference to an instance that is missing",
    source: blueprint(
      "instances:",
      "  web:",
      "    image: debian-12",
      "    profile: small",
      "    userData: DB=${{ db.privateAddress }}",
    ),
    parameters: none,
    pointer: "/instances/web/userData",
    line: 7,
    column: 18,
    says: /the instance "db", which the blueprint does not have/,
  },
  {
    what: "a dependency that is missing",
    source: blueprint("instances:", "  web: { image: debian-12, profile: small, dependsOn: [db] }"),
    parameters: none,
    pointer: "/instances/web/dependsOn/0",
    line: 4,
    column: 56,
    says: /the instance "db", which the blueprint does not have/,
  },
  {
    what: "a cycle, with its path",
    source: blueprint(
      "instances:",
      "  web: { image: debian-12, profile: small, dependsOn: [app] }",
      "  app: { image: debian-12, profile: small, dependsOn: [db] }",
      "  db: { image: debian-12, profile: small, dependsOn: [web] }",
    ),
    parameters: none,
    pointer: "/instances/db/dependsOn/0",
    line: 6,
    column: 55,
    says: /web → app → db → web/,
  },
  {
    what: "a duplicate name",
    source: blueprint("instances:", `  web: ${INSTANCE}`, `  web: ${INSTANCE}`),
    parameters: none,
    pointer: "/instances/web",
    line: 5,
    column: 3,
    says: /second time, first on line 4/,
  },
  {
    what: "a bad quantity",
    source: blueprint("instances:", "  web: { image: debian-12, profile: { cpu: 1, memory: 4GB } }"),
    parameters: none,
    pointer: "/instances/web/profile/memory",
    line: 4,
    column: 55,
    says: /with its unit, such as .* not "4GB"/,
  },
  {
    what: "a missing parameter",
    source: WITH_PARAMETER,
    parameters: none,
    pointer: "/parameters/domain",
    line: 4,
    column: 3,
    says: /domain has no value/,
    isSparedByPlan: true,
  },
  {
    what: "an unknown parameter",
    source: WITH_PARAMETER,
    parameters: { domain: "example.org", domian: "example.org" },
    pointer: "/parameters/domian",
    line: 3,
    column: 1,
    says: /domian is no parameter.*domain/,
  },
  {
    what: "a blank parameter",
    source: WITH_PARAMETER,
    parameters: { domain: "  " },
    pointer: "/parameters/domain",
    line: 4,
    column: 3,
    says: /is empty/,
    isSparedByPlan: true,
  },
  {
    what: "a count above the limit",
    source: blueprint("instances:", "  web: { image: debian-12, profile: small, count: 51 }"),
    parameters: none,
    pointer: "/instances/web/count",
    line: 4,
    column: 51,
    says: /1 to 50, not 51/,
  },
  {
    what: "more machines than a deployment may have",
    source: blueprint(
      "instances:",
      ..."abcde".split("").map((name) => `  ${name}: { image: debian-12, profile: small, count: 50 }`),
    ),
    parameters: none,
    pointer: "/instances",
    line: 8,
    column: 3,
    says: /250 machines.*200/,
  },
  {
    what: "text that is no YAML",
    source: blueprint("instances:", "\tweb: {}"),
    parameters: none,
    pointer: "",
    line: 4,
    column: 1,
    says: /tab/i,
  },
];
