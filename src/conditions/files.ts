import type { FileState } from '../model/check.ts';
import type { Condition, ConditionRules } from '../model/condition.ts';
import { fails, HOLDS, look, onCheck, unless } from './verdicts.ts';

/** What is asked of files and directories. */
export const fileRules = {
  file: {
    needs: ({ path }) => [look('file', path)],
    judge: ({ path, sha256, mode }, seen) =>
      onCheck(seen, 'file', path, (state) => {
        if (state.kind !== 'file') return fails(foundAt(path, state));
        if (state.sha256 === undefined) return { kind: 'unknown', because: `${path} is too large to be compared` };
        if (state.sha256 !== sha256) return fails(`${path} has another content`);
        return unless(mode === undefined || mode === state.mode ? undefined : `${path} has mode ${state.mode}`);
      }),
    words: ({ path }) => `${path} has the new content`,
  },
  'file-unchanged': {
    needs: ({ path }) => [look('file', path)],
    judge: ({ path, sha256 }, seen) =>
      onCheck(seen, 'file', path, (state) => {
        if (sha256 === undefined)
          return state.kind === 'none' ? HOLDS : fails(`${path} is there now, and was not when the plan was made`);
        if (state.kind !== 'file') return fails(foundAt(path, state));
        return unless(state.sha256 === sha256 ? undefined : `${path} changed since the plan was made`);
      }),
    words: ({ path, sha256 }) => (sha256 === undefined ? `there is no ${path}` : `${path} is as the plan showed it`),
  },
  'no-file': {
    needs: ({ path }) => [look('file', path)],
    judge: ({ path }, seen) =>
      onCheck(seen, 'file', path, (state) => (state.kind === 'none' ? HOLDS : fails(foundAt(path, state)))),
    words: ({ path }) => `there is no ${path}`,
  },
  directory: {
    needs: ({ path }) => [look('file', path)],
    judge: (condition, seen) =>
      onCheck(seen, 'file', condition.path, (state) =>
        state.kind === 'directory' ? unless(whyOtherOwner(condition, state)) : fails(foundAt(condition.path, state)),
      ),
    words: ({ path, owner, group, mode }) => {
      const whose = owner === undefined ? '' : ` of ${owner}${group === undefined ? '' : `:${group}`}`;
      return `${path} is a directory${whose}${mode === undefined ? '' : ` with mode ${mode}`}`;
    },
  },
} satisfies Pick<ConditionRules, 'file' | 'file-unchanged' | 'no-file' | 'directory'>;

function foundAt(path: string, state: FileState): string {
  switch (state.kind) {
    case 'none':
      return `there is no ${path}`;
    case 'link':
      return `${path} is a link to ${state.linkTo ?? 'somewhere'}`;
    case 'other':
      return `${path} is neither file nor directory`;
    default:
      return `${path} is a ${state.kind}`;
  }
}

/** Owner and group may be given by name or by number. */
function whyOtherOwner(
  { path, owner, group, mode }: Extract<Condition, { kind: 'directory' }>,
  state: Exclude<FileState, { kind: 'none' }>,
): string | undefined {
  const isOwner = owner === undefined || owner === state.owner || owner === String(state.uid);
  const isGroup = group === undefined || group === state.group || group === String(state.gid);
  if (!isOwner || !isGroup) return `${path} belongs to ${state.owner}:${state.group}`;
  return mode === undefined || Number.parseInt(mode, 8) === Number.parseInt(state.mode, 8)
    ? undefined
    : `${path} has mode ${state.mode}`;
}
