// Which tests run where. `core`, `unit`, `planted` and `e2e` need nothing but `npm ci`; `postgres`, `docker`, `openstack`, `lxd` and `libvirt` find their
// server through DATABASE_URL, DOCKER_HOST, SLIPWAY_TEST_OPENSTACK, SLIPWAY_TEST_LXD and SLIPWAY_TEST_LIBVIRT, which scripts/ci/with-postgres.sh and its like set.
// `prometheus` needs scripts/ci/with-prometheus.sh and a PostgreSQL, `helm` scripts/ci/with-go-templates.sh.
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const POSTGRES = "**/*.pg.test.ts";
const DOCKER = "**/*.docker.test.ts";
const OPENSTACK = "**/*.openstack.test.ts";
const LXD = "**/*.lxd.test.ts";
const LIBVIRT = "**/*.libvirt.test.ts";
/** Both of these. */
const ENGINES = "**/*.engines.test.ts";
const PROMETHEUS = "**/*.prometheus.test.ts";
const HELM = "**/*.helm.test.ts";
const E2E = "**/*.e2e.test.ts";
const CRASH = "**/*.crash.test.ts";
/** What takes minutes. */
const LONG = "**/*.long.test.ts";
const PACKED = "**/*.packed.test.ts";
const CORE = "src/core/**/*.test.ts";
/** Change the program under test, so that nothing else may run on what they leave. */
const PLANTED = "sim/planted*.test.ts";
const NEVER = ["**/node_modules/**", "dist/**"];

// Real processes on a shared machine: CI gives a test one more try, and its report names those that needed it.
const retry = process.env["CI"] === undefined ? 0 : 1;

// CI adds up what ran: each vitest process leaves one JSON report in this folder.
const reports = process.env["TEST_REPORTS"];

export default defineConfig({
  test: {
    // Without it PGlite takes three times the memory; it changes nothing but how WebAssembly is compiled.
    execArgv: ["--liftoff-only", "--disable-warning=ExperimentalWarning"],
    passWithNoTests: true,
    // No measure of speed: only what hangs takes so long, on however busy a machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters:
      reports === undefined ? ["default"] : ["default", ["json", { outputFile: join(reports, `${process.pid}.json`) }]],
    coverage: {
      provider: "v8",
      include: ["src/core/**/*.ts"],
      exclude: ["**/*.test.ts", "**/*.testsuite.ts"],
      reporter: [["text", { skipFull: true }]],
      thresholds: { "src/core/**": { 100: true } },
    },
    projects: [
      {
        extends: true,
        test: {
          name: "crash",
          retry,
          include: [CRASH],
          exclude: NEVER,
          // Most of each is waiting: for claims to run out, for disks to be full for a while.
          maxWorkers: 3,
          testTimeout: 240_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          // By itself, since counting what runs costs the simulator, which plays the core all day, half of its time.
          name: "core",
          include: [CORE],
          exclude: NEVER,
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{src,datacentre,sim,test,scripts,bench,web/src}/**/*.test.ts"],
          exclude: [
            ...NEVER,
            POSTGRES,
            DOCKER,
            OPENSTACK,
            LXD,
            LIBVIRT,
            ENGINES,
            PROMETHEUS,
            HELM,
            E2E,
            CRASH,
            PACKED,
            LONG,
            CORE,
            PLANTED,
          ],
          // A fresh process and its own copy of all modules for each file took as long as the tests themselves.
          isolate: false,
          // Left to itself vitest keeps one of two processors free.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "planted", include: [PLANTED], exclude: NEVER, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: "e2e",
          retry,
          include: [`test/${E2E}`],
          exclude: NEVER,
          globalSetup: "test/web/prepare.ts",
          // Each file's servers are processes of their own; a process for the file itself took a second and a half.
          isolate: false,
          // Each has servers of its own and mostly waits for them; more at once would make them wait for each other.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          retry,
          include: [POSTGRES],
          exclude: NEVER,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "docker",
          retry,
          include: [DOCKER],
          exclude: NEVER,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: "openstack",
          retry,
          include: [OPENSTACK],
          exclude: NEVER,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 7 },
        },
      },
      {
        extends: true,
        test: {
          name: "libvirt",
          retry,
          include: [LIBVIRT],
          exclude: NEVER,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 10 },
        },
      },
      {
        extends: true,
        test: {
          name: "lxd",
          retry,
          include: [LXD],
          exclude: NEVER,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 8 },
        },
      },
      {
        extends: true,
        test: {
          name: "engines",
          retry,
          include: [ENGINES],
          exclude: NEVER,
          sequence: { groupOrder: 11 },
        },
      },
      {
        extends: true,
        test: {
          name: "prometheus",
          retry,
          include: [PROMETHEUS],
          exclude: NEVER,
          sequence: { groupOrder: 9 },
        },
      },
      { extends: true, test: { name: "helm", include: [HELM], exclude: NEVER, sequence: { groupOrder: 12 } } },
      {
        extends: true,
        test: {
          name: "packed",
          retry,
          include: [PACKED],
          exclude: NEVER,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        extends: true,
        test: {
          name: "long",
          include: [LONG],
          exclude: NEVER,
          testTimeout: 3_600_000,
          // Each has a database in a thread of its own.
          maxConcurrency: 2,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
});
