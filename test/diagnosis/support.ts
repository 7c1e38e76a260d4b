import { expect } from 'vitest';
import { createDiagnosis } from '../../src/diagnosis/diagnose.ts';
import { rules } from '../../src/diagnosis/registry.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import type { State } from '../../src/store/state.ts';
import { initialState } from '../../src/store/store.ts';
import { stateOf, T0 } from '../store/builders.ts';

/** A fleet under diagnosis: what is told it goes into the state, and findings go back into it as ingest does. */
export function watched(of: Inventory) {
  const diagnose = createDiagnosis();
  let state: State = initialState(of);
  return {
    /** Findings after these events at a moment. */
    at: (atMs: number, events: readonly FleetEvent[] = []): readonly Finding[] => {
      state = stateOf(state, events, atMs);
      state = { ...state, findings: diagnose(state, T0 + atMs) };
      for (const { rule, severity } of state.findings) expect(severitiesOf(rule)).toContain(severity);
      return state.findings;
    },
  };
}

/** What docs/findings.md says of a rule must be what it does. */
function severitiesOf(name: string): readonly string[] {
  const rule = rules.find((each) => each.name === name);
  return rule !== undefined && 'severities' in rule ? rule.severities : [];
}

/** Findings of one look at a fleet. */
export const foundIn = (of: Inventory, events: readonly FleetEvent[], atMs = 0): readonly Finding[] =>
  watched(of).at(atMs, events);

/** Title and severity, for tests about what is told. */
export const told = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ severity, title }) => `${severity}: ${title}`);
