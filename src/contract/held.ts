// What waits after a return from a backup, as a text that the command line and the page share. Without schemas, so that the page can load
// it alone.

/** Completes "nothing is removed that was asked for before, and …". */
export function waitingText(deployments: number): string {
  if (deployments === 0) return "no deployment was under way";
  return deployments === 1
    ? "1 deployment that was under way waits"
    : `${deployments} deployments that were under way wait`;
}
