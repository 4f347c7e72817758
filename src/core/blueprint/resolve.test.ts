import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SMALL, PROFILES, resolved, ok, told, head, web } from "./resolve.testsuite.ts";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { DEFAULT_POLICY, DEFAULT_REPAIR, DEFAULT_UPDATE } from "./model.ts";
import { unknownProfiles } from "./resolve.ts";

const example = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../examples", `${name}.yaml`), "utf8");

describe("the examples", () => {
  test("hello: one machine, all else by default", () => {
    expect(ok(example("hello"))).toEqual({
      ok: {
        name: "hello",
        parameters: {},
        instances: [
          {
            name: "web",
            group: "web",
            index: 1,
            images: ["debian-12"],
            profiles: [SMALL],
            spot: null,
            where: {},
            dependsOn: [],
            userData: [],
            userDataBytesLeast: 0,
            ready: { kind: "provider" },
            live: null,
            repair: DEFAULT_REPAIR,
            update: DEFAULT_UPDATE,
            protect: false,
          },
        ],
        outputs: [],
        policy: DEFAULT_POLICY,
      },
      secrets: {},
    });
  });

  test("shop: the order of the layers, each bound to the one below", () => {
    const { ok: blueprint, secrets } = ok(example("shop"));
    expect(secrets).toEqual({ dbPassword: "change-me" });
    expect(blueprint.parameters).toEqual({ dbPassword: null, appCount: 2 });
    expect(blueprint.instances.map(({ name, dependsOn }) => [name, ...dependsOn].join(" "))).toEqual([
      "db",
      "app-1 db",
      "app-2 db",
      "web-1 app-1 app-2",
      "web-2 app-1 app-2",
    ]);
    expect(
      blueprint.instances.map(({ images, profiles }) => `${images.join()} ${profiles.map(({ name }) => name).join()}`),
    ).toEqual(["postgres-16 medium", "debian-12 small", "debian-12 small", "nginx-1 small", "nginx-1 small"]);
    expect(blueprint.policy).toEqual({
      ...DEFAULT_POLICY,
      maxAttempts: 5,
      deadlines: { ...DEFAULT_POLICY.deadlines, bootMs: 300_000, readyMs: 300_000, launchMs: 1_800_000 },
    });
  });

  test("shop: a count from a parameter", () => {
    const { ok: blueprint } = ok(example("shop"), { appCount: "4" });
    expect(blueprint.instances.filter(({ group }) => group === "app").map(({ index }) => index)).toEqual([1, 2, 3, 4]);
  });

  test("no secret is in what is shown", () => {
    expect(JSON.stringify(ok(example("shop"), { dbPassword: "hunter2" }).ok)).not.toContain("hunter2");
  });
});

test("very many unknown parameters are cut", () => {
  const given = Object.fromEntries(Array.from({ length: 1100 }, (_, no) => [`p${no}`, no]));
  const mistakes = told(resolved(example("hello"), given));
  expect(mistakes).toHaveLength(101);
  expect(mistakes.at(-1)).toContain("more mistakes than these");
});

