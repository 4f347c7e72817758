// What tests of several faces share.

import type { Datacentre } from "../datacentre.ts";
import type { FaultRule } from "../fault.ts";

/** Of a face that speaks JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Null where it is none. */
  readonly json: unknown;
}

export async function jsonAnswerOf(response: Response): Promise<JsonAnswer> {
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  const json: unknown = isJson ? JSON.parse(text) : null;
  return { status: response.status, headers: response.headers, text, json };
}

/** Of creates, in turn: the request is lost, the answer is, and half of the answer is. */
export const LOST: readonly FaultRule[] = [
  { on: "create", do: { kind: "lose_request" } },
  { on: "create", do: { kind: "lose_answer" } },
  { on: "create", do: { kind: "cut_answer" } },
];

/** What is told of each of so many creates, and how many machines there are after it. */
export async function toldOf(
  create: (nth: number) => Promise<string>,
  { datacentre, times }: { readonly datacentre: Datacentre; readonly times: number },
): Promise<readonly string[]> {
  const told: string[] = [];
  for (let nth = 1; nth <= times; nth++) {
    const answer = await create(nth).catch((error: unknown) => String(error));
    told.push(`${answer}, ${datacentre.billing.aliveNow().length} alive`);
  }
  return told;
}
