import type { Action, Input, NodeView } from '../model/action.ts';
import { checked, type GitFile } from '../model/check.ts';
import { absolutePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { editSharing } from '../sharing/edit.ts';
import type { SharingWish } from '../sharing/work.ts';
import { type PushedFile, pushStep } from '../storage/push-step.ts';
import { already, gather, type NodePlan, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** A setting that may be left as the file has it. */
const AS_IT_IS = ['as it is', 'true', 'false'] as const;

/** Declares time-slicing in the Git repository that owns it; src/sharing says what is read and changed there. */
export const timeSlice = {
  name: 'time-slice',
  title: 'Share GPUs by time-slicing',
  summary:
    'Declares slices per GPU in the Git files a cluster is made from: only the lines that must change, committed and pushed, taken back by a revert.',
  targets: [],
  fields: {
    at: {
      kind: 'nodes',
      title: 'Clone on',
      help: 'The one node the clone lies on; git runs there as the user who logs in.',
      isRequired: true,
      completes: 'nodes',
    },
    files: {
      kind: 'lines',
      title: 'Files',
      help: 'Absolute paths in the clone: chart values, a kustomization, a HelmRelease, an Application, or the ConfigMap; all that take part.',
      isRequired: true,
    },
    replicas: {
      kind: 'count',
      title: 'Slices per GPU',
      help: 'Pods that share one GPU; 1 ends the sharing. Each gets equal time, none a share of memory, nothing keeps them apart; two slices are not twice the speed and may lie on two cards.',
      min: 1,
      max: 128,
      default: 4,
    },
    resource: {
      kind: 'text',
      title: 'Resource',
      help: 'nvidia.com/gpu, or that of a MIG profile, e.g. nvidia.com/mig-1g.5gb.',
      default: 'nvidia.com/gpu',
    },
    config: {
      kind: 'text',
      title: 'Configuration',
      help: 'Its key in the ConfigMap, as the label nvidia.com/device-plugin.config names it; empty for the default one.',
    },
    rename: {
      kind: 'choice',
      title: 'Rename',
      help: 'true offers nvidia.com/gpu.shared in place of nvidia.com/gpu: pods must ask for it by that name. Recommended for new set-ups.',
      choices: AS_IT_IS,
      default: 'as it is',
    },
    single: {
      kind: 'choice',
      title: 'One slice each',
      help: 'true refuses pods that ask for more than one slice, which would gain them nothing. Recommended for new set-ups.',
      choices: AS_IT_IS,
      default: 'as it is',
    },
    branch: {
      kind: 'text',
      title: 'Branch',
      help: 'The branch of the remote to push to, made where it is new; empty for the one that the clone follows.',
    },
    check: {
      kind: 'text',
      title: 'Check',
      help: 'A line of shell that tries the changed tree before anything is pushed, e.g. kustomize build infrastructure.',
    },
  },
  needs: (input, fleet) =>
    needsOn(nodesIn(input['at'], fleet), () =>
      pathsIn(input).map((path) => ({ kind: 'check', check: 'gitFile', target: `${refOf(input)} ${path}` })),
    ),
  plan(input, fleet) {
    const title = titleOf(input);
    const nodes = nodesIn(input['at'], fleet);
    if (nodes.length !== 1) {
      const because = `${nodes.length} nodes are named for the one clone`;
      return { kind: 'refused', title, because, tryThis: 'name the node the clone lies on', refused: [] };
    }
    const gathered = gather(nodes, fleet, (view) => planEdit(input, view));
    return planOf(title, stageOf(title, gathered.jobs), gathered);
  },
} satisfies Action;

const replicasOf = (input: Input): number => Number(input['replicas']);

const titleOf = (input: Input): string =>
  replicasOf(input) === 1
    ? `stop sharing ${String(input['resource'])}`
    : `share ${String(input['resource'])} in ${replicasOf(input)} slices per GPU`;

const textIn = (input: Input, field: string): string => String(input[field] ?? '').trim();

const refOf = (input: Input): string => textIn(input, 'branch') || '-';

/** The files named, each once; what is no absolute path is kept and refused by the plan. */
function pathsIn(input: Input): readonly string[] {
  const lines = input['files'];
  return [...new Set((Array.isArray(lines) ? lines : []).map((line) => line.trim()).filter((line) => line !== ''))];
}

function wishOf(input: Input): SharingWish {
  const flag = (field: string): boolean | undefined =>
    input[field] === 'true' ? true : input[field] === 'false' ? false : undefined;
  return {
    replicas: replicasOf(input),
    resource: textIn(input, 'resource'),
    renameByDefault: flag('rename'),
    failRequestsGreaterThanOne: flag('single'),
    config: textIn(input, 'config') || undefined,
  };
}

function planEdit(input: Input, { seen }: NodeView): NodePlan {
  const paths = pathsIn(input);
  const clones: Extract<GitFile, { readonly kind: 'clone' }>[] = [];
  for (const path of paths) {
    if (!path.startsWith('/')) return refused(`${path} is no absolute path`, 'name the file from / on');
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

function editIn(
  input: Input,
  clones: readonly Extract<GitFile, { readonly kind: 'clone' }>[],
  { root, remote, branch, tip }: Extract<GitFile, { readonly kind: 'clone' }>,
): NodePlan {
  const wish = wishOf(input);
  const edit = editSharing(
    clones.map(({ path, text = '' }) => ({ path, text })),
    wish,
  );
  if (edit.kind === 'refused') return refused(edit.because, edit.tryThis);
  if (edit.kind === 'as-wished') return already(`${remote}/${branch} declares it so already`);
  const [first, ...others] = edit.files.map(({ path, text }): PushedFile => {
    const before = clones.find((clone) => clone.path === path)?.text ?? '';
    return { file: absolutePath(`${root}/${path}`), path, before, after: text };
  });
  if (first === undefined) return already(`${remote}/${branch} declares it so already`);
  const step = pushStep({
    files: [first, ...others],
    root,
    remote,
    branch,
    isDefault: refOf(input) === '-',
    message: messageOf(input),
    check: textIn(input, 'check'),
  });
  return { kind: 'steps', steps: [withWords(step, `${remote}/${branch} at ${tip.slice(0, 10)}`, edit.changes, wish)] };
}

function messageOf(input: Input): string {
  const title = titleOf(input);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** The step with what changes, in words, and what nobody expects of time-slicing. */
function withWords(step: Step, now: string, changes: readonly string[], { replicas }: SharingWish): Step {
  const warnings =
    replicas === 1
      ? ['running pods keep their slices; what is new gets whole cards']
      : [
          'slices share time alone: a pod that fills the memory of a card ends the others on it',
          'running pods keep what they have; the device plugin reads a changed ConfigMap when it restarts',
        ];
  return {
    ...step,
    preview: [{ kind: 'state', now, after: changes.join('; ') }, ...step.preview],
    warnings: [...step.warnings, ...warnings],
  };
}
