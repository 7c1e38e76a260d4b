import type { DemoMount } from '../node-state.ts';
import { type Answerer, text } from './reply.ts';

/** /proc/self/mountinfo. proc_pid_mountinfo(5) */
export const mounts = {
  isInline: true,
  isStill: true,
  answer: ({ node }) => text(node.mounts.map(mountinfoLine)),
} satisfies Answerer;

/** One line of the mount table. */
export function mountinfoLine(mount: DemoMount): string {
  const { id, parentId, device, target, options, fsType, source, superOptions } = mount;
  const peer = `shared:${id - 21}`;
  return `${id} ${parentId} ${device} / ${octalEscaped(target)} ${options.join(',')} ${peer} - ${fsType} ${octalEscaped(source)} ${superOptions.join(',')}`;
}

/** The kernel writes blanks, tabs, newlines, backslashes and hashes of names as three octal digits. */
function octalEscaped(name: string): string {
  return name.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
