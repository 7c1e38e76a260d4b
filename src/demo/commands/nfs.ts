import { kernelClause } from '../answers/exports.ts';
import { exportLines } from '../export-lines.ts';
import { unexport } from '../transitions.ts';
import { type Bench, type Commands, change, type Doing, failed, parseArgs, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';

/** exportfs(8). */
export const nfsCommands: Commands = { exportfs: { play: playExportfs } };

function* playExportfs(bench: Bench, args: readonly string[]): Doing {
  const node = stateOf(bench);
  if (!node.services.some(({ name }) => name === 'nfs-server.service'))
    return yield* failed('sh: 1: exportfs: not found', 127);
  const { flags, words } = parseArgs(args, ['o']);
  if (flags.size === 0 || flags.has('s') || flags.has('v')) {
    for (const entry of node.exports) yield say(kernelClause(entry));
    return 0;
  }
  if (!bench.isRoot)
    return yield* failed('exportfs: could not open /var/lib/nfs/.etab.lock for locking: errno 13 (Permission denied)');
  yield wait(TAKES.exportfs);
  if (flags.has('r') || flags.has('a')) {
    const isOff = flags.has('u');
    change(bench, (state) => ({ ...state, exports: isOff ? [] : exportLines(state) }));
    return 0;
  }
  if (!flags.has('u')) return yield* failed(`exportfs: ${args.join(' ')} is not simulated here`, 127);
  for (const word of words) {
    const [client = '', path = ''] = word.split(/:(\/.*)/s, 2);
    if (!stateOf(bench).exports.some((entry) => entry.path === path && entry.client === client))
      return yield* failed(`exportfs: Could not find '${word}' to unexport.`);
    change(bench, (state) => unexport(state, path, client));
  }
  return 0;
}
