import { expect, test } from "vitest";
import { AUTHORITY } from "../../cloud-http/certificates.samples.ts";
import { parseAccount } from "./account.ts";
import { priceOf } from "../../ports/price-list.ts";

type Given = Readonly<Record<string, unknown>>;

const URL_ = "https://cloud.example.org:5000/v3";
const BASE = { authUrl: URL_, user: "demo", project: "shop" };
const SECRET = { password: "labpw-secret" };

const parse = (settings: Given, credentials: Readonly<Record<string, string>> = SECRET) =>
  parseAccount({ settings }, credentials);

const CLOUDS = `
clouds:
  shop:
    region_name: RegionTwo
    interface: internal
    auth:
      auth_url: https://keystone.example.org/
      username: 1001
      password: labpw-secret
      user_domain_name: people
      project_name: shop
      project_domain_id: default
  other:
    auth: { auth_url: https://other.example.org/v3, application_credential_id: abc, application_credential_secret: hidden-word }
`;

test.each<[string, Given, Readonly<Record<string, string>>]>([
  ["authUrl", { user: "demo", project: "shop" }, SECRET],
  ["authUrl", { ...BASE, authUrl: "cloud.example.org" }, SECRET],
  ["authUrl", { ...BASE, authUrl: "https://cloud.example.org:5000/v2.0" }, SECRET],
  ["user", { authUrl: URL_, project: "shop" }, SECRET],
  ["project", { authUrl: URL_, user: "demo" }, SECRET],
  ["password", BASE, {}],
  ["applicationCredential", BASE, { applicationCredentialSecret: "hidden-word" }],
  ["applicationCredentialSecret", { ...BASE, applicationCredential: "abc" }, SECRET],
  ["interface", { ...BASE, interface: "secret" }, SECRET],
  ["floatingNetwork", { ...BASE, where: { "*": { publicAddress: true } } }, SECRET],
  ["where.az1.networks", { ...BASE, where: { az1: { networks: "shop-net" } } }, SECRET],
  ['where."\\*".hosts', { ...BASE, where: { "*": { hosts: "spread" } } }, SECRET],
  ["network", { ...BASE, network: "shop-net" }, SECRET],
  ["keyPair", { ...BASE, keyPair: "ops" }, SECRET],
  ["ca", { ...BASE, authUrl: "http://127.0.0.1:5000/v3", ca: AUTHORITY }, SECRET],
  ["cloud", { ...BASE, cloud: "shop" }, SECRET],
  ["cloud", {}, { clouds: CLOUDS }],
  ["cloud", { cloud: "none" }, { clouds: CLOUDS }],
  ["clouds", {}, { clouds: "clouds: [labpw-secret" }],
  ["clouds", {}, { clouds: "clouds:\n  a: &x { auth: { password: labpw-secret } }\n  b: *x\n" }],
  ["clouds", {}, { clouds: "cloud: labpw-secret" }],
  ["clouds", {}, { clouds: "clouds: { a: { profile: labpw-secret } }" }],
  ["clouds", {}, { clouds: "clouds: { a: { cacert: /etc/ca.pem, auth: { password: labpw-secret } } }" }],
  ["clouds", {}, { clouds: "clouds: { a: { verify: false, auth: { password: labpw-secret } } }" }],
  ["clouds", {}, { clouds: "clouds: { a: { interface: labpw-secret } }" }],
  ["prices", { ...BASE, prices: "m1.small = 0.02\nm1.large cheap" }, SECRET],
  ["prices", { ...BASE, prices: "m1.small = 0.02\nm1.small = 0.03" }, SECRET],
  ["prices", { ...BASE, prices: "m1.small = 1000001" }, SECRET],
  ["hourlyPricePerGib", { ...BASE, hourlyPricePerCpu: 0.01 }, SECRET],
  ["hourlyPricePerCpu", { ...BASE, hourlyPricePerGib: 0.01 }, SECRET],
  ["regoin", { ...BASE, regoin: "RegionOne" }, SECRET],
])("an account with a wrong %s is refused, and no secret repeated", (field, settings, credentials) => {
  const text: unknown = expect.stringMatching(new RegExp(`^${field}: (?!.*(?:labpw-secret|hidden-word))`, "s"));
  const fault: unknown = expect.objectContaining({ class: "config", scope: "account", effect: "none", text });
  expect(() => parse(settings, credentials)).toThrow(expect.objectContaining({ name: "ProviderFault", fault }));
});

