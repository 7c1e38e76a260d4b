import type { NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import type { Step } from '../model/plan.ts';
import { linesFor, withoutFstabLine } from '../storage/fstab-lines.ts';
import { reloadStep } from '../storage/local-steps.ts';
import { sha256 } from '../storage/managed.ts';
import { removeMountPointStep } from '../storage/mount-point.ts';
import { writeStep } from '../storage/write-file.ts';

/** The text of fstab, empty where there is none; undefined where it could not be read. */
export const fstabOf = ({ seen }: NodeView): string | undefined => {
  const file = checked(seen, 'file', '/etc/fstab');
  return file?.kind === 'none' ? '' : file?.kind === 'file' ? file.text : undefined;
};

/** Steps that have systemd read its units again: one at the end of the plan is enough. */
export const isReload = ({ run }: Step): boolean => run.argv.includes('daemon-reload');

/** Once for all mounts that go: the lines go in one write, so that a plan that was interrupted anywhere finds the file as it expects it. */
export function lastSteps(targets: readonly string[], units: readonly string[], view: NodeView): readonly Step[] {
  if (targets.length === 0) return [];
  const before = fstabOf(view) ?? '';
  const lined = targets.filter((target) => linesFor(before, target).length > 0);
  const text = lined.reduce(withoutFstabLine, before);
  return [
    ...(text === before
      ? []
      : [
          {
            ...writeStep({ path: '/etc/fstab', text, mode: '0644', what: 'the table' }, before),
            title: `take ${lined.join(', ')} out of /etc/fstab`,
          },
        ]),
    ...(view.seen.facts.units === undefined || (text === before && units.length === 0)
      ? []
      : [reloadStep(units, 'not-found')]),
    ...targets.map(removeMountPointStep),
  ];
}

/** The node as if fstab had no line for a target. */
export function withoutLine(view: NodeView, target: string): NodeView {
  const file = checked(view.seen, 'file', '/etc/fstab');
  if (file?.kind !== 'file' || file.text === undefined) return view;
  const text = withoutFstabLine(file.text, target);
  const after = { ...file, text, sha256: sha256(text) };
  return { ...view, seen: { ...view.seen, checks: new Map(view.seen.checks).set('file /etc/fstab', after) } };
}
