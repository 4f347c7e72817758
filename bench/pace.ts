// How many lists and looks a launch takes, and how much longer it takes than its machines need: in simulated time, so that the machine it
// is run on does not matter.

import { chain, counted, CRITICAL_MS, fiftyAndBack } from "../src/engine/pace.testsuite.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const calls = await fiftyAndBack(await counted());
say(`fifty machines at one account, of which the last one fails, and the way back: ${calls} lists and looks`);
for (const pushes of [false, true]) {
  const counting = await counted({ pushes });
  for (const round of [1, 2, 3]) {
    const { ms, lists } = await chain(counting, round);
    const where = pushes ? "at a cloud that announces changes" : "at a cloud that is asked";
    say(
      `a chain of three ${where}, launch ${round}: ${(ms / CRITICAL_MS).toFixed(3)} times its machines' time, ${lists} lists`,
    );
  }
}
process.exit();
