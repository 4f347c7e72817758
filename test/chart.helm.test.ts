// deploy/helm/slipway: its templates are rendered by what helm is made of, and every object is compared with the schema that Kubernetes has for its kind.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { Service } from "kubernetes-models/v1/Service";
import { expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "./stage/child.ts";
import { renderChart } from "./stage/chart.ts";

/** Each knows its own by `kind` and `apiVersion`. */
const MODELS = [
  (object: unknown) => Deployment.is(object) && new Deployment(object),
  (object: unknown) => NetworkPolicy.is(object) && new NetworkPolicy(object),
  (object: unknown) => PodDisruptionBudget.is(object) && new PodDisruptionBudget(object),
  (object: unknown) => Service.is(object) && new Service(object),
];

const PACKAGES = join(ROOT, "node_modules");
const TYPES =
  "{kubernetes-models/{v1,apps/v1,policy/v1,networking.k8s.io/v1},@kubernetes-models/apimachinery/**}/*.d.ts";

/** Every name that a field has in the types of Kubernetes: the models let pass what they do not know, such as a field that is misspelt. */
const FIELDS = new Set(
  globSync(TYPES, { cwd: PACKAGES }).flatMap((path) =>
    [...readFileSync(join(PACKAGES, path), "utf8").matchAll(/^\s*"?(\w+)"?\??:/gm)].map(([, name = ""]) => name),
  ),
);
/** Below these names are people's own. */
const OWN = new Set(["labels", "matchLabels", "limits", "requests"]);

function misspelt(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(misspelt);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (OWN.has(name) || name.startsWith("app.kubernetes.io/")) return [];
    return FIELDS.has(name) ? misspelt(inner) : [name];
  });
}

const Labels = z.record(z.string(), z.string());
const Rendered = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: Labels }),
  spec: z.looseObject({}),
});

/** All objects; each is one that Kubernetes would take. */
function objects(changes: Readonly<Record<string, unknown>> = {}): readonly z.output<typeof Rendered>[] {
  return renderChart(changes).map((object) => {
    const known = MODELS.flatMap((model) => model(object) || []);
    expect(known).toHaveLength(1);
    for (const model of known) model.validate();
    expect(misspelt(object)).toEqual([]);
    return Rendered.parse(object);
  });
}

const Probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const Pods = z.looseObject({
  replicas: z.number(),
  selector: z.object({ matchLabels: Labels }),
  template: z.looseObject({
    metadata: z.object({ labels: Labels }),
    spec: z.looseObject({
      enableServiceLinks: z.literal(false),
      terminationGracePeriodSeconds: z.number().min(25),
      securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.literal(1000) }),
      containers: z.tuple([
        z.looseObject({
          args: z.array(z.string()),
          image: z.string(),
          securityContext: z.looseObject({ readOnlyRootFilesystem: z.literal(true) }),
          ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
          livenessProbe: Probe,
          startupProbe: Probe,
        }),
      ]),
    }),
  }),
});

test("a server and workers come of it, each with budgets and probes on ports that they have", () => {
  const all = objects();
  expect(all.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
    "Deployment prod",
    "Deployment prod-workers",
    "PodDisruptionBudget prod-server",
    "PodDisruptionBudget prod-worker",
    "Service prod",
  ]);
  const pods = all.filter(({ kind }) => kind === "Deployment").map(({ spec }) => Pods.parse(spec));
  expect(pods.map(({ replicas, template }) => [template.spec.containers[0].args, replicas])).toEqual(
    expect.arrayContaining([
      [["serve"], 1],
      [["work"], 2],
    ]),
  );
  for (const { selector, template } of pods) {
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    const [container] = template.spec.containers;
    expect(container.image).toBe("slipway:0.0.0");
    const ports = container.ports.map(({ name }) => name);
    for (const probe of [container.livenessProbe, container.startupProbe]) expect(ports).toContain(probe.httpGet.port);
  }
  // Who is selected there is one of the pods.
  const chosen = [
    ...all.flatMap(({ kind, spec }) => (kind === "Service" ? [Labels.parse(spec["selector"])] : [])),
    ...all.flatMap(({ kind, spec }) =>
      kind === "PodDisruptionBudget" ? [z.object({ matchLabels: Labels }).parse(spec["selector"]).matchLabels] : [],
    ),
  ];
  expect(chosen).toHaveLength(3);
  for (const labels of chosen) {
    const found = pods.filter(({ template }) =>
      Object.entries(labels).every(([name, value]) => template.metadata.labels[name] === value),
    );
    expect(found).toHaveLength(1);
  }
});

test.each([
  ["nobody", {}, 0],
  ["some to the server", { serverFrom: [{ podSelector: {} }] }, 1],
  ["some to both", { serverFrom: [{ podSelector: {} }], metricsFrom: [{ namespaceSelector: {} }] }, 2],
])("a network policy lets in %s", (_, from, rules) => {
  const networkPolicy = { enabled: true, serverFrom: [], metricsFrom: [], ...from };
  const [policy] = objects({ networkPolicy }).filter(({ kind }) => kind === "NetworkPolicy");
  expect(policy?.spec["ingress"]).toHaveLength(rules);
});

test("server and workers have further variables that are given, also from a secret", () => {
  const env = [
    { name: "OTEL_TRACES_SAMPLER", value: "always_off" },
    { name: "OTEL_EXPORTER_OTLP_HEADERS", valueFrom: { secretKeyRef: { name: "collector", key: "headers" } } },
  ];
  const pods = objects({ env }).filter(({ kind }) => kind === "Deployment");
  expect(pods).toHaveLength(2);
  for (const { spec } of pods) {
    const [container] = Pods.parse(spec).template.spec.containers;
    expect(container["env"]).toEqual(expect.arrayContaining(env));
  }
});

test("what Kubernetes does not know is noticed", () => {
  expect(() => objects({ service: { type: "ClusterIP", port: "many" } })).toThrow(/port/);
  expect(() => objects({ networkPolicy: { enabled: true, serverFrom: "all", metricsFrom: [] } })).toThrow(/from/);
});
