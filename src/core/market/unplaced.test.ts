import { expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { sampleMarketAccount } from "../../ports/market.samples.ts";
import { SMALL_PROFILE } from "../../ports/store.samples.ts";
import type { Blueprint } from "../blueprint/blueprint.ts";
import { resolveBlueprint } from "../blueprint/resolve.ts";
import { accountId } from "../ids.ts";
import type { Answer } from "./market.ts";
import { sellersAmong, wantedAsWritten, wantedResolved } from "./offered.ts";
import { unplaced } from "./unplaced.ts";

const WEB = "image: debian-12, profile: small";

function blueprint(placement: string, parameters = ""): Blueprint {
  const read = readBlueprint(
    `slipway: 1\nname: shop\n${parameters}instances:\n  web: { ${WEB}${placement === "" ? "" : `, placement: ${placement}`} }\n`,
  );
  if ("mistakes" in read) throw new Error(read.mistakes.map(({ text }) => text).join("\n"));
  return read.ok;
}

const EAST = sampleMarketAccount({ account: { id: accountId("east"), name: "east" }, realms: ["r1", "r2"] });
const BARE = sampleMarketAccount({ account: { id: accountId("bare"), name: "bare" }, realms: ["r1"], takes: [] });

const FOUND: Answer = { kind: "found", found: "" };
const ABSENT: Answer = { kind: "absent", text: "there is no network shop" };
const UNREAD: Answer = { kind: "unread", text: null };

/** What is said of a group in the networks `shop`, by the answers of each realm. */
function asked(answers: Readonly<Record<string, Answer>>, of = [EAST, BARE], open = blueprint("{ networks: [shop] }")) {
  const sellers = sellersAmong(of) ?? [];
  const {
    mistakes,
    open: still,
    unread,
  } = unplaced(
    wantedAsWritten(open, [SMALL_PROFILE]),
    { owner: " of pool prod", sellers },
    (_, realm) => answers[realm] ?? UNREAD,
  );
  return {
    told: mistakes.map(({ text, line, column, pointer }) => `${line}:${column} ${pointer} ${text}`),
    open: still.map(({ realm }) => realm),
    unread: unread.map(({ realm }) => realm),
  };
}

test("what a realm of some account has is no mistake, whatever the others say", () => {
  expect(asked({ r1: ABSENT, r2: FOUND })).toEqual({ told: [], open: [], unread: [] });
  expect(asked({ r2: FOUND })).toEqual({ told: [], open: [], unread: ["r1"] });
});

test("nothing is said as long as one has not answered", () => {
  expect(asked({ r1: ABSENT })).toEqual({ told: [], open: ["r2"], unread: ["r2"] });
});

test("what nobody has is told with everybody's reason, at its place", () => {
  expect(asked({ r1: ABSENT, r2: { kind: "absent", text: null } }).told).toEqual([
    "4:55 /instances/web/placement instances.web.placement asks for what no account of pool prod has at present (east: there is no network shop; bare: takes no networks): ask for what one of them has, or add an account that has it.",
  ]);
  expect(asked({ r1: { kind: "absent", text: null }, r2: ABSENT }, [EAST]).told[0]).toContain(
    "(east: not all of it is there)",
  );
  const many = ["a", "b", "c", "d", "e"].map((name) =>
    sampleMarketAccount({ account: { id: accountId(name), name }, realms: ["r1"], takes: [] }),
  );
  expect(asked({}, many).told[0]).toContain(
    "(a: takes no networks; b: takes no networks; c: takes no networks; 2 more)",
  );
});

test("who asks for nothing, or for what parameters decide, is not asked about", () => {
  const parameters = "parameters: { net: { type: string, default: shop } }\n";
  const open = blueprint('{ networks: ["${{ params.net }}"] }', parameters);
  const nothing = { told: [], open: [], unread: [] };
  expect(asked({}, [EAST, BARE], blueprint(""))).toEqual(nothing);
  expect(asked({}, [EAST, BARE], open)).toEqual(nothing);
  const resolved = resolveBlueprint(open, { parameters: {}, profiles: [SMALL_PROFILE] });
  if ("mistakes" in resolved) throw new Error("not resolved");
  const wanted = wantedResolved(open, resolved.ok);
  const { mistakes } = unplaced(wanted, { owner: "", sellers: sellersAmong([BARE]) ?? [] }, () => ABSENT);
  expect(mistakes.map(({ pointer }) => pointer)).toEqual(["/parameters/net"]);
});
