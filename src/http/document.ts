// The API described for programs: OpenAPI 3.1, made from the routes. `openapi.json` at the top of the repository is this.

import { TIME_HEADER } from "../contract/terms.ts";
import type { App } from "./http-deps.ts";

export function documentOf(app: App) {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Slipway",
      version: "1",
      description:
        "Launches a whole deployment of cloud instances, or none of it. Money is in dollars, times are in UTC, errors are " +
        `application/problem+json. Replies to who has a token tell the server's time in the header ${TIME_HEADER}.`,
      license: { name: "Apache-2.0" },
    },
  });
  const token = { type: "http", scheme: "bearer", description: "A token made with `slipway token add`" } as const;
  return { ...document, components: { ...document.components, securitySchemes: { token } } };
}

/** The document as the text of a file. */
export function textOf(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
