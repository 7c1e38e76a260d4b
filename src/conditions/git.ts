import type { ConditionRules } from '../model/condition.ts';
import { fails, look, onCheck, unless } from './verdicts.ts';

/** What is asked of files in Git. */
export const gitRules = {
  'git-file': {
    needs: ({ ref, path }) => [look('gitFile', `${ref} ${path}`)],
    judge: ({ ref, path, sha256 }, seen) =>
      onCheck(seen, 'gitFile', `${ref} ${path}`, (state) => {
        if (state.kind === 'none') return { kind: 'unknown', because: state.because };
        const where = `${state.remote}/${state.branch}`;
        if (state.sha256 === undefined) return fails(`${where} has no text at ${state.path}`);
        return unless(state.sha256 === sha256 ? undefined : `${where} has another ${state.path}`);
      }),
    words: ({ ref, path, sha256 }) =>
      `${ref === '-' ? 'the branch the clone follows' : ref} has ${path} as shown (${sha256.slice(0, 12)})`,
  },
} satisfies Pick<ConditionRules, 'git-file'>;
