// Systems Manager's parameter store, as far as it names images: an image's aliases that begin with a slash are parameters.

import type { Asked } from "../../desk/asked.ts";
import { amount, flag, listOf, shape, text } from "../../shape.ts";
import { jsonAction, jsonApi } from "./json-api.ts";
import { regionOf } from "./names.ts";
import { amisOf } from "./images.ts";
import { AwsError } from "./refusals.ts";

function parametersOf(asked: Asked) {
  return amisOf(asked).flatMap(({ id, aliases, createdAt }) =>
    aliases
      .filter((alias) => alias.startsWith("/"))
      .map((name) => ({
        Name: name,
        Type: "String",
        Value: id,
        Version: 1,
        LastModifiedDate: createdAt / 1000,
        ARN: `arn:aws:ssm:${regionOf(asked)}::parameter${name}`,
        DataType: "aws:ec2:image",
      })),
  );
}

const readOne = shape({ Name: text }, { WithDecryption: flag });
const readMany = shape({ Names: listOf(text) }, { WithDecryption: flag });
const readPath = shape({ Path: text }, { Recursive: flag, WithDecryption: flag, MaxResults: amount, NextToken: text });

export const ssmApi = jsonApi({
  name: "ssm",
  target: "AmazonSSM",
  actions: new Map([
    [
      "GetParameter",
      jsonAction("images", readOne, (asked, { Name }) => {
        const Parameter = parametersOf(asked).find((parameter) => parameter.Name === Name);
        if (Parameter === undefined) throw new AwsError(400, "ParameterNotFound", `No parameter ${Name}`);
        return { Parameter };
      }),
    ],
    [
      "GetParameters",
      jsonAction("images", readMany, (asked, { Names }) => {
        const all = parametersOf(asked);
        const InvalidParameters = Names.filter((name) => all.every((parameter) => parameter.Name !== name));
        return { Parameters: all.filter(({ Name }) => Names.includes(Name)), InvalidParameters };
      }),
    ],
    [
      "GetParametersByPath",
      jsonAction("images", readPath, (asked, { Path, Recursive = false }) => {
        const start = Path.endsWith("/") ? Path : `${Path}/`;
        const isUnder = (name: string): boolean =>
          name.startsWith(start) && (Recursive || !name.slice(start.length).includes("/"));
        return { Parameters: parametersOf(asked).filter(({ Name }) => isUnder(Name)) };
      }),
    ],
  ]),
});
