// What requests are about: names that exist, so that requests get somewhere, and blueprints. What the stage itself needs is among
// the names that are read and launched in, and never among those that are changed or deleted.

export interface Words {
  readonly deployments: string[];
  readonly machines: string[];
  readonly instances: readonly string[];
  /** Where machines may be. */
  readonly realms: readonly string[];
  readonly sizes: readonly string[];
  readonly accounts: Names;
  readonly pools: Names;
  readonly profiles: Names;
  readonly tokens: Names;
  readonly blueprints: readonly string[];
  readonly sources: readonly string[];
  /** Parameters of these blueprints, right and wrong. */
  readonly parameters: readonly object[];
  /** `next` of lists. */
  readonly cursors: string[];
  /** Settings and credentials of accounts, as they go together. */
  readonly settings: readonly object[];
  readonly credentials: readonly object[];
}

interface Names {
  /** Never changed by a request of the fuzz. */
  readonly kept: readonly string[];
  /** Made, changed and deleted over and over. */
  readonly free: readonly string[];
}

/** So many of the newest are asked about. */
const REMEMBERED = 40;

export function remember(list: string[], ...names: readonly string[]): void {
  for (const name of names) if (!list.includes(name)) list.push(name);
  list.splice(0, Math.max(0, list.length - REMEMBERED));
}

const instance = (name: string, more = ""): string => `  ${name}: { image: debian-12, profile: small${more} }\n`;

/** The cloud refuses to make an instance of this name. */
export const REFUSED = "sheep-2";
/** The cloud does not remove an instance of this name. */
export const LINGERING = "stone";

const SOURCES = [
  `slipway: 1\nname: hello\ninstances:\n${instance("web")}`,
  `slipway: 1\nname: pair\ninstances:\n${instance("db")}${instance("web", ", dependsOn: [db]")}`,
  `slipway: 1\nname: herd\nparameters:\n  n: { type: integer, default: 2, min: 1, max: 9 }\n  ratio: { type: number, default: 1.10 }\n  motd: { type: string, required: false }\n  on: { type: boolean, default: true }\n  secret: { type: string, secret: true, default: hidden-text }\ninstances:\n  sheep:\n    count: \${{ params.n }}\n    image: debian-12\n    profile: { cpu: 1, memory: 1GiB }\n    userData: "\${{ params.motd }} \${{ params.secret }} \${{ params.ratio }} \${{ self.name }}"\n`,
  `slipway: 1\nname: caller\ninstances:\n  web: { image: debian-12, profile: small, ready: callback, userData: "curl \${{ self.callbackUrl }}" }\n`,
  // Too little time for anything: it is rolled back, and what does not go becomes debt.
  `slipway: 1\nname: hasty\ninstances:\n${instance("web")}${instance(LINGERING)}launch: { deadlines: { boot: 100ms, undo: 100ms } }\n`,
  `slipway: 1\nname: nowhere\ninstances:\n  web: { image: debain-12, profile: small }\nlaunch: { maxAttempts: 1 }\n`,
  `slipway: 1\nname: hello\ninstances:\n  web: { image: debian-12, profile: enormous }\n`,
  "slipway: 1\nname: hello\n",
  "a: [1, 2",
  "",
] as const;

const PARAMETERS = [
  {},
  { n: 3 },
  { n: "2", ratio: "12345678901234567890", on: "false", motd: "hi", secret: "another-secret" },
  { ratio: 1e-7, motd: "" },
  { n: 0 },
  { n: "1e3", ratio: "much", on: 1 },
  { secret: "short" },
];

export function firstWords(datacentre: string): Words {
  const sim = (tenant: string) => ({ url: datacentre, tenant });
  return {
    deployments: [],
    machines: [],
    instances: ["web", "db", "sheep-1", REFUSED, LINGERING],
    realms: ["north-a", "south-a"],
    sizes: ["small", "*"],
    accounts: { kept: ["north", "south"], free: ["spare", "other"] },
    pools: { kept: ["default"], free: ["extra", "more"] },
    profiles: { kept: ["small", "medium"], free: ["odd", "tiny"] },
    tokens: { kept: ["keeper"], free: ["guest", "robot"] },
    blueprints: ["hello", "pair", "herd", "caller"],
    sources: SOURCES,
    parameters: PARAMETERS,
    cursors: [],
    settings: [sim("north"), sim("south"), sim("nobody"), { endpoint: "unix:///nowhere/docker.sock" }, {}],
    credentials: [{ key: "north-key" }, { key: "south-key" }, {}],
  };
}