describe("profiles and counts", () => {
  test("an unknown profile lists those that exist", () => {
    const source = `${head}instances:\n  web: { image: debian-12, profile: huge }\n`;
    expect(told(resolved(source))).toEqual([
      '4:37 unknown_profile /instances/web/profile | instances.web.profile names the hardware profile "huge", which does not exist: use one that exists, or write { cpu: 2, memory: 4GiB }. | Hardware profiles: small, medium.',
    ]);
    expect(told(resolved(source, {}, []))).toEqual([
      '4:37 unknown_profile /instances/web/profile | instances.web.profile names the hardware profile "huge", which does not exist: use one that exists, or write { cpu: 2, memory: 4GiB }. | There are no hardware profiles yet.',
    ]);
  });

  test("those that are written out can be checked before there are parameters", () => {
    const source = `${head}parameters:\n  a: { type: string }\ninstances:
  web: { image: x, profile: smal }
  app: { image: x, profile: small }
  own: { image: x, profile: { cpu: 1, memory: 1GiB } }
  any: { image: x, profile: "\${{ params.a }}" }
`;
    const read = readBlueprint(source);
    const mistakes = "ok" in read ? unknownProfiles(read.ok, PROFILES) : [];
    expect(told({ mistakes })).toEqual([
      '6:29 unknown_profile /instances/web/profile | instances.web.profile names the hardware profile "smal", which does not exist: did you mean "small"? | Hardware profiles: small, medium.',
    ]);
  });

  test("those that are written out are told beside mistakes of other kinds, and what is no name is told once", () => {
    const source = `${head}parameters:\n  a: { type: string }\ninstances:\n  web: { image: "\${{ params.a }}", profile: smal }\n`;
    expect(told(resolved(source)).map((one) => one.split(" ").slice(1, 3).join(" "))).toEqual([
      "missing_parameter /parameters/a",
      "unknown_profile /instances/web/profile",
    ]);
    const wrong = readBlueprint(
      `${head}instances:\n  web: { imag: x, profile: smal }\n  app: { image: x, profile: "" }\n`,
    );
    const names = "groups" in wrong ? unknownProfiles(wrong, PROFILES) : [];
    expect(names.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual(["unknown_profile /instances/web/profile"]);
  });

  test("a profile that a blank parameter names is one mistake", () => {
    const source = `${head}parameters:\n  a: { type: string, required: false }\ninstances:\n  web: { image: x, profile: "\${{ params.a }}" }\n`;
    expect(told(resolved(source))).toEqual([
      "6:29 blank /parameters/a | instances.web.profile is empty: it must be the name of a hardware profile, such as small.",
    ]);
  });

  const MANY = `${head}parameters:
  n: { type: integer, default: 50 }
instances:
  a: { image: x, profile: small, count: 50 }
  b: { image: x, profile: small, count: 50 }
  c: { image: x, profile: small, count: 50 }
  d: { image: x, profile: small, count: "\${{ params.n }}", userData: "\${{ a.name }}" }
  e: { image: x, profile: small, userData: "\${{ d[3].privateAddress }}" }
`;

  test("counts are summed up when parameters are known", () => {
    expect(told(resolved(MANY))).toEqual([
      "10:3 too_many /instances | instances make 201 machines together: a deployment has at most 200, so lower a count or split it.",
    ]);
  });

  test("the bytes that user data has at the least are known beforehand, secrets and own names among them", () => {
    const source = `${head}parameters:
  cert: { type: string, secret: true }
  size: { type: number }
instances:
  db: { image: x, profile: small, count: 2 }
  web:
    image: x
    profile: small
    count: 10
    userData: "日\${{ params.cert }}\${{ params.size }}|\${{ db.privateAddress }}|\${{ self.name }}|\${{ self.index }}|\${{ self.callbackUrl }}|\${{ deployment.name }}"
`;
    const { instances } = ok(source, { cert: "é".repeat(100), size: "1.10" }).ok;
    const bytes = (name: string) => instances.find((one) => one.name === name)?.userDataBytesLeast;
    // 日, the secret, the number, two addresses of a letter with a comma between them, five bars, own name and number, the rest.
    const known = 3 + 200 + 4 + 3 + 5 + "http://a/v1/callback/b".length + 1;
    expect([bytes("db-1"), bytes("web-1"), bytes("web-10")]).toEqual([0, known + 5 + 1, known + 6 + 2]);
  });

  test("user data of all machines together", () => {
    const source = (count: number): string =>
      `${head}instances:\n  a: { image: x, profile: small, count: ${count}, userData: "${"x".repeat(60_000)}" }\n`;
    expect(told(resolved(source(33)))).toEqual([]);
    expect(told(resolved(source(34)))).toEqual([
      "4:3 too_large /instances | instances hand out 2040000 bytes of userData together, and at most 2000000 are kept: let machines fetch large files themselves.",
    ]);
  });

  test("a member that the count does not reach", () => {
    expect(told(resolved(MANY, { n: 2 }))).toEqual([
      '10:45 unknown_instance /instances/e/userData | instances.e.userData refers to d[3], but "d" has members 1 to 2: mend the number.',
    ]);
  });
});

describe("dependencies", () => {
  const SOURCE = `${head}instances:
  web: { image: x, profile: small, dependsOn: [cache], userData: "\${{ app[2].id }}" }
  free: { image: x, profile: small }
  app: { image: x, profile: small, count: 2, userData: "\${{ db.privateAddress }} \${{ app.name }} \${{ web.name }}" }
  cache: { image: x, profile: small, count: 1 }
  db: { image: x, profile: small }
`;
  const { instances } = ok(SOURCE).ok;

  test("written and implied ones come first; a name is waited for by nobody", () => {
    expect(instances.map(({ name, dependsOn }) => [name, ...dependsOn].join(" "))).toEqual([
      "cache-1",
      "db",
      "app-1 db",
      "app-2 db",
      "web cache-1 app-2",
      "free",
    ]);
  });

  test("references are bound to members, names at once", () => {
    expect(instances.find(({ name }) => name === "app-1")?.userData).toEqual([
      { kind: "instance", instances: ["db"], attribute: "privateAddress" },
      { kind: "text", text: " " },
      { kind: "text", text: "app-1,app-2" },
      { kind: "text", text: " " },
      { kind: "text", text: "web" },
    ]);
    expect(instances.find(({ name }) => name === "web")?.userData).toEqual([
      { kind: "instance", instances: ["app-2"], attribute: "id" },
    ]);
  });

  test("a callback is waited for when user data makes it", () => {
    const [first] = ok(web('ready: callback, userData: "curl ${{ self.callbackUrl }}"')).ok.instances;
    expect(first?.ready).toEqual({ kind: "callback" });
  });
});
