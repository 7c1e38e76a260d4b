import { type Answerer, text } from '../answers/reply.ts';
import { cleanPath, fileAt, inodeOf, namesIn } from '../files.ts';
import { spoken } from '../hostile.ts';
import type { NodeState } from '../node-state.ts';
import { usersBelow } from '../users.ts';
import { bits, onPlace, sizeOf } from './paths.ts';

/** What a demo node's disk has left for everybody. */
const FREE_KIB = 42 * 1024 * 1024;

/** What lies in a directory, as `src/checks/listing.ts` prints it; measured or not. */
const listing = (measures: boolean): Answerer => ({
  isInline: false,
  isStill: false,
  answer: (asked) =>
    onPlace(asked, (node, path) => {
      const folder = fileAt(node, path);
      if (folder === undefined)
        return text(['== error', `stat: cannot statx '${asked.target}': No such file or directory`]);
      if (folder.kind !== 'directory') return text(['== error', `${path} is a ${folder.kind}, not to be entered`]);
      const entries = namesIn(node, path).flatMap((name): readonly string[] => {
        const at = path === '/' ? `/${name}` : `${path}/${name}`;
        const file = fileAt(node, at);
        if (file === undefined) return [];
        const all = [file, ...filesBelow(node, at)];
        const bytes = all.reduce((sum, each) => sum + sizeOf(each), 0);
        const newest = Math.max(...all.map(({ modifiedAtMs }) => modifiedAtMs));
        const sizes = measures || file.kind !== 'directory' ? `${bytes} ${Math.floor(newest / 1_000)}` : '- -';
        return [`${bits(file)} ${inodeOf(node, at)} ${sizes} ${file.owner} ${encoded(name)}`];
      });
      return text([`== folder ${inodeOf(node, path)} ${FREE_KIB}`, path, '== entries', ...entries, '== untold 0']);
    }),
});

/** For plans, measured. */
export const contents = listing(true);
/** For guards, not measured. */
export const identities = listing(false);

function filesBelow(node: NodeState, path: string) {
  return [...node.files].flatMap(([each, file]) => (each.startsWith(`${path}/`) ? [file] : []));
}

function encoded(name: string): string {
  if (/^[A-Za-z0-9_.,:=@%+-]+$/.test(name)) return name;
  return [...Buffer.from(name)].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
}

/** Who has what of a directory open; only root sees all of them. */
export const holders = {
  isInline: false,
  isStill: false,
  answer: ({ node, privilege, target, nowMs }) => {
    if (privilege === 'none') return text(['== refused']);
    const folder = cleanPath(target);
    const lines = usersBelow(node, folder, nowMs).flatMap(({ pid, user, command, directory }) => [
      spoken(node, directory.slice(folder.length + 1).split('/')[0] || '.').replace(/[\n\0]/g, ' '),
      `> ${pid} ${user} ${spoken(node, command).replace(/[\n\0]/g, ' ')}`,
    ]);
    return text(['== holders', ...lines]);
  },
} satisfies Answerer;

/** Ticks of the kernel's clock in a second. */
const TICKS = 100;
/** How long ago somebody's errand began, in ms. */
const ERRAND_MS = 9 * 86_400_000;

/** Processes of people and jobs whose command line holds a text; patterns with wildcards are plain text here. */
export const processes = {
  isInline: false,
  isStill: false,
  answer: ({ node, target, nowMs }) => {
    const lines = usersBelow(node, '/', nowMs)
      .filter(({ command }) => command.includes(target))
      .map(({ pid, user, command }) => {
        const ageMs = Math.min(ERRAND_MS, nowMs - node.bootedAtMs);
        const start = Math.floor((ERRAND_MS / 1_000) * TICKS) + pid;
        return `${pid} ${start} ${Math.floor(ageMs / 1_000)} ${user} /user.slice/session-${pid}.scope ${spoken(node, command).replace(/[\n\0]/g, ' ')}`;
      });
    return text(['== processes', ...lines]);
  },
} satisfies Answerer;
