// AWS Security Token Service: who is asking, and credentials for a time.

import { createHash, createHmac } from "node:crypto";
import type { Operation } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import { login } from "../../desk/sessions.ts";
import type { FaceGround, FaceRequest } from "../face.ts";
import { invalidAction, queryIn, SAID_ALREADY, xmlReply } from "./query.ts";
import { accountId, isoTime } from "./names.ts";
import { type Given, givenIn } from "./parameters.ts";
import { AwsError } from "./refusals.ts";
import { type AwsApi, inOwnWords, type OwnWords, refusedCall } from "./api.ts";
import { xmlDocument, type XmlFields } from "./xml.ts";

const VERSION = "2011-06-15";
const NAMESPACE = `https://sts.amazonaws.com/doc/${VERSION}/`;

/** Lent by GetSessionToken or AssumeRole, by their session token. */
export type TemporaryKeys = Map<string, TemporaryKey>;

interface TemporaryKey {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly expiresAt: number;
}

const WORDS: OwnWords = {
  AuthFailure: [403, "InvalidClientTokenId"],
  RequestExpired: [403, "ExpiredToken"],
  UnauthorizedOperation: [403, "AccessDenied"],
  RequestLimitExceeded: [400, "Throttling"],
  Unavailable: [503, "ServiceUnavailable"],
  InternalError: [500, "InternalFailure"],
};

interface StsAction {
  readonly operation: Operation;
  answer(asked: Asked, given: Given, keys: TemporaryKeys): XmlFields;
}

const ACTIONS: ReadonlyMap<string, StsAction> = new Map([
  ["GetCallerIdentity", { operation: "describe", answer: identity }],
  [
    "GetSessionToken",
    {
      operation: "login",
      answer: (asked: Asked, _: Given, keys: TemporaryKeys) => ({ Credentials: lend(asked, keys) }),
    },
  ],
  ["AssumeRole", { operation: "login", answer: assumeRole }],
]);

export function stsApi(keys: TemporaryKeys, { clock }: FaceGround): AwsApi {
  return {
    name: "sts",
    isGlobal: true,
    read: (request, requestId) =>
      refusedCall("describe", () => {
        const { parameters, name } = queryIn(request, VERSION);
        const action = ACTIONS.get(name);
        if (action === undefined) throw invalidAction(name);
        return {
          subject: { operation: action.operation },
          effect(asked) {
            for (const [token, { expiresAt }] of keys) if (expiresAt + DAY_MS < clock.now()) keys.delete(token);
            checkLender(request, action);
            const given = givenIn(parameters, SAID_ALREADY);
            given.ignore("DurationSeconds", "SerialNumber", "TokenCode", "RoleArn", "RoleSessionName", "ExternalId");
            given.finish();
            const content = {
              [`${name}Result`]: action.answer(asked, given, keys),
              ResponseMetadata: { RequestId: requestId },
            };
            return xmlReply(200, xmlDocument(`${name}Response`, content, NAMESPACE));
          },
        };
      }),
    failure(error, requestId) {
      const { status, code, message } = inOwnWords(error, WORDS);
      const told = { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message };
      return xmlReply(status, xmlDocument("ErrorResponse", { Error: told, RequestId: requestId }, NAMESPACE));
    },
  };
}

/** How long what has expired is still known as that. */
const DAY_MS = 86_400_000;

function checkLender({ headers }: FaceRequest, { operation }: StsAction): void {
  if (operation !== "login" || headers["x-amz-security-token"] === undefined) return;
  throw new AwsError(403, "AccessDenied", "Cannot be called with session credentials");
}

function identity(asked: Asked): XmlFields {
  const { name } = asked.tenant;
  const account = accountId(asked);
  const userId = createHash("sha256").update(name).digest("hex").slice(0, 17).toUpperCase();
  return { Arn: `arn:aws:iam::${account}:user/${name}`, UserId: `AIDA${userId}`, Account: account };
}

/** A session of the datacentre; its secret follows from the tenant's own. */
function lend(asked: Asked, keys: TemporaryKeys): XmlFields {
  const { token, expiresAt } = login(asked);
  const accessKeyId = `ASIA${token.slice(0, 16).toUpperCase()}`;
  const secret = createHmac("sha256", asked.tenant.key).update(token).digest("base64");
  keys.set(token, { accessKeyId, secret, expiresAt });
  return { AccessKeyId: accessKeyId, SecretAccessKey: secret, SessionToken: token, Expiration: isoTime(expiresAt) };
}

/** Whatever role is named: the datacentre knows no rights but the account's own. */
function assumeRole(asked: Asked, given: Given, keys: TemporaryKeys): XmlFields {
  const role = given.needed("RoleArn");
  const session = given.needed("RoleSessionName");
  const name = role.split("/").at(-1) ?? "";
  const user = {
    AssumedRoleId: `AROA${name.toUpperCase()}:${session}`,
    Arn: `arn:aws:sts::${accountId(asked)}:assumed-role/${name}/${session}`,
  };
  return { Credentials: lend(asked, keys), AssumedRoleUser: user };
}
