import { expect, test } from "vitest";
import { type AccountForm, type FormField, readForm, readWhere } from "./account-form.ts";

const facts = { of: "setting", label: "L", help: "H.", isRequired: false, example: null, default: null } as const;
const FORM = {
  about: "A cloud.",
  where: ["networks", "key", "publicKey", "publicAddress", "hosts"],
  fields: [
    { ...facts, name: "url", kind: "address", isRequired: true, example: "https://cloud.example" },
    { ...facts, name: "share", kind: "amount", least: 1, most: 9, default: 5 },
    { ...facts, name: "open", kind: "flag", default: false },
    { ...facts, name: "zone", kind: "choice", choices: ["a", "b"] },
    { ...facts, name: "ca", kind: "lines", example: "-----BEGIN" },
    { ...facts, name: "key", kind: "text", of: "credential", isRequired: true },
  ],
} as const satisfies AccountForm;
const URL_GIVEN = { url: "https://a" };
const KEY = { key: "k" };

test("what is left out is what counts in its place", () => {
  const values = readForm(FORM, { settings: URL_GIVEN, credentials: KEY });
  expect(values).toEqual({ url: "https://a", share: 5, open: false, zone: null, ca: null, key: "k" });
});

test("what is given counts, up to its bounds", () => {
  const settings = { ...URL_GIVEN, share: 9, open: true, zone: "b", ca: "x\ny" };
  expect(readForm(FORM, { settings, credentials: KEY })).toEqual({ ...settings, ...KEY });
  expect(readForm(FORM, { settings: { ...settings, share: 1 }, credentials: KEY }).share).toBe(1);
});

test.each<[string, object, object]>([
  ["url: is missing; it must be an address such as https://cloud.example", {}, KEY],
  ["url: is missing; it must be an address such as https://cloud.example", { url: "" }, KEY],
  ["url: must be an address such as https://cloud.example", { url: null }, KEY],
  ["share: must be a number from 1 to 9", { ...URL_GIVEN, share: 0.9 }, KEY],
  ["share: must be a number from 1 to 9", { ...URL_GIVEN, share: 9.1 }, KEY],
  ["share: must be a number from 1 to 9", { ...URL_GIVEN, share: Number.NaN }, KEY],
  ["share: must be a number from 1 to 9", { ...URL_GIVEN, share: "5" }, KEY],
  ["open: must be true or false", { ...URL_GIVEN, open: "true" }, KEY],
  ["zone: must be one of a, b", { ...URL_GIVEN, zone: "c" }, KEY],
  ['zone: must be one of a, b, and not the number 1: write it as text, "1"', { ...URL_GIVEN, zone: 1 }, KEY],
  [
    'ca: must be text of several lines such as -----BEGIN, and not the number 7: write it as text, "7"',
    { ...URL_GIVEN, ca: 7 },
    KEY,
  ],
  ["ca: is missing; it must be text of several lines such as -----BEGIN", { ...URL_GIVEN, ca: "" }, KEY],
  ["key: is missing; it must be text", URL_GIVEN, {}],
  ["kee: is not known: did you mean key? known: key", URL_GIVEN, { kee: "k" }],
  [
    "share: must be a number from 1 to 9; open: must be true or false; key: is missing; it must be text",
    { ...URL_GIVEN, share: 0, open: 1 },
    {},
  ],
  ["toString: is not known; known: url, share, open, zone, ca, where", { ...URL_GIVEN, toString: "x" }, KEY],
  ["key: is a credential, no setting: give it as such", { ...URL_GIVEN, key: "k" }, KEY],
  ["url: is a setting, no credential: give it as such", URL_GIVEN, { ...KEY, url: "k" }],
])("%s", (text, settings, credentials) => {
  const given = { settings: { ...settings }, credentials: { ...credentials } };
  const fault: unknown = expect.objectContaining({ class: "config", scope: "account", effect: "none", text });
  expect(() => readForm(FORM, given)).toThrow(expect.objectContaining({ fault }));
});

test("defaults of where machines are put are read, and what is wrong in them is told with all else", () => {
  const where = { "*": { networks: ["shop"] } };
  expect(readForm(FORM, { settings: { ...URL_GIVEN, where }, credentials: KEY })).not.toHaveProperty("where");
  expect([...readWhere(FORM, { where })]).toEqual([["*", { networks: ["shop"] }]]);
  const wrong = { settings: { where: { "*": { securityGroups: ["web"] } } }, credentials: KEY };
  const told = 'where."*".securityGroups: is not known; known: networks, key, publicKey, publicAddress';
  expect(() => readForm(FORM, wrong)).toThrow(
    `url: is missing; it must be an address such as https://cloud.example; ${told}`,
  );
  expect(() => readWhere(FORM, wrong.settings)).toThrow(told);
  const none = { about: "", where: [], fields: [] } as const;
  expect(() => readForm(none, { settings: { where }, credentials: {} })).toThrow(
    "where: is not known; no setting is needed",
  );
});

test("where nothing is needed, that is said", () => {
  const fields: readonly FormField[] = [];
  const act = () => readForm({ about: "", where: [], fields }, { settings: {}, credentials: { token: "t" } });
  expect(act).toThrow("token: is not known; no credential is needed");
});

test("each mistake is told with its field and whether it is a setting or a credential", () => {
  const act = () => readForm(FORM, { settings: { url: 7, shar: 5 }, credentials: { token: "t" } });
  const mistakes = [
    {
      path: ["shar"],
      of: "setting",
      problem: "is not known: did you mean share? known: url, share, open, zone, ca, where",
    },
    { path: ["token"], of: "credential", problem: "is not known; known: key" },
    {
      path: ["url"],
      of: "setting",
      problem: 'must be an address such as https://cloud.example, and not the number 7: write it as text, "7"',
    },
    { path: ["key"], of: "credential", problem: "is missing; it must be text" },
  ];
  expect(act).toThrow(expect.objectContaining({ mistakes }));
});
