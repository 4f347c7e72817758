// Amazon EC2's query API, with as much of STS, Service Quotas and Systems Manager as clients of EC2 need. All four are at the same
// address; the scope of a request's signature says which one is meant, as the host name does at Amazon.

import { createHash } from "node:crypto";
import { CloudError } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import type { Credentials } from "../../wire/call.ts";
import type { Door, Face, FaceGround, FaceReply, FaceRequest } from "../face.ts";
import type { Memory } from "./action.ts";
import { EC2_CLOUDS } from "./clouds.ts";
import { ec2Api } from "./ec2-api.ts";
import { quotasApi } from "./quotas-api.ts";
import { AwsError, saidByAmazon } from "./refusals.ts";
import type { AwsApi } from "./api.ts";
import { type Signature, signatureOf } from "./signature.ts";
import { ssmApi } from "./ssm-api.ts";
import { stsApi, type TemporaryKeys } from "./sts-api.ts";

export const ec2Face: Face = {
  name: "ec2",
  clouds: EC2_CLOUDS,
  open(ground) {
    const memory: Memory = { launches: new Map(), keyTags: new Map(), placementGroups: new Map() };
    const temporary: TemporaryKeys = new Map();
    const ec2 = ec2Api(memory);
    const apis = [ec2, stsApi(temporary, ground), quotasApi, ssmApi];
    let answered = 0;
    return async (request, door) => {
      const requestId = uuidOf(++answered);
      const gate = gateFor(request, { ground, temporary });
      const api = apis.find(({ name }) => name === gate.service) ?? ec2;
      const reply = await answer(request, { door, gate, api, requestId });
      const date = new Date(ground.clock.now()).toUTCString();
      return { ...reply, headers: { date, "x-amzn-requestid": requestId, ...reply.headers } };
    };
  },
};

interface Gate {
  readonly service: string | null;
  readonly access: Credentials;
  /** What is said to who has no access. */
  readonly problem: AwsError | null;
  readonly signature: Signature | null;
}

interface Guard {
  readonly ground: FaceGround;
  readonly temporary: TemporaryKeys;
}

/** Opens nothing. */
const NOBODY: Credentials = { tenant: "", key: "" };

function gateFor(request: FaceRequest, { ground, temporary }: Guard): Gate {
  try {
    const signature = signatureOf(request);
    const { accessKeyId, sessionToken, service } = signature;
    const lent = sessionToken === null ? null : temporary.get(sessionToken);
    const secret = sessionToken === null ? ground.keyOf(accessKeyId) : (lent?.secret ?? null);
    const isLentTo = sessionToken === null || lent?.accessKeyId === accessKeyId;
    if (secret === null || !isLentTo) {
      return { service, access: NOBODY, problem: null, signature };
    }
    if (!signature.isBy(secret)) return { service, access: NOBODY, problem: mismatch(), signature };
    const access = sessionToken === null ? { tenant: accessKeyId, key: secret } : { session: sessionToken };
    return { service, access, problem: null, signature };
  } catch (problem) {
    if (!(problem instanceof AwsError)) throw problem;
    return { service: null, access: NOBODY, problem, signature: null };
  }
}

function mismatch(): AwsError {
  const text =
    "The request signature we calculated does not match the signature you provided. " +
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
  return new AwsError(403, "SignatureDoesNotMatch", text);
}

interface Exchange {
  readonly door: Door;
  readonly gate: Gate;
  readonly api: AwsApi;
  readonly requestId: string;
}

async function answer(request: FaceRequest, { door, gate, api, requestId }: Exchange): Promise<FaceReply> {
  try {
    const { subject, effect } = api.read(request, requestId);
    const { access, signature } = gate;
    return await door.ask(access, subject, (asked) => {
      if (signature !== null) checkSignature(asked, signature, api);
      return effect(asked);
    });
  } catch (error) {
    return api.failure(refusal(error, gate), requestId);
  }
}

function refusal(error: unknown, { problem }: Gate): AwsError {
  if (error instanceof AwsError) return error;
  if (!(error instanceof CloudError)) throw error;
  return error.code === "wrong_key" && problem !== null ? problem : saidByAmazon(error);
}

/** What only the cloud can say of it. */
function checkSignature({ cloud }: Asked, { signedAt, lifeMs, region }: Signature, { isGlobal }: AwsApi): void {
  const { name, signatureLifeMs } = cloud.settings;
  if (!isGlobal && region !== name) {
    throw new AwsError(403, "SignatureDoesNotMatch", `Credential should be scoped to a valid region, not '${region}'.`);
  }
  if (signatureLifeMs === null) return;
  const age = cloud.agenda.now() - signedAt;
  // Times of signatures have no milliseconds.
  if (age > (lifeMs ?? signatureLifeMs) + 1000 || age < -signatureLifeMs) {
    throw new AwsError(400, "RequestExpired", "Request has expired.");
  }
}

function uuidOf(count: number): string {
  const digits = createHash("sha256").update(`request ${count}`).digest("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
