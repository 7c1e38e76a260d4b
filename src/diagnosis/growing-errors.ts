import type { GpuErrors } from '../model/gpu-errors.ts';
import { GROWTH_WINDOW_MS, type Growth, totalOf } from '../model/growth.ts';
import { goodValueOf } from '../model/observation.ts';
import { cardOf } from './kernel-events.ts';
import type { NodeView, Symptom } from './rule.ts';

/** Cards of a node with more errors of a kind within five minutes than allowed. It is over when none came for as long. */
export function growingErrors(
  node: NodeView,
  growthOf: (errors: GpuErrors) => Growth,
  allowed: number,
  what: string,
): readonly Symptom[] {
  return (goodValueOf(node.facts.slots.gpuErrors) ?? []).flatMap((errors): readonly Symptom[] => {
    const growth = growthOf(errors);
    const [first, last] = [growth[0], growth.at(-1)];
    if (first === undefined || last === undefined) return [];
    const total = totalOf(growth);
    return [
      {
        cause: node.name,
        severity: 'warning',
        evidence: { node: node.name, about: cardOf(node, errors.busId), text: `${total} ${what} within 5 min` },
        isFaint: total <= allowed,
        sinceMs: first.atMs,
        untilMs: last.atMs + GROWTH_WINDOW_MS,
      },
    ];
  });
}
