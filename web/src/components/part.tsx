import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import { ErrorState } from "./states.tsx";

/**
 * A part of the page that is loaded when it is first shown. When the server is away just then, or has another build by now, the rest
 * of the page stays: browsers remember that a script could not be loaded, so only loading the page anew helps.
 */
export function part<P>(load: () => Promise<ComponentType<P>>): LazyExoticComponent<ComponentType<P>> {
  return lazy(async () => ({ default: await load().catch((): ComponentType<P> => PartMissing) }));
}

function PartMissing() {
  const error = {
    title: "A part of this page could not be loaded",
    message: "The server may be away, or newer than this page. Loading the page anew brings it.",
  };
  return <ErrorState error={error} onRetry={() => window.location.reload()} />;
}
