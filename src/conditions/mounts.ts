import { describeDifferences } from '../model/comparison.ts';
import type { Condition, ConditionRules } from '../model/condition.ts';
import type { BlockDevice, Mount } from '../model/facts.ts';
import { compareOptions } from '../model/mount-options.ts';
import { stackedAt } from '../model/mounts.ts';
import { isSameSource, trimmed } from '../model/storage-source.ts';
import { ask, fails, HOLDS, look, onCheck, onFact, unless } from './verdicts.ts';

type Mounted = Extract<Condition, { kind: 'mounted' }>;

/** Names of processes in a sentence, at most. */
const MOST_NAMED = 3;

/** What is asked of mount points. Automounts are told apart from what they mount. */
export const mountRules = {
  mounted: {
    needs: ({ uuid }) => (uuid === undefined ? [ask('mounts')] : [ask('mounts'), ask('blockDevices')]),
    judge: (condition, seen) =>
      onFact(seen, 'mounts', (mounts) => {
        const top = realMountsAt(mounts, condition.target).at(-1);
        if (top === undefined) return fails(`nothing is mounted at ${condition.target}`);
        const because = whyNotThis(condition, top);
        if (because !== undefined || condition.uuid === undefined) return unless(because);
        return onFact(seen, 'blockDevices', (devices) => unless(whyOtherDevice(condition, top, devices)));
      }),
    words: ({ target, source, uuid, fsType }) =>
      `${source ?? (uuid === undefined ? (fsType ?? 'a filesystem') : `the filesystem with UUID ${uuid}`)} is mounted at ${target}`,
  },
  'not-mounted': {
    needs: ({ target, unless: kept }) =>
      kept?.answers === true ? [ask('mounts'), ask('usage', target)] : [ask('mounts')],
    judge: ({ target, unless: kept }, seen) =>
      onFact(seen, 'mounts', (mounts) => {
        const top = realMountsAt(mounts, target).at(-1);
        if (top === undefined) return HOLDS;
        if (kept === undefined) return fails(`${top.source} is mounted at ${target}`);
        const { answers, ...rest } = kept;
        const because = whyNotThis({ kind: 'mounted', target, ...rest }, top);
        if (because !== undefined || !answers || seen.facts.usage?.byTarget[target] !== undefined)
          return unless(because);
        return fails(`what is mounted at ${target} does not answer`);
      }),
    words: ({ target, unless: kept }) =>
      `nothing is mounted at ${target}${kept === undefined ? '' : ', or it is as it should be already'}`,
  },
  stacked: {
    needs: () => [ask('mounts')],
    judge: ({ target, most }, seen) =>
      onFact(seen, 'mounts', (mounts) => {
        const count = realMountsAt(mounts, target).length;
        return count <= most ? HOLDS : fails(`${count} mounts lie upon each other at ${target}`);
      }),
    words: ({ target, most }) => `at most ${most} mount${most === 1 ? '' : 's'} at ${target}`,
  },
  answers: {
    needs: ({ target }) => [ask('usage', target)],
    judge: ({ target }, seen) => {
      if (seen.facts.usage?.byTarget[target] !== undefined) return HOLDS;
      return fails(seen.failed.get(`usage ${target}`) ?? seen.failed.get('usage') ?? `${target} was not asked`);
    },
    words: ({ target }) => `what is mounted at ${target} answers`,
  },
  'no-users': {
    needs: ({ target }) => [look('users', target)],
    judge: ({ target }, seen) =>
      onCheck(seen, 'users', target, (users) => {
        if (users.length === 0) return HOLDS;
        const named = users.slice(0, MOST_NAMED).map(({ pid, user, command }) => `${pid} ${user} ${command}`.trim());
        const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : '';
        return fails(`${target} is in use by ${named.join('; ')}${more}`);
      }),
    words: ({ target }) => `no process has anything open below ${target}`,
  },
} satisfies Pick<ConditionRules, 'mounted' | 'not-mounted' | 'stacked' | 'answers' | 'no-users'>;

const realMountsAt = (mounts: readonly Mount[], target: string): readonly Mount[] =>
  stackedAt(mounts, trimmed(target)).filter(({ fsType }) => fsType !== 'autofs');

function whyNotThis(condition: Mounted, mount: Mount): string | undefined {
  const { target, fsType, source, options } = condition;
  if (source !== undefined && !isSameSource(source, mount)) {
    return `${mount.source} is mounted at ${target}, not ${source}`;
  }
  if (fsType !== undefined && !isSameType(fsType, mount.fsType)) {
    return `${mount.fsType} is mounted at ${target}, not ${fsType}`;
  }
  const { differences } = compareOptions(options ?? [], mount);
  return differences.length === 0 ? undefined : `${target}: ${describeDifferences(differences)}`;
}

/** mount.nfs turns `nfs` into the version it negotiates, and FUSE puts its family before the name. */
const isSameType = (wished: string, seen: string): boolean =>
  wished === seen || (wished === 'nfs' && seen === 'nfs4') || seen === `fuse.${wished}`;

function whyOtherDevice(condition: Mounted, mount: Mount, devices: readonly BlockDevice[]): string | undefined {
  const device = devices.find(({ path }) => path === mount.source);
  if (device?.uuid === undefined) return `the UUID of ${mount.source} is not known`;
  return device.uuid.toLowerCase() === condition.uuid?.toLowerCase()
    ? undefined
    : `${mount.source} with UUID ${device.uuid} is mounted at ${condition.target}`;
}
