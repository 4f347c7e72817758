// How many lists and looks a launch takes, and how much longer it takes than its machines need: in simulated time, so that the machine it
// is run on does not matter.

import { chain, counted, criticalMs, fiftyAndBack, fixed, spread, steady } from "../src/engine/pace.testsuite.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const times = (ms: number, bootMs: number): string =>
  `${(ms / criticalMs(bootMs)).toFixed(3)} times its machines' time`;

const calls = await fiftyAndBack(await counted());
say(`fifty machines at one account, of which the last one fails, and the way back: ${calls} lists and looks`);
const none = await chain(await counted({ boot: fixed(0) }), 1);
say(`a chain of three whose machines are up at once, the first launch of all: ${none.ms} ms, ${none.lists} lists`);
for (const bootMs of [500, 5_000, 30_000, 90_000]) {
  const first = await chain(await counted({ boot: fixed(bootMs) }), 1);
  say(
    `a chain of three, boots of ${bootMs / 1_000} s, the first launch: ${times(first.ms, bootMs)}, ${first.lists} lists`,
  );
  for (const boot of [fixed(bootMs), spread(bootMs)]) {
    const { ms, lists } = await steady(await counted({ boot }));
    const which = boot.kind === "fixed" ? "once they are known" : "once they are known, which differ by 30 %";
    say(`  ${which}: ${times(ms, bootMs)}, ${lists.toFixed(1)} lists`);
  }
}
const pushing = await counted({ pushes: true });
for (const round of [1, 2]) {
  const { ms, lists } = await chain(pushing, round);
  say(`boots of 5 s at a cloud that announces changes, launch ${round}: ${times(ms, 5_000)}, ${lists} lists`);
}
process.exit();
