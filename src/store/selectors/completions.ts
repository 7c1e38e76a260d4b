import type { Completion } from '../../model/action.ts';
import type { BlockDevice } from '../../model/facts.ts';
import { goodValueOf } from '../../model/observation.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';

/** Words that complete a field, each once, in the order of the inventory and of the facts. */
export type Completions = { readonly [C in Completion]: readonly string[] };

/** What live and wished things can complete a field. A disk is named by what survives a boot. */
export const selectCompletions = memo(
  [(state: State) => state.inventory, (state: State) => state.nodes],
  (inventory, nodes): Completions => {
    const facts = [...nodes.values()].map(({ slots }) => slots);
    const mounts = facts.flatMap(({ mounts: slot }) => goodValueOf(slot) ?? []);
    const tables = facts.flatMap(({ exports: slot }) => goodValueOf(slot) ?? []);
    const units = facts.flatMap(({ units: slot }) => goodValueOf(slot) ?? []);
    const cards = [...nodes.values()].flatMap(({ name, slots: { gpus } }) =>
      (goodValueOf(gpus) ?? []).map((gpu) => ({ node: name, gpu })),
    );
    const disks = facts.flatMap(({ blockDevices: slot }) => goodValueOf(slot) ?? []);
    return {
      nodes: [...inventory.nodes.map(({ name }) => name), ...Object.keys(inventory.groups).map((group) => `@${group}`)],
      'mount-points': once([...inventory.mounts.map(({ target }) => target), ...mounts.map(({ target }) => target)]),
      sources: once([
        ...inventory.mounts.map(({ source }) => source),
        ...inventory.exports.map(({ node, path }) => `${node}:${path}`),
        ...mounts.filter(({ source }) => source.includes(':/')).map(({ source }) => source),
      ]),
      'export-paths': once([
        ...inventory.exports.map(({ path }) => path),
        ...tables.flatMap(({ files }) => files.map(({ path }) => path)),
      ]),
      disks: once(disks.filter(({ kind }) => kind === 'disk').map(nameOf)),
      units: once(units.flatMap(({ units: known, failed }) => [...known.map(({ name }) => name), ...failed])),
      volumes: inventory.volumes.map(({ name }) => name),
      gpus: cards.map(({ node, gpu: { index } }) => `${node}:gpu${index}`),
      'mig-profiles': once(cards.flatMap(({ gpu: { migDevices } }) => migDevices.map(({ profile }) => profile))),
      files: [],
    };
  },
);

const once = (words: readonly string[]): readonly string[] => [...new Set(words)];

/** Name under /dev/disk/by-id, else serial or wwn, else the path. */
export const nameOf = ({ stableIds, serial, wwn, path }: BlockDevice): string => stableIds[0] ?? serial ?? wwn ?? path;
