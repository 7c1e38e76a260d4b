import { isStorageFilesystem } from '../model/filesystem-types.ts';
import { goodValueOf } from '../model/observation.ts';
import { trimmed } from '../model/storage-source.ts';
import type { NodeRule } from './rule.ts';

/** Storage mounted over storage at one target: what an option change by "mount" instead of a remount leaves behind. */
export const stackedMounts = {
  kind: 'node',
  name: 'stacked-mounts',
  title: 'Mounts stacked',
  severities: ['warning'],
  reads: ['mounts'],
  find: ({ name, facts }) => {
    const layers = new Map<string, string[]>();
    for (const { target, source, fsType } of goodValueOf(facts.slots.mounts) ?? []) {
      if (!isStorageFilesystem(fsType)) continue;
      const place = trimmed(target);
      const sources = layers.get(place);
      if (sources === undefined) layers.set(place, [source]);
      else sources.push(source);
    }
    return [...layers]
      .filter(([, sources]) => sources.length > 1)
      .map(([target, sources]) => ({
        cause: `${target}:${sources.length}`,
        severity: 'warning' as const,
        evidence: { node: name, about: target, text: sources.join(' under ') },
        words: { layers: String(sources.length) },
      }));
  },
  tell: ({ nodes, first, word }) => ({
    title: `${first.about} is mounted ${word('layers')} times over itself on ${nodes}: ${first.text}`,
    nextMove: `Unmount ${first.about} on ${nodes} once per extra layer, when nobody uses it; only the uppermost can be seen.`,
  }),
} satisfies NodeRule;
