import { createHash } from 'node:crypto';
import { type Answerer, type Asked, type Reply, text } from '../answers/reply.ts';
import { touched } from '../automount.ts';
import { cleanPath, fileAt, idOf, namesIn, type Place, placeOf } from '../files.ts';
import type { DemoFile, NodeState } from '../node-state.ts';

const TYPE_BITS = { file: 0o100000, directory: 0o040000, link: 0o120000 } as const;
/** What an empty directory takes on ext4. */
const DIRECTORY_BYTES = 4_096;

/** One path, as stat(1), sha256sum(1) and base64(1) tell it. */
export const file = {
  isInline: false,
  isStill: false,
  answer: (asked) =>
    onPlace(asked, (node, path) => {
      const found = fileAt(node, path);
      if (found === undefined) return missing(asked.target);
      const { owner, group } = found;
      const ids = `${idOf(owner) ?? 0} ${idOf(group) ?? 0}`;
      const stat = `${bits(found)} ${ids} ${sizeOf(found)} ${Math.floor(found.modifiedAtMs / 1_000)} ${owner} ${group}`;
      if (found.kind === 'link') return text(['== stat', stat, '== link', found.text]);
      if (found.kind === 'directory') return text(['== stat', stat]);
      const sum = createHash('sha256').update(found.text).digest('hex');
      return text(['== stat', stat, '== sum', `${sum}  -`, '== text', Buffer.from(found.text).toString('base64')]);
    }),
} satisfies Answerer;

/** What lies directly in a directory. */
export const entries = {
  isInline: false,
  isStill: false,
  answer: (asked) =>
    onPlace(asked, (node, path) => {
      const found = fileAt(node, path);
      if (found === undefined) return missing(asked.target);
      if (found.kind !== 'directory') return text(['== error', `${found.kind}, not to be entered`]);
      const lines = namesIn(node, path).flatMap((name): readonly string[] => {
        const entry = fileAt(node, path === '/' ? `/${name}` : `${path}/${name}`);
        if (entry === undefined) return [];
        return [`${bits(entry)} ${sizeOf(entry)} ${Math.floor(entry.modifiedAtMs / 1_000)} ${entry.owner} ${name}`];
      });
      return text(['== entries', ...lines]);
    }),
} satisfies Answerer;

/** Asks where the path really lies; looking below an automount mounts it, and nobody answers for a share that hangs. */
export function onPlace({ world, node, target }: Asked, answer: (node: NodeState, path: string) => Reply): Reply {
  const path = cleanPath(target);
  const place: Place = placeOf(world, touched(world, node, path), path);
  if (place.kind === 'hung') return { kind: 'blocked', isKillable: false };
  if (place.kind === 'stale') return text(['== error', `stat: cannot statx '${target}': Stale file handle`]);
  return answer(place.node, place.path);
}

const missing = (path: string): Reply => text(['== error', `stat: cannot statx '${path}': No such file or directory`]);

/** The mode of stat(1), in hex. */
export const bits = ({ kind, mode }: DemoFile): string => (TYPE_BITS[kind] | Number.parseInt(mode, 8)).toString(16);

/** What it takes by itself. */
export const sizeOf = ({ kind, text: content, sizeBytes }: DemoFile): number =>
  sizeBytes ?? (kind === 'directory' ? DIRECTORY_BYTES : Buffer.byteLength(content));
