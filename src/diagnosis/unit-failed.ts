import { goodValueOf } from '../model/observation.ts';
import type { NodeRule } from './rule.ts';

/** Mount and automount units that failed, where no declared mount is missing because of it. */
export const unitFailed = {
  kind: 'node',
  name: 'unit-failed',
  title: 'Mount unit failed',
  severities: ['warning'],
  reads: ['units', 'mounts'],
  find: (node) => {
    const table = goodValueOf(node.facts.slots.units);
    if (table === undefined) return [];
    const failed = new Set(table.failed.filter((name) => /\.(auto)?mount$/.test(name)));
    for (const unit of table.units) if (unit.active === 'failed') failed.add(unit.name);
    if (failed.size === 0) return [];
    const missing = new Set(
      node.drift().mounts.flatMap(({ target, drift }) => (drift.kind === 'missing' ? [target] : [])),
    );
    return [...failed].flatMap((name) => {
      const unit = table.units.find((candidate) => candidate.name === name);
      if (unit?.where !== undefined && missing.has(unit.where)) return [];
      const result = unit?.result === undefined || unit.result === 'success' ? 'failed' : `failed: ${unit.result}`;
      const where = unit?.where === undefined ? '' : ` (${unit.what ?? 'something'} at ${unit.where})`;
      return [
        {
          cause: name,
          severity: 'warning' as const,
          evidence: { node: node.name, about: name, text: `${result}${where}` },
        },
      ];
    });
  },
  tell: ({ nodes, first }) => ({
    title: `${first.about} on ${nodes} ${first.text}`,
    nextMove: `Read "journalctl -u ${first.about}" on ${first.node}, then "systemctl reset-failed" and start it again.`,
  }),
} satisfies NodeRule;
