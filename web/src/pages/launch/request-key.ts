import { useRef } from "react";

/** A key for each different request, so that asking twice for the same launches once. */
export function useRequestKey(): (request: unknown) => string {
  const last = useRef({ request: "", key: "" });
  return (request) => {
    const text = JSON.stringify(request);
    if (last.current.request !== text) last.current = { request: text, key: drawn() };
    return last.current.key;
  };
}

/** crypto.randomUUID is missing where the page came over plain http from another machine. */
function drawn(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
