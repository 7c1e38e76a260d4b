import { writeFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { hostname, userInfo } from 'node:os';
import process from 'node:process';
import { BOUND } from '../journal/order.ts';
import { rolloutId } from '../model/rollout.ts';

// One rollout in a process of its own, which outlives the console that asked for it, its terminal and its session. It is started with the
// state folder and the id; its words go to the file its standard error was opened on.
const [, , state = '', id = '', bound] = process.argv;

// The terminal's keys and its end are for whoever sits there.
process.on('SIGHUP', () => {});
process.on('SIGINT', () => {});
// What runs on the nodes goes on; the journal says where the next runner has to look.
process.on('SIGTERM', () => process.exit(0));

if (bound === BOUND) {
  for (const end of ['end', 'close', 'error']) process.stdin.on(end, () => process.exit(0));
  process.stdin.resume();
}

// Compiled code kept between starts, as bin/muster has it: 25 of the 170 ms of CPU that a start takes. What is imported above is not kept.
enableCompileCache();

// Whoever sits at a console goes first where processors are few: Linux gives each session a share, and the runner's is a tenth of another's
// then. A log of 200 MB that poured held a key for 138 to 241 ms, for 97 to 117 with a third of a share, and for 72 and 82 with this, in the same time. sched(7), "The autogroup feature"
try {
  writeFileSync('/proc/self/autogroup', '10');
} catch {
  // The kernel does not group sessions.
}

try {
  const { serveRollout } = await import('./serve.ts');
  const from = process.env['SSH_CONNECTION']?.split(' ')[0];
  const me = { user: userInfo().username, host: hostname(), ...(from === undefined ? {} : { from }) };
  await serveRollout(state, rolloutId(id), me);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
