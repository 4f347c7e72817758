// One of Amazon's services: how it reads requests, and how it writes answers and refusals.

import type { Operation } from "../../cloud-api.ts";
import type { Effect } from "../../desk/asked.ts";
import type { CallSubject } from "../../wire/call.ts";
import type { FaceReply, FaceRequest } from "../face.ts";
import { AwsError } from "./refusals.ts";

/** A request as it goes through the door. */
export interface AwsCall {
  readonly subject: CallSubject;
  readonly effect: Effect<FaceReply>;
}

export interface AwsApi {
  /** As in the scope of signatures. */
  readonly name: string;
  /** Whether one address serves all regions. */
  readonly isGlobal: boolean;
  /** Throws nothing: what makes no sense is refused by the effect, since access is checked before. */
  read(request: FaceRequest, requestId: string): AwsCall;
  failure(error: AwsError, requestId: string): FaceReply;
}

/** What `read` returns; or, where it throws AwsError, a call of that operation which does nothing but refuse. */
export function refusedCall(operation: Operation, read: () => AwsCall): AwsCall {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const refuse = (): never => {
      throw error;
    };
    return { subject: { operation }, effect: refuse };
  }
}

/** Codes that the service has other words for. */
export type OwnWords = Readonly<Record<string, readonly [status: number, code: string]>>;

export function inOwnWords({ status, code, message }: AwsError, words: OwnWords): AwsError {
  const [ownStatus, ownCode] = words[code] ?? [status, code];
  return new AwsError(ownStatus, ownCode, message);
}
