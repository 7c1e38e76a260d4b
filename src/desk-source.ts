import { statSync } from 'node:fs';
import type { LiveSource } from './live.ts';

/** The fleet as the console's plans take it: as it was read at the start, or anew where the inventory may have changed since. */
export interface DeskSource {
  readonly now: () => LiveSource;
  /** Of today: read anew where one of its files has changed, or always where asked to. Throws with every problem where it cannot be read. */
  readonly today: (isAlwaysAnew: boolean) => Promise<LiveSource>;
}

/** Without `reread`, which a demo has not, it stays what it is. */
export function createDeskSource(first: LiveSource, reread?: () => Promise<LiveSource>): DeskSource {
  let source = first;
  let stamp = stampOf(source);
  return {
    now: () => source,
    today: async (isAlwaysAnew) => {
      if (reread === undefined || (!isAlwaysAnew && stampOf(source) === stamp)) return source;
      source = await reread();
      stamp = stampOf(source);
      return source;
    },
  };
}

/** When its files were written, and how long they are; a file that is gone counts as a change. */
const stampOf = ({ inventory: { files } }: LiveSource): string =>
  files
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return `${file} ${found?.mtimeMs} ${found?.size}`;
    })
    .join('\n');