test("a user logs in with a password, in the domain Default unless told", () => {
  const { login, authUrl } = parse(BASE);
  expect(authUrl.href).toBe(URL_);
  expect(login.identity).toEqual({
    methods: ["password"],
    password: { user: { name: "demo", domain: { name: "Default" }, password: "labpw-secret" } },
  });
  expect(login.scope).toEqual({ project: { name: "shop", domain: { name: "Default" } } });
});

test("ids are taken as ids, and need no domain", () => {
  const id = "f6fa7efc882a49819c39d7bf9c2994ef";
  const { login } = parse({ ...BASE, user: id, project: "shop", userDomain: "default", projectDomain: "teams" });
  expect(login.identity).toMatchObject({ password: { user: { id } } });
  expect(login.identity).not.toHaveProperty("password.user.domain");
  expect(login.scope).toEqual({ project: { name: "shop", domain: { name: "teams" } } });
  expect(parse({ ...BASE, project: id }).login.scope).toEqual({ project: { id } });
});

test("an application credential takes the place of user, password and project, and has no scope", () => {
  const secret = { applicationCredentialSecret: "hidden-word" };
  const byId = parse({ authUrl: URL_, applicationCredential: "abc" }, secret).login;
  expect(byId).toMatchObject({
    scope: null,
    identity: { application_credential: { id: "abc", secret: "hidden-word" } },
  });
  const byName = parse({ authUrl: URL_, applicationCredential: "ci", user: "demo" }, secret).login;
  expect(byName.identity).toMatchObject({
    methods: ["application_credential"],
    application_credential: { name: "ci", user: { name: "demo", domain: { name: "Default" } } },
  });
});

test("an entry of a clouds.yaml gives what is not given in fields of its own", () => {
  const settings = parse({ cloud: "shop", floatingNetwork: "public", region: "RegionOne" }, { clouds: CLOUDS });
  expect(settings).toMatchObject({ region: "RegionOne", interface: "internal", floatingNetwork: "public" });
  expect(settings.authUrl.href).toBe("https://keystone.example.org/v3");
  expect(settings.login.identity).toMatchObject({
    password: { user: { name: "1001", domain: { name: "people" }, password: "labpw-secret" } },
  });
  expect(settings.login.scope).toEqual({ project: { name: "shop", domain: { id: "default" } } });
  const other = parse({ cloud: "other" }, { clouds: CLOUDS });
  expect(other.login.identity).toMatchObject({ application_credential: { id: "abc", secret: "hidden-word" } });
});

test("the only entry of a clouds.yaml need not be named", () => {
  const clouds = "clouds: { openstack: { auth: { auth_url: https://k.example.org/v3, username: u, project_id: p } } }";
  expect(parse({}, { clouds, ...SECRET })).toMatchObject({ interface: "public", region: null });
});

test("the address of the identity service gets its version", () => {
  const settings = parse({ ...BASE, authUrl: "https://cloud.example.org/identity/" });
  expect(settings.authUrl.href).toBe("https://cloud.example.org/identity/v3");
});

test("a flavor costs what its line says, else what its parts cost, else nobody knows", () => {
  const flavor = { name: "m1.small", cpu: 2, memoryMib: 1536 };
  const { prices } = parse({
    ...BASE,
    prices: "# of July\n\nm1.small = 0.02\nm1.big one: 1",
    hourlyPricePerCpu: 0.01,
    hourlyPricePerGib: 0.005,
  });
  expect(priceOf(prices, flavor)).toBe(20_000);
  expect(priceOf(prices, { ...flavor, name: "m1.big one" })).toBe(1_000_000);
  expect(priceOf(prices, { ...flavor, name: "m1.other" })).toBe(27_500);
  expect(priceOf(parse(BASE).prices, flavor)).toBeNull();
});
