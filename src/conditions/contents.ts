import type { Observed } from '../model/check.ts';
import type { ConditionRules, EntriesWish, Verdict } from '../model/condition.ts';
import { type Content, holdersOf } from '../model/contents.ts';
import { neutralise } from '../model/neutralise.ts';
import { fails, HOLDS, look, onCheck, unless } from './verdicts.ts';

/** What is asked of entries of a directory, which are known by device and inode, and of processes, known by number and start. */
export const contentRules = {
  'entries-same': {
    needs: ({ folder }) => [look('identities', folder)],
    judge: (wish, seen) =>
      inFolder(wish, seen, (present) => {
        for (const { name, id } of wish.entries) {
          const found = present.find((entry) => entry.name === name);
          if (found === undefined) return fails(`there is no ${told(wish.folder, name)}`);
          if (found.id !== id) return fails(`${told(wish.folder, name)} is another one than the plan showed`);
        }
        return HOLDS;
      }),
    words: ({ folder, entries }) => `${listed(entries.map(({ name }) => name))} in ${folder} as the plan showed`,
  },
  'entries-gone': {
    needs: ({ folder }) => [look('identities', folder)],
    judge: (wish, seen) =>
      inFolder(wish, seen, (present) => {
        const ids = new Set(wish.entries.map(({ name, id }) => `${id} ${name}`));
        const left = present.find(({ name, id }) => ids.has(`${id} ${name}`));
        return unless(left === undefined ? undefined : `${told(wish.folder, left.name)} is there`);
      }),
    words: ({ folder, entries }) => `${listed(entries.map(({ name }) => name))} gone from ${folder}`,
  },
  'entries-unused': {
    needs: ({ folder }) => [look('holders', folder)],
    judge: ({ folder, names }, seen) =>
      onCheck(seen, 'holders', folder, (holders) => {
        for (const name of names) {
          const [holder] = holdersOf({ name }, holders);
          if (holder !== undefined)
            return fails(
              neutralise(`${told(folder, name)} is in use by ${holder.pid} ${holder.user} ${holder.command}`),
            );
        }
        return HOLDS;
      }),
    words: ({ folder, names }) => `no process has ${listed(names)} in ${folder} open`,
  },
  'processes-gone': {
    needs: ({ pattern }) => [look('processes', pattern)],
    judge: ({ pattern, processes }, seen) =>
      onCheck(seen, 'processes', pattern, (running) => {
        const left = running.find((each) =>
          processes.some(({ pid, startTicks }) => pid === each.pid && startTicks === each.startTicks),
        );
        return unless(left === undefined ? undefined : neutralise(`${left.pid} ${left.user} ${left.command} runs`));
      }),
    words: ({ processes }) =>
      `${processes.length === 1 ? 'the process has' : `${processes.length} processes have`} ended`,
  },
} satisfies Pick<ConditionRules, 'entries-same' | 'entries-gone' | 'entries-unused' | 'processes-gone'>;

/** Of another directory, or of none, nothing follows: a volume that is not mounted any more holds nothing either. */
function inFolder(
  { folder, folderId }: EntriesWish,
  seen: Observed,
  judge: (entries: readonly Content[]) => Verdict,
): Verdict {
  return onCheck(seen, 'identities', folder, (contents) => {
    if (contents.kind === 'none') return { kind: 'unknown', because: `there is no ${folder} any more` };
    if (contents.kind === 'other') return { kind: 'unknown', because: contents.because };
    if (contents.id === folderId && contents.path === folder) return judge(contents.entries);
    return { kind: 'unknown', because: `${folder} is another directory than the plan showed` };
  });
}

const told = (folder: string, name: string): string => neutralise(`${folder}/${name}`);

const listed = (names: readonly string[]): string => {
  const [first = 'nothing', ...others] = names;
  return neutralise(others.length === 0 ? first : `${first} and ${others.length} more`);
};
