import { describe, expect, test } from "vitest";
import { SMALL, resolved, ok, told, head, web, withParameter } from "./resolve.testsuite.ts";

describe("values from parameters", () => {
  const OPEN = `${head}parameters:
  image: { type: string, default: debian }
  version: { type: integer, default: 12 }
  profile: { type: string, default: small }
  port: { type: integer, default: 80 }
  cpu: { type: number, default: 0.5 }
  memory: { type: string, default: 512MiB }
instances:
  web:
    image: \${{ params.image }}-\${{ params.version }}
    profile: \${{ params.profile }}
    count: \${{ params.version }}
    ready: { http: { port: "\${{ params.port }}", path: "/$\${{\${{ params.image }}" } }
  db:
    image: a\${{ params.image }}\${{ params.image }}
    profile: { cpu: "\${{ params.cpu }}", memory: "\${{ params.memory }}", storage: 1TiB }
    ready: { tcp: "\${{ params.port }}" }
    live: { http: { port: "\${{ params.port }}" }, period: 5s, failures: 2 }
`;

  test("are filled in wherever they stand, with their type", () => {
    const [first, , ...others] = ok(OPEN).ok.instances;
    expect(first).toMatchObject({ name: "web-1", images: ["debian-12"], profiles: [SMALL] });
    expect(first?.ready).toEqual({ kind: "http", port: 80, path: "/${{debian" });
    expect(others.at(-1)).toMatchObject({
      name: "db",
      images: ["adebiandebian"],
      profiles: [
        {
          name: "custom",
          cpu: 0.5,
          memoryMib: 512,
          storageGib: 1024,
          architecture: "x86_64",
          accelerators: 0,
          acceleratorKind: null,
        },
      ],
      ready: { kind: "tcp", port: 80 },
      live: { check: { kind: "http", port: 80, path: "/" }, periodMs: 5_000, failures: 2 },
    });
  });

  test("are refused where they would not have been right if written out", () => {
    const given = { image: "a b", version: 51, profile: "smal", port: 0, cpu: 2000, memory: "4GB" };
    expect(told(resolved(OPEN, given))).toEqual([
      '12:12 bad_value /parameters/image | instances.web.image must be the name of an image, without blanks, such as debian-12, but parameter "image" and parameter "version" make it "a b-51".',
      '13:14 unknown_profile /parameters/profile | instances.web.profile names the hardware profile "smal", which does not exist: did you mean "small"? | Hardware profiles: small, medium.',
      '14:12 out_of_range /parameters/version | instances.web.count must be a whole number from 1 to 50, but parameter "version" makes it 51.',
      '15:28 out_of_range /parameters/port | instances.web.ready.http.port must be a whole number from 1 to 65535, but parameter "port" makes it 0.',
      '15:56 bad_value /parameters/image | instances.web.ready.http.path must be a path that begins with a slash, such as /healthz, but parameter "image" makes it "/${{a b".',
      '17:12 bad_value /parameters/image | instances.db.image must be the name of an image, without blanks, such as debian-12, but parameter "image" makes it "aa ba b".',
      '18:21 out_of_range /parameters/cpu | instances.db.profile.cpu must be a number of CPUs from 0.01 to 1024, but parameter "cpu" makes it 2000.',
      '18:50 bad_quantity /parameters/memory | instances.db.profile.memory must be a size from 1MiB to 8TiB with its unit, such as 512MiB or 4GiB, but parameter "memory" makes it "4GB". | Write "4GiB": the units are MiB, GiB and TiB.',
      '19:19 out_of_range /parameters/port | instances.db.ready.tcp must be a whole number from 1 to 65535, but parameter "port" makes it 0.',
      '20:27 out_of_range /parameters/port | instances.db.live.http.port must be a whole number from 1 to 65535, but parameter "port" makes it 0.',
    ]);
  });

  test("may be left empty and are then told to be empty", () => {
    const source = withParameter(
      "type: string, required: false",
      ', count: 2, ready: { http: { port: 80, path: "${{ params.a }}" } }',
    );
    expect(told(resolved(source))).toEqual([
      "6:87 blank /parameters/a | instances.web.ready.http.path is empty: it must be a path that begins with a slash, such as /healthz.",
    ]);
  });

  test("that only escape a reference are read as they are", () => {
    expect(ok(web('ready: { http: { port: 80, path: "/$${{" } }')).ok.instances[0]?.ready).toEqual({
      kind: "http",
      port: 80,
      path: "/${{",
    });
    expect(told(resolved(web('ready: { http: { port: 80, path: "$${{" } }')))).toEqual([
      '4:77 bad_value /instances/web/ready/http/path | instances.web.ready.http.path must be a path that begins with a slash, such as /healthz, not "${{".',
    ]);
  });
});
