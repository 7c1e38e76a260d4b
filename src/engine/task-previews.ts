import type { Preview } from '../model/plan.ts';
import { type DriverLine, driverLines, parseDriverLine } from './driver-lines.ts';

/** What a driver told that its tasks would change, by node: a trial without effect, as previews of a plan. */
export function taskPreviews(output: string): ReadonlyMap<string, readonly Preview[]> {
  const found = new Map<string, Preview[]>();
  const take = driverLines((line) => {
    const told = parseDriverLine(line);
    if (told?.kind !== 'task-ended') return;
    const previews = previewsOf(told);
    if (previews.length > 0) found.set(told.host, [...(found.get(told.host) ?? []), ...previews]);
  });
  take(Buffer.from(`${output}\n`));
  return found;
}

function previewsOf({ title, outcome, says, diffs }: Extract<DriverLine, { kind: 'task-ended' }>): readonly Preview[] {
  switch (outcome) {
    case 'changed':
      return [
        { kind: 'state', now: title, after: diffs.length === 0 && says !== '' ? `changed: ${says}` : 'changed' },
        ...diffs.map(({ path, before, after }): Preview => ({ kind: 'file', path, before, after })),
      ];
    case 'failed':
    case 'unreachable':
      return [{ kind: 'state', now: title, after: `${outcome}: ${says}` }];
    default:
      return [];
  }
}
