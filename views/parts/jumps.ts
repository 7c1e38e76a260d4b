import type { NodeName } from '../../src/model/ids.ts';
import type { Binding } from '../../src/ui/view.ts';

/** The views of one node's things a key leads to, the same key in every view. */
const JUMPS = [
  { key: 'n', view: 'nodes', title: 'node' },
  { key: 'm', view: 'mounts', title: 'mounts' },
  { key: 'x', view: 'exports', title: 'exports' },
  { key: 'b', view: 'disks', title: 'disks' },
  { key: 'u', view: 'gpus', title: 'GPUs' },
  { key: 'p', view: 'processes', title: 'processes' },
] as const;

/** The name of a view that shows things of one node. */
export type NodeViewName = (typeof JUMPS)[number]['view'];

/** Keys that open the other views filtered to the node of the row. */
export function nodeJumps<Row>(
  nodeOf: (row: Row) => NodeName | undefined,
  except: readonly NodeViewName[],
): readonly Binding<Row>[] {
  return JUMPS.filter(({ view }) => !except.includes(view)).map(({ key, view, title }) => ({
    key,
    title,
    action: 'open-view',
    disabled: (row: Row) =>
      nodeOf(row) === undefined ? 'this row is about no single node of the inventory' : undefined,
    open: (row: Row) => ({ view, filter: nodeFilter(nodeOf(row)) }),
  }));
}

/** The filter for the things of one node; a node name needs no quotes. */
export const nodeFilter = (node: NodeName | undefined): string => (node === undefined ? '' : `node=${node}`);

/** A word for a filter, in quotes where it needs them. */
export const quoted = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** The filter for mounts of one exported path or of something below it. */
export const sourceFilter = (path: string): string => `source:${quoted(`:${path}`)}`;

/** The filter for one mount of one node. */
export const targetFilter = (node: NodeName, target: string): string => `${nodeFilter(node)} target=${quoted(target)}`;

/** The filter for the export a path is mounted from: the path itself or a directory above it. */
export function exportFilter(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  const paths = parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`);
  return (paths.length === 0 ? ['/'] : paths).map((candidate) => `path=${quoted(candidate)}`).join(' | ');
}
