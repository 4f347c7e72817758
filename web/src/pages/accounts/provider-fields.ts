// What each kind of cloud is asked for in the form. A provider without a row is asked for nothing but its name: the server says
// what is missing.

export interface ProviderField {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly kind: "text" | "secret" | "flag" | "number";
  readonly isRequired: boolean;
  readonly placeholder?: string;
}

interface ProviderForm {
  readonly about: string;
  readonly settings: readonly ProviderField[];
  readonly credentials: readonly ProviderField[];
}

const FORMS: Readonly<Record<string, ProviderForm>> = {
  sim: {
    about: "A tenant of a simulated datacentre, for trying Slipway out.",
    settings: [
      {
        name: "url",
        label: "Address of the datacentre",
        hint: "As its process prints it",
        kind: "text",
        isRequired: true,
        placeholder: "http://127.0.0.1:8700",
      },
      { name: "tenant", label: "Tenant", hint: "The demo has north, rhev and south", kind: "text", isRequired: true },
    ],
    credentials: [
      {
        name: "key",
        label: "Key",
        hint: "Of the tenant; stored encrypted and never shown",
        kind: "secret",
        isRequired: true,
      },
    ],
  },
  docker: {
    about: "Containers of one Docker Engine.",
    settings: [
      {
        name: "endpoint",
        label: "Endpoint",
        hint: "A socket on Slipway's machine, or an address",
        kind: "text",
        isRequired: true,
        placeholder: "unix:///var/run/docker.sock",
      },
      {
        name: "network",
        label: "Network",
        hint: "Of the containers; bridge when left out",
        kind: "text",
        isRequired: false,
      },
      {
        name: "hourlyPrice",
        label: "Price",
        hint: "Dollars per processor and hour, for ranking and cost",
        kind: "number",
        isRequired: false,
      },
      {
        name: "publish",
        label: "Publish ports",
        hint: "Opens what readiness checks try on the engine's machine",
        kind: "flag",
        isRequired: false,
      },
    ],
    credentials: [],
  },
};

const NONE: ProviderForm = { about: "", settings: [], credentials: [] };

export function formOf(provider: string): ProviderForm {
  return FORMS[provider] ?? NONE;
}

export type Given = Readonly<Record<string, string>>;

/** What is sent of the fields: nothing of those left empty; flags and numbers as such. */
export function valuesOf(fields: readonly ProviderField[], given: Given): Record<string, string | number | boolean> {
  const values: Record<string, string | number | boolean> = {};
  for (const { name, kind } of fields) {
    const text = (given[name] ?? "").trim();
    if (text === "") continue;
    values[name] = kind === "flag" ? text === "true" : kind === "number" ? Number(text) : text;
  }
  return values;
}

export function textsOf(fields: readonly ProviderField[], given: Given): Record<string, string> {
  return Object.fromEntries(Object.entries(valuesOf(fields, given)).map(([name, value]) => [name, String(value)]));
}
