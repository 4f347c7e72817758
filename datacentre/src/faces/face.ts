// The contract of a face: one vendor's HTTP API in front of the datacentre. How to write one is in README.md.
//
// A face translates, and nothing else: requests into calls of the desk (desk/*.ts, plain functions of `Asked`), answers and
// CloudErrors into what the vendor would send. What exists, what time things take and what goes wrong is the datacentre's,
// so every face has all behaviours and faults without doing anything for them.

import type { Clock } from "../clock.ts";
import type { Effect } from "../desk/asked.ts";
import type { CloudSettings } from "../settings.ts";
import type { Change, ChangeQuery } from "../tenant-api.ts";
import type { CallSubject, Credentials } from "../wire/call.ts";

export interface FaceRequest {
  readonly method: string;
  /** As sent, not decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when there is none. */
  readonly body: string;
}

export interface FaceReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Piece by piece where it is told as it comes; such a reply ends by itself or with the connection. */
  readonly body: string | AsyncIterable<string>;
}

/** What one request may do. Ends with it. */
export interface Door {
  /**
   * One call of the tenant that `access` opens: outage, key, suspension and throttle first, then `effect` in the moment in
   * which the request reaches the cloud, then the way back; faults scripted for `subject` on the way. A vendor's request is one
   * call, whatever the vendor's own machinery would do behind it. Rejects with CloudError, which the face translates;
   * whatever else comes (lost answers, answers by script, aborts) goes through it untouched.
   */
  ask<T>(access: Credentials, subject: CallSubject, effect: Effect<T>): Promise<T>;
  /**
   * A request that needs no credentials, such as the list of a vendor's versions: time on the way, outages and faults of calls, of
   * the first cloud. Rejects as `ask` does.
   */
  pass(subject: CallSubject): Promise<void>;
  /** For vendors that push: resolves when the stream is open, and is refused as `ask` is. */
  watch(access: Credentials, query: ChangeQuery): Promise<AsyncIterable<Change>>;
}

/** What a face has for as long as it is served. */
export interface FaceGround {
  readonly clock: Clock;
  /** For faces whose requests are signed with the key instead of carrying it; null: there is no such tenant. */
  readonly keyOf: (tenant: string) => string | null;
  /** Of all clouds: for faces whose requests name realms in words of their own. */
  readonly realmNames: readonly string[];
  /** Of all clouds: for faces whose requests say which cloud they mean. */
  readonly cloudNames: readonly string[];
}

export type Answer = (request: FaceRequest, door: Door) => Promise<FaceReply>;

export interface Face {
  /** As in `--face NAME`, and the name of its folder. */
  readonly name: string;
  /** The clouds that it begins with when nobody gives others: such as the vendor's are. */
  readonly clouds: readonly CloudSettings[];
  /** Opened once for each server. State that the vendor's API has and the datacentre has not may be kept in here. */
  open(ground: FaceGround): Answer;
}
