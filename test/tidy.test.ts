// docs/style.md as a test: which folder may import which, how long a file may get, what may not be in a name, and
// what may not be in any file of the repository. Expects formatted code, one import per statement.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const LINES_MAX = 400;

/**
 * Folder -> what it may import besides itself. Rows are folders and files of src; `datacentre` and `web` are workspaces
 * beside it. `npm:x` is a package, `npm:*` any package, `node:` any built-in, `*` anything. A new cloud adds its row.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ["core"],
  contract: ["core", "npm:zod"],
  "cloud-http": ["core", "ports", "node:", "npm:ws"],
  "providers/sim": ["core", "ports", "cloud-http", "log.ts", "datacentre"],
  "providers/deltacloud": ["core", "ports", "cloud-http", "node:", "npm:zod", "npm:fast-xml-parser"],
  "providers/docker": ["core", "ports", "cloud-http", "log.ts", "node:", "npm:zod"],
  "providers/libvirt": ["core", "ports", "cloud-http", "node:", "npm:fast-xml-parser"],
  "providers/lxd": ["core", "ports", "cloud-http", "node:", "npm:zod"],
  "providers/openstack": ["core", "ports", "cloud-http", "node:", "npm:zod", "npm:yaml"],
  "providers/ovirt": ["core", "ports", "cloud-http", "node:", "npm:zod"],
  "providers/ec2": [
    "core",
    "ports",
    "cloud-http",
    "node:",
    "npm:@aws-sdk/client-ec2",
    "npm:@aws-sdk/client-service-quotas",
    "npm:@aws-sdk/client-ssm",
  ],
  "providers/registry.ts": ["*"],
  store: ["core", "ports", "log.ts", "node:", "npm:kysely", "npm:pg", "npm:@electric-sql/pglite"],
  engine: ["core", "ports", "log.ts"],
  http: [
    "core",
    "ports",
    "contract",
    "log.ts",
    "node:",
    "npm:hono",
    "npm:@hono/zod-openapi",
    "npm:@hono/node-server",
    "npm:csv-stringify",
    "npm:yaml",
    "mcp",
    "npm:@modelcontextprotocol/sdk",
  ],
  mcp: ["contract", "node:", "npm:@modelcontextprotocol/sdk", "npm:zod"],
  cli: ["contract", "mcp", "node:", "npm:commander", "npm:fast-xml-parser", "npm:yaml"],
  webhooks: ["core", "ports", "http", "cloud-http", "node:", "npm:standardwebhooks", "npm:ipaddr.js"],
  oidc: ["ports", "npm:openid-client"],
  metrics: ["core", "ports", "log.ts", "npm:hono", "npm:prom-client"],
  "config.ts": ["node:", "npm:zod", "ports"],
  tracing: [
    "core",
    "ports",
    "cloud-http",
    "node:",
    "npm:@opentelemetry/api",
    "npm:@opentelemetry/core",
    "npm:@opentelemetry/exporter-trace-otlp-proto",
    "npm:@opentelemetry/resources",
    "npm:@opentelemetry/sdk-trace",
  ],
  "listening.ts": ["config.ts"],
  "certificate.ts": ["node:", "config.ts", "http"],
  "secrets.ts": ["node:", "ports"],
  "log.ts": ["core", "ports", "npm:pino"],
  "clock.ts": ["ports"],
  "reach.ts": ["ports", "node:"],
  "readable-log.ts": ["cli"],
  "printing.ts": ["cli", "ports", "config.ts", "log.ts", "readable-log.ts", "sink.ts"],
  "signals.ts": [],
  "sink.ts": ["node:"],
  "serve.ts": ["certificate.ts", "config.ts", "ground.ts", "http", "listening.ts", "printing.ts", "serving.ts"],
  "serving.ts": ["*"],
  "first-token.ts": ["cli", "core", "ground.ts", "http", "log.ts", "ports", "printing.ts"],
  "ground.ts": ["*"],
  "back-up.ts": ["*"],
  upkeep: ["*"],
  "main.ts": ["cli", "serve.ts", "upkeep"],
  datacentre: ["node:", "npm:*"],
  web: ["contract", "npm:*"],
};

const BANNED_WORDS = /^(?:manager|service|helper|util|handler|base|impl|factory|common)s?$/;
const PROVIDER_INDEX = /^src\/providers\/[^/]+\/index\.ts$/;

const IMPORT =
  /^\s*(?:import|export)\b[^;"']*?from\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

// A path or a host which is true on one machine only. Relative paths and routes may well contain such a word.
const MACHINE_PATH = /(?<![\w.\-})\]])\/(?:work|root|home)\//;
const REGISTRY = /registry\.(?:npmjs|yarnpkg|npmmirror)|"resolved": "https?:|^registry\s*=/m;

type Source = { readonly path: string; readonly text: string };

/** The row of MAY_IMPORT that a path belongs to: in src its first folder, below src/providers the second; else the top folder. */
function place(path: string): string {
  const [top = "", ...rest] = path.split(sep);
  if (top !== "src") return top;
  return rest[0] === "providers" ? rest.slice(0, 2).join("/") : (rest[0] ?? "");
}

