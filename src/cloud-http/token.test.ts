import { expect, test } from "vitest";
import type { Fault } from "../core/fault.ts";
import { ProviderFault } from "../ports/provider.ts";
import { keepToken } from "./token.ts";
import { calm } from "./wire.samples.ts";

const LIFE_MS = 100_000;

function fault(given: Partial<Fault>): ProviderFault {
  const { class: kind = "auth", effect = "none" } = given;
  const rest = { scope: "account", retryAfterMs: null, code: "refused", text: "no", requestId: null } as const;
  return new ProviderFault({ ...rest, class: kind, effect });
}

/** Logins that answer when the test says so. */
function openDesk(livesMs = LIFE_MS) {
  const asked: PromiseWithResolvers<void>[] = [];
  let time = 0;
  const login = async () => {
    const desk = Promise.withResolvers<void>();
    asked.push(desk);
    const no = asked.length;
    await desk.promise;
    return { text: `token-${no}`, livesMs };
  };
  return {
    keeper: keepToken({ login, now: () => time }),
    logins: () => asked.length,
    answer: () => asked.at(-1)?.resolve(),
    refuse: (error: Error) => asked.at(-1)?.reject(error),
    pass: (ms: number) => {
      time += ms;
    },
  };
}

const same = async (token: string): Promise<string> => token;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("all who ask at the same time share one login", async () => {
  const desk = openDesk();
  const used = Promise.all(Array.from({ length: 64 }, () => desk.keeper.use(same, calm())));
  desk.answer();
  expect(new Set(await used)).toEqual(new Set(["token-1"]));
  expect(await desk.keeper.use(same, calm())).toBe("token-1");
  expect(desk.logins()).toBe(1);
});

test("a token that ends soon is renewed while it still serves, and only once", async () => {
  const desk = openDesk();
  const first = desk.keeper.use(same, calm());
  desk.answer();
  await first;
  desk.pass(LIFE_MS * 0.9);
  for (let no = 0; no < 3; no += 1) expect(await desk.keeper.use(same, calm())).toBe("token-1");
  expect(desk.logins()).toBe(2);
  desk.answer();
  await turn();
  expect(await desk.keeper.use(same, calm())).toBe("token-2");
});

test("an early renewal that fails is nobody's fault, and is tried again a little later", async () => {
  const desk = openDesk();
  const first = desk.keeper.use(same, calm());
  desk.answer();
  await first;
  desk.pass(LIFE_MS * 0.8);
  await desk.keeper.use(same, calm());
  desk.refuse(fault({ class: "transient" }));
  await turn();
  await desk.keeper.use(same, calm());
  expect(desk.logins()).toBe(2);
  desk.pass(10_000);
  expect(await desk.keeper.use(same, calm())).toBe("token-1");
  expect(desk.logins()).toBe(3);
});

test("a token that has ended is not used, and whoever asks waits for a new one", async () => {
  const desk = openDesk();
  const first = desk.keeper.use(same, calm());
  desk.answer();
  await first;
  desk.pass(LIFE_MS);
  const second = desk.keeper.use(same, calm());
  desk.answer();
  expect(await second).toBe("token-2");
});

test("a token that the cloud takes no longer is replaced, and the call is made once more", async () => {
  const desk = openDesk();
  const tokens: string[] = [];
  const picky = async (token: string): Promise<string> => {
    tokens.push(token);
    if (token === "token-1") throw fault({ class: "auth", effect: "none" });
    return token;
  };
  const both = Promise.all([desk.keeper.use(picky, calm()), desk.keeper.use(picky, calm())]);
  desk.answer();
  while (desk.logins() < 2) await turn();
  desk.answer();
  expect(await both).toEqual(["token-2", "token-2"]);
  expect(tokens).toEqual(["token-1", "token-1", "token-2", "token-2"]);
  expect(desk.logins()).toBe(2);
});

test("one more try is all there is", async () => {
  const desk = openDesk();
  let calls = 0;
  const never = async (): Promise<never> => {
    calls += 1;
    throw fault({ class: "auth" });
  };
  const used = desk.keeper.use(never, calm());
  desk.answer();
  while (desk.logins() < 2) await turn();
  desk.answer();
  await expect(used).rejects.toMatchObject({ fault: { class: "auth" } });
  expect(calls).toBe(2);
});

test.each([
  fault({ class: "auth", effect: "unknown" }),
  fault({ class: "auth", effect: "made" }),
  fault({ class: "transient", effect: "none" }),
  new Error("a bug"),
])("what may have been done, or is no refusal of the token, is not repeated: %s", async (error) => {
  const desk = openDesk();
  let calls = 0;
  const used = desk.keeper.use(async () => {
    calls += 1;
    throw error;
  }, calm());
  desk.answer();
  await expect(used).rejects.toBe(error);
  expect({ calls, logins: desk.logins() }).toEqual({ calls: 1, logins: 1 });
});

test("a login that fails is the fault of all who wait for it, and nothing of theirs was sent; the next one tries again", async () => {
  const desk = openDesk();
  const used = Promise.allSettled([desk.keeper.use(same, calm()), desk.keeper.use(same, calm())]);
  desk.refuse(fault({ class: "transient", effect: "unknown" }));
  for (const one of await used) {
    expect(one).toMatchObject({ status: "rejected", reason: { fault: { class: "transient", effect: "none" } } });
  }
  const again = desk.keeper.use(same, calm());
  desk.answer();
  expect(await again).toBe("token-2");
});

test("who gives up leaves the login to the others", async () => {
  const desk = openDesk();
  const abort = new AbortController();
  const reason = new Error("enough");
  const impatient = desk.keeper.use(same, abort.signal);
  const patient = desk.keeper.use(same, calm());
  abort.abort(reason);
  await expect(impatient).rejects.toBe(reason);
  desk.answer();
  expect(await patient).toBe("token-1");
  await expect(desk.keeper.use(same, abort.signal)).rejects.toBe(reason);
});

test.each([Number.NaN, -1, Infinity])("a life of %s is not believed", async (livesMs) => {
  const desk = openDesk(livesMs);
  for (const token of ["token-1", "token-2"]) {
    const used = desk.keeper.use(same, calm());
    desk.answer();
    expect(await used).toBe(token);
  }
});

test("a year is not believed either", async () => {
  const desk = openDesk(365 * 24 * 60 * 60_000);
  const first = desk.keeper.use(same, calm());
  desk.answer();
  await first;
  desk.pass(24 * 60 * 60_000);
  const second = desk.keeper.use(same, calm());
  desk.answer();
  expect(await second).toBe("token-2");
});
