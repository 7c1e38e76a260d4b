// What a node pays for being watched: the real program under dash, asked for its load again and again.
import { existsSync } from 'node:fs';
import type { Part } from './figure.ts';
import { measureProgram } from './program-cost.ts';

/** CPU of a node per refresh of the fast probes. */
export const nodePart: Part = {
  name: 'node',
  what: 'CPU of a node per refresh of the fast probes, under dash',
  run: async () => {
    if (!existsSync('/bin/dash')) return { figures: [], missing: ['node: no /bin/dash'] };
    const { cpuMs, childCpuMs, hasForked } = await measureProgram(['dash']);
    return {
      figures: [
        {
          name: 'on a node: CPU per refresh of the fast probes',
          unit: 'ms',
          muster: cpuMs + childCpuMs,
          target: { kind: 'value', atMost: 1.5 },
        },
        {
          name: 'on a node: forks in the fast path',
          unit: '',
          muster: hasForked ? 1 : 0,
          target: { kind: 'value', atMost: 0 },
        },
      ],
    };
  },
};
