import { expect, test } from "vitest";
import { type RenderContext, renderTemplate } from "./render.ts";

const member = (name: string, privateAddress: string | null) => ({
  name,
  id: `i-${name}`,
  privateAddress,
  publicAddress: null,
});

const CONTEXT: RenderContext = {
  parameters: { size: 3, debug: false, password: "hunter2", closed: null },
  instances: { "app-1": member("app-1", "10.0.0.1"), "app-2": member("app-2", "10.0.0.2"), db: member("db", null) },
  self: { name: "web-1", index: 1, callbackUrl: "https://slipway.example/v1/callback/n" },
  deployment: { name: "shop" },
};

test("all kinds of parts are filled in", () => {
  const rendered = renderTemplate(
    [
      { kind: "text", text: "A=" },
      { kind: "parameter", name: "size" },
      { kind: "parameter", name: "debug" },
      { kind: "parameter", name: "password" },
      { kind: "text", text: " B=" },
      { kind: "instance", instances: ["app-1", "app-2"], attribute: "privateAddress" },
      { kind: "text", text: " C=" },
      { kind: "instance", instances: ["app-2"], attribute: "id" },
      { kind: "text", text: " D=" },
      { kind: "self", attribute: "name" },
      { kind: "self", attribute: "index" },
      { kind: "self", attribute: "callbackUrl" },
      { kind: "deployment", attribute: "name" },
    ],
    CONTEXT,
  );
  const text = "A=3falsehunter2 B=10.0.0.1,10.0.0.2 C=i-app-2 D=web-11https://slipway.example/v1/callback/nshop";
  expect(rendered).toEqual({ text });
});

test("what is missing is named once and nothing is rendered", () => {
  const rendered = renderTemplate(
    [
      { kind: "instance", instances: ["app-1", "db", "cache"], attribute: "privateAddress" },
      { kind: "instance", instances: ["db"], attribute: "privateAddress" },
      { kind: "parameter", name: "closed" },
      { kind: "parameter", name: "constructor" },
    ],
    CONTEXT,
  );
  expect(rendered).toEqual({
    missing: "db.privateAddress, cache.privateAddress, params.closed, params.constructor",
  });
});

test("an empty template is an empty text", () => {
  expect(renderTemplate([], CONTEXT)).toEqual({ text: "" });
});
