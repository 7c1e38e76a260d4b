import type { FleetView, Input, NodeView } from '../model/action.ts';
import { versionInLabel } from '../model/chart-keys.ts';
import { checked, type GitFile } from '../model/check.ts';
import { absolutePath } from '../model/ids.ts';
import type { SeenSharing } from '../model/kube-sharing.ts';
import type { Step } from '../model/plan.ts';
import { editSharing } from '../sharing/edit.ts';
import { type RepositoryFile, unreadKeys } from '../sharing/places.ts';
import type { SharingWish } from '../sharing/work.ts';
import { type PushedFile, pushStep } from '../storage/push-step.ts';
import { type Refusal, refused } from './node-plans.ts';
import { pathsIn, refOf, textIn, titleOf, wishOf } from './time-slice-input.ts';

type Clone = Extract<GitFile, { readonly kind: 'clone' }>;

/** What Git is to declare: the files before and after, and the push where they differ. */
export interface GitEdit {
  readonly kind: 'git';
  readonly clone: Pick<Clone, 'root' | 'remote' | 'branch'>;
  readonly before: readonly RepositoryFile[];
  readonly after: readonly RepositoryFile[];
  /** The key of the configuration. */
  readonly config: string;
  readonly step: Step | undefined;
}

/** Edits the files of the clone on a node; undefined step: they declare it already. */
export function planEdit(input: Input, fleet: FleetView, { seen }: NodeView): GitEdit | Refusal {
  const clones: Clone[] = [];
  for (const path of pathsIn(input, fleet)) {
    if (!path.startsWith('/') && !path.startsWith('~/'))
      return refused(`${path} is no absolute path`, 'name the file from / on');
    const file = checked(seen, 'gitFile', `${refOf(input)} ${path}`);
    if (file === undefined) {
      const because = seen.failed.get(`gitFile ${refOf(input)} ${path}`) ?? 'no answer';
      return refused(`${path}: ${because}`, 'see whether git works there, then plan again');
    }
    if (file.kind === 'none') return refused(`${path}: ${file.because}`, 'mend that, then plan again');
    if (file.text === undefined) {
      const what = file.isLarge ? 'is longer than 256 KiB' : 'is not there, or no text';
      return refused(`${path} ${what} in ${file.remote}/${file.branch}`, 'name another file');
    }
    clones.push(file);
  }
  const [first] = clones;
  if (first === undefined) return refused('no file is named', 'name the file that declares the sharing');
  const stranger = clones.find(({ root }) => root !== first.root);
  if (stranger !== undefined)
    return refused(`${first.root} and ${stranger.root} are two clones`, 'change one after the other');
  return editIn(input, clones, first);
}

function editIn(input: Input, clones: readonly Clone[], clone: Clone): GitEdit | Refusal {
  const { root, remote, branch, tip } = clone;
  const wish = wishOf(input);
  const before = clones.map(({ path, text = '' }) => ({ path, text }));
  const edit = editSharing(before, wish);
  if (edit.kind === 'refused') return refused(edit.because, edit.tryThis);
  const same: GitEdit = { kind: 'git', clone, before, after: before, config: edit.config, step: undefined };
  if (edit.kind === 'as-wished') return same;
  const [first, ...others] = edit.files.map(({ path, text }): PushedFile => {
    const old = clones.find((one) => one.path === path)?.text ?? '';
    return { file: absolutePath(`${root}/${path}`), path, before: old, after: text };
  });
  if (first === undefined) return same;
  const step = pushStep({
    files: [first, ...others],
    root,
    remote,
    branch,
    isDefault: refOf(input) === '-',
    message: messageOf(input),
    check: textIn(input, 'check'),
  });
  return {
    ...same,
    after: before.map((file) => edit.files.find(({ path }) => path === file.path) ?? file),
    step: withWords(step, `${remote}/${branch} at ${tip.slice(0, 10)}`, edit.changes, wish),
  };
}

/** The edit with what is written where the chart's version does not look, which no proof of the edit itself can tell. */
export function withUnread(edit: GitEdit, sharing: SeenSharing | undefined): GitEdit {
  const labels = [sharing?.policy?.chart, sharing?.plugin?.chart];
  const unread = unreadKeys(edit.after, (chart) =>
    labels.map((label) => versionInLabel(chart, label)).find((version) => version !== undefined),
  );
  return edit.step === undefined || unread.length === 0
    ? edit
    : { ...edit, step: { ...edit.step, warnings: [...unread, ...edit.step.warnings] } };
}

function messageOf(input: Input): string {
  const title = titleOf(input);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** What nobody expects of time-slicing. */
export const sharingWarnings = ({ replicas }: Pick<SharingWish, 'replicas'>): readonly string[] =>
  replicas === 1
    ? ['running pods keep their slices; what is new gets whole cards']
    : [
        'slices share time alone: a pod that fills the memory of a card ends the others on it',
        'running pods keep what they have; the device plugin reads a changed ConfigMap when it restarts',
      ];

/** The step with what changes, in words. */
function withWords(step: Step, now: string, changes: readonly string[], wish: SharingWish): Step {
  return {
    ...step,
    preview: [{ kind: 'state', now, after: changes.join('; ') }, ...step.preview],
    warnings: [...step.warnings, ...sharingWarnings(wish)],
  };
}
