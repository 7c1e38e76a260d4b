import type { FieldEntry } from './action-schema.ts';
import type { Complaint, PathStep, YamlSource } from './yaml-source.ts';

/** Names a field cannot have: options of `muster plan` and `muster apply`, and values every action has. */
export const RESERVED_FIELDS: readonly string[] = [
  'nodes',
  'node',
  'inventory',
  'limit',
  'demo',
  'fault',
  'reason',
  'readOnly',
  'json',
  'yes',
  'confirm',
  'canary',
  'maxUnavailable',
  'maxFailures',
  'help',
];

/** Where problems of one action are said. */
export interface ActionScope {
  readonly source: YamlSource;
  readonly complain: (path: readonly PathStep[], complaint: Complaint) => void;
  /** Fields as declared, `nodes` not among them. */
  readonly fields: { readonly [name: string]: FieldEntry };
}