function target(path: string, spec: string): string {
  if (spec.startsWith("node:")) return "node:";
  if (spec.startsWith(".")) return place(join(dirname(path), spec));
  return `npm:${spec
    .split("/")
    .slice(0, spec.startsWith("@") ? 2 : 1)
    .join("/")}`;
}

function isAllowed(from: string, to: string): boolean {
  const allowed = MAY_IMPORT[from] ?? [];
  return (
    to === from || allowed.includes(to) || allowed.includes("*") || (to.startsWith("npm:") && allowed.includes("npm:*"))
  );
}

/** Tests and suites of src may import whatever they try out. */
function isLayered(path: string): boolean {
  return !path.startsWith(`src${sep}`) || !/\.(test|testsuite)\.ts$/.test(path);
}

function read(path: string): Source {
  return { path, text: readFileSync(join(ROOT, path), "utf8") };
}

const code = globSync("{src,datacentre,sim,test,scripts,bench,web/src}/**/*.{ts,tsx}", {
  cwd: ROOT,
  exclude: (path) => path.includes("node_modules"),
}).map(read);

const layered = code.filter(({ path }) => /^(src|datacentre|web)\b/.test(path) && isLayered(path));

test("every folder has a row", () => {
  const rows = new Set(layered.map(({ path }) => place(path)));
  expect([...rows].filter((row) => MAY_IMPORT[row] === undefined)).toEqual([]);
});

test("imports follow the table", () => {
  const wrong = layered.flatMap(({ path, text }) =>
    [...text.matchAll(IMPORT)]
      .map((match) => target(path, match[1] ?? match[2] ?? match[3] ?? ""))
      .filter((to) => !isAllowed(place(path), to))
      .map((to) => `${path} imports ${to}`),
  );
  expect(wrong).toEqual([]);
});

test("migrations are numbered one after the other", () => {
  const numbers = globSync("src/store/migrations/*.sql", { cwd: ROOT })
    .map((path) => Number(basename(path).slice(0, 4)))
    .toSorted((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_, place) => place + 1));
});

test("no file outgrows a reader", () => {
  const long = code.filter(({ text }) => text.trimEnd().split("\n").length > LINES_MAX).map(({ path }) => path);
  expect(long).toEqual([]);
});

test("file names are nouns of the domain", () => {
  const named = code.map(({ path }) => path);
  const empty = named.filter((path) => path.split(/[/.-]/).some((word) => BANNED_WORDS.test(word)));
  const barrels = named.filter((path) => /\/index\.tsx?$/.test(path) && !PROVIDER_INDEX.test(path));
  expect([...empty, ...barrels]).toEqual([]);
});

test("a rule of lint is switched off with a reason, on the same line", () => {
  const bare = code.flatMap(({ path, text }) =>
    text
      .split("\n")
      .filter((line) => /\/[/*] ?oxlint-disable/.test(line) && !/ -- \w/.test(line.replaceAll("`", "")))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(bare).toEqual([]);
});

test("no tracked file names a machine or a package registry", () => {
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" }).split("\0");
  const wrong = tracked
    .filter((path) => path !== "" && existsSync(join(ROOT, path)))
    .map(read)
    .filter(({ text }) => !text.includes("\0"))
    .flatMap(({ path, text }) =>
      [MACHINE_PATH.exec(text)?.[0], REGISTRY.exec(text)?.[0]]
        .filter((found) => found !== undefined)
        .map((found) => `${relative(".", path)}: ${found.trim()}`),
    );
  expect(wrong).toEqual([]);
});
