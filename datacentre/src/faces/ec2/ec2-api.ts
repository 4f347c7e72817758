// Amazon EC2: parameters in a form or in the query, answers in XML.

import type { Operation } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import type { FaceReply } from "../face.ts";
import type { Action, Memory } from "./action.ts";
import { EC2_ACTIONS } from "./actions.ts";
import { type Given, givenIn } from "./parameters.ts";
import { invalidAction, queryIn, SAID_ALREADY, xmlReply } from "./query.ts";
import { AwsError } from "./refusals.ts";
import { type AwsCall, type AwsApi, refusedCall } from "./api.ts";
import { xmlDocument, type XmlFields } from "./xml.ts";

const VERSION = "2016-11-15";
const NAMESPACE = `http://ec2.amazonaws.com/doc/${VERSION}/`;

/** Of requests of which nobody can say what they ask for. */
const ANY: Operation = "describe";

export function ec2Api(memory: Memory): AwsApi {
  return {
    name: "ec2",
    isGlobal: false,
    read: (request, requestId) =>
      refusedCall(ANY, () => {
        const { parameters, name } = queryIn(request, VERSION);
        const action = EC2_ACTIONS.get(name);
        if (action === undefined) throw invalidAction(name);
        const given = givenIn(parameters, SAID_ALREADY);
        return refusedCall(action.operation, () => callOf({ name, action, given, memory, requestId }));
      }),
    failure({ status, code, message }, requestId) {
      const errors = { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId };
      return xmlReply(status, xmlDocument("Response", errors));
    },
  };
}

interface Requested {
  readonly name: string;
  readonly action: Action;
  readonly given: Given;
  readonly memory: Memory;
  readonly requestId: string;
}

function callOf({ name, action, given, memory, requestId }: Requested): AwsCall {
  const isDryRun = given.flag("DryRun") ?? false;
  const { subject, check, answer } = action.read(given, memory);
  given.finish();
  const effect = (asked: Asked): FaceReply => {
    if (isDryRun) {
      check?.(asked);
      throw new AwsError(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
    }
    const content: XmlFields = { requestId, ...answer(asked) };
    return xmlReply(200, xmlDocument(`${name}Response`, content, NAMESPACE));
  };
  return { subject: { operation: action.operation, ...subject }, effect };
}
