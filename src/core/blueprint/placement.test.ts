import { describe, expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { head, ok, parsed, resolved, told, web } from "./resolve.testsuite.ts";
import { userDataOnly } from "./resolve.ts";

const KEY = `ssh-ed25519 ${"A".repeat(68)} ops@example.org`;

const whereOf = (placement: string) => ok(web(`placement: ${placement}`)).ok.instances[0]?.where;

const mistakes = (placement: string): readonly string[] => {
  const read = readBlueprint(web(`placement: ${placement}`));
  if ("ok" in read) return [];
  return read.mistakes.map(({ code, pointer, text, hint }) =>
    [`${code} ${pointer}`, text, ...(hint === undefined ? [] : [hint])].join(" | "),
  );
};

describe("where machines are put", () => {
  test("is what was written, and nothing of the rest", () => {
    expect(whereOf("{ spot: true }")).toEqual({});
    const all = `{ networks: [shop, "back end"], securityGroups: [web], publicKey: ${KEY}, publicAddress: false, hosts: spread, volumes: ["data:/var/lib/data", "conf:/etc/conf:ro"] }`;
    expect(whereOf(all)).toEqual({
      networks: ["shop", "back end"],
      securityGroups: ["web"],
      publicKey: KEY,
      publicAddress: false,
      hosts: "spread",
      volumes: ["data:/var/lib/data", "conf:/etc/conf:ro"],
    });
    expect(whereOf("{ key: ops, hosts: compact, publicAddress: true }")).toEqual({
      key: "ops",
      hosts: "compact",
      publicAddress: true,
    });
  });

  const OPEN = `${head}parameters:
  net: { type: string, default: shop }
  key: { type: string, default: ops }
  open: { type: boolean, default: true }
  hosts: { type: string, default: spread }
  idle: { type: string, default: x }
instances:
  web:
    image: debian-12
    profile: small
    placement:
      networks: ["\${{ params.net }}", "\${{ params.net }}", "a-\${{ params.net }}"]
      key: \${{ params.key }}
      publicAddress: \${{ params.open }}
      hosts: \${{ params.hosts }}
`;

  test("may be up to parameters, which decide then; names that they make the same are one", () => {
    expect(ok(OPEN).ok.instances[0]?.where).toEqual({
      networks: ["shop", "a-shop"],
      key: "ops",
      publicAddress: true,
      hosts: "spread",
    });
    expect([...userDataOnly(parsed(OPEN))]).toEqual(["idle"]);
  });

  test("is refused where a parameter makes it wrong", () => {
    expect(told(resolved(OPEN, { net: "a\tb", key: " x", hosts: "apart" }))).toEqual([
      '14:18 bad_value /parameters/net | instances.web.placement.networks.0 must be the cloud\'s name or id of it, at most 128 characters, such as shop, but parameter "net" makes it "a\\tb".',
      '14:39 bad_value /parameters/net | instances.web.placement.networks.1 must be the cloud\'s name or id of it, at most 128 characters, such as shop, but parameter "net" makes it "a\\tb".',
      '14:60 bad_value /parameters/net | instances.web.placement.networks.2 must be the cloud\'s name or id of it, at most 128 characters, such as shop, but parameter "net" makes it "a-a\\tb".',
      '15:12 bad_value /parameters/key | instances.web.placement.key must be the name of an ssh key at the cloud, at most 128 characters, such as ops, but parameter "key" makes it " x".',
      '17:14 bad_value /parameters/hosts | instances.web.placement.hosts must be spread or compact, but parameter "hosts" makes it "apart".',
    ]);
  });

  test("has lists that are short enough to be asked for, parameters filled in", () => {
    const names = (count: number) => Array.from({ length: count }, (_, at) => `"\${{ params.n }}-${at}"`).join(", ");
    const source = (count: number) =>
      `${head}parameters: { n: { type: string } }\n${web(`placement: { networks: [${names(count)}] }`).slice(head.length)}`;
    const long = "x".repeat(126);
    expect(ok(source(4), { n: long }).ok.instances[0]?.where.networks).toHaveLength(4);
    expect(told(resolved(source(5), { n: long }))).toEqual([
      "5:67 too_large /parameters/n | instances.web.placement.networks has names of 656 bytes together, and at most 600 are asked for: name fewer, or by shorter ids.",
    ]);
  });
});

describe("a mistake is told with place and remedy", () => {
  test.each([
    [
      "{ network: [shop] }",
      'unknown_key /instances/web/placement/network | instances.web.placement.network is no key that belongs here: did you mean "networks"?',
    ],
    [
      "{ networks: shop }",
      'wrong_type /instances/web/placement/networks | instances.web.placement.networks must be a list of names, such as [shop], not "shop".',
    ],
    [
      "{ networks: [] }",
      "out_of_range /instances/web/placement/networks | instances.web.placement.networks must be a list of 1 to 8 names, not of 0; leave the key out to take the account's own.",
    ],
    [
      "{ networks: [1a, b, c, d, e, f, g, h, i] }",
      "out_of_range /instances/web/placement/networks | instances.web.placement.networks must be a list of 1 to 8 names, not of 9.",
    ],
    [
      "{ securityGroups: [a, b, a] }",
      'duplicate /instances/web/placement/securityGroups/2 | instances.web.placement.securityGroups.2 names "a" a second time: once is enough.',
    ],
    [
      `{ securityGroups: [${Array.from({ length: 5 }, (_, at) => "x".repeat(127) + at).join(", ")}] }`,
      "too_large /instances/web/placement/securityGroups | instances.web.placement.securityGroups has names of 656 bytes together, and at most 600 are asked for: name fewer, or by shorter ids.",
    ],
    [
      `{ key: ops, publicKey: ${KEY} }`,
      "bad_value /instances/web/placement/publicKey | instances.web.placement.publicKey stands beside key, and a machine gets one of the two: remove one.",
    ],
    [
      "{ hosts: sprea }",
      'bad_value /instances/web/placement/hosts | instances.web.placement.hosts must be spread or compact, not "sprea".',
    ],
    [
      "{ volumes: [] }",
      "out_of_range /instances/web/placement/volumes | instances.web.placement.volumes must be a list of 1 to 8 names, not of 0; leave the key out for none.",
    ],
    ...["data", "data:var", "/srv:/data", "data:/data:rw", "data:/a:/b"].map((volume) => [
      `{ volumes: ["${volume}"] }`,
      `bad_value /instances/web/placement/volumes/0 | instances.web.placement.volumes.0 must be a volume and its place in the machine, such as data:/var/lib/data or data:/etc/data:ro, not "${volume}".`,
    ]),
    [
      "{ publicAddress: 1 }",
      "wrong_type /instances/web/placement/publicAddress | instances.web.placement.publicAddress must be true or false, not 1.",
    ],
  ])("%s", (placement, text) => {
    expect(mistakes(placement).map((one) => one.replace(/ \| Did you mean.*$/, ""))).toEqual([text]);
  });

  test("of a public key without quoting it, since it may be the wrong half of a pair", () => {
    const must =
      "bad_value /instances/web/placement/publicKey | instances.web.placement.publicKey must be a public key in one line as OpenSSH writes it, such as ssh-ed25519 AAAA… ops@example.org.";
    expect(mistakes('{ publicKey: "ssh-ed25519 short" }')).toEqual([must]);
    expect(mistakes(`{ publicKey: "ssh-rsa ${"A".repeat(4_096)}" }`)).toEqual([must]);
    expect(mistakes("{ publicKey: 7 }")).toEqual([must.replace("bad_value", "wrong_type")]);
    const [private_ = ""] = mistakes('{ publicKey: "-----BEGIN OPENSSH PRIVATE KEY----- b3Blbn" }');
    expect(private_).toContain(" | This is a private key: ");
    expect(private_).not.toContain("b3Blbn");
  });

  test("stops at a hundred of them", () => {
    const many = Array.from(
      { length: 200 },
      (_, at) => `  w${at}: { image: debian-12, profile: small, placement: { networks: [1, 2, 3, 4, 5, 6, 7] } }`,
    );
    const read = readBlueprint(`${head}instances:\n${many.join("\n")}\n`);
    expect("mistakes" in read && read.mistakes.length).toBeLessThan(110);
  });
});
