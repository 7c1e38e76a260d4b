import type { KernelLine, NodeState } from '../node-state.ts';
import { type Answerer, text } from './reply.ts';

/** Lines of the kernel's log that matter, as `dmesg -r` prints them; closed to users without privilege, as distributions ship it. */
export const kernelLog = {
  isInline: false,
  isStill: true,
  answer: ({ node, privilege }) => {
    const mayRead = node.privilege === 'root' || (privilege !== 'none' && !node.ailments.refusesSudo);
    if (mayRead) return text(['== log', ...node.kernelLog.map((line) => rawLine(node, line))]);
    const words =
      privilege === 'sudo'
        ? 'sudo: a password is required'
        : 'dmesg: read kernel buffer failed: Operation not permitted';
    return text(['== log', words, '== refused']);
  },
} satisfies Answerer;

/** `<4>[74889.644138] text`. dmesg(1) */
export function rawLine(node: NodeState, line: KernelLine): string {
  const sec = Math.max(0, line.atMs - node.bootedAtMs) / 1000;
  return `<${line.level}>[${sec.toFixed(6).padStart(12)}] ${line.text}`;
}
