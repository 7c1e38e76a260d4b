import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Author, RolloutId } from '../model/rollout.ts';
import { AUDIT_BYTES, AUDIT_FILES } from './limits.ts';

/** One line of the audit trail: what was asked for and by whom, with the exact commands; or what came of it. It outlives the rollout's folder. */
export type AuditEntry = { readonly atMs: number; readonly id: RolloutId; readonly action: string } & (
  | {
      readonly kind: 'started';
      readonly title: string;
      readonly author: Author;
      readonly reason?: string;
      readonly after?: { readonly id: RolloutId; readonly how: 'retry' | 'undo' };
      /** Equal steps of several nodes stand once. */
      readonly steps: readonly { readonly nodes: string; readonly title: string; readonly command: string }[];
    }
  | {
      readonly kind: 'ended';
      readonly tookMs: number;
      /** Equal outcomes of several nodes stand once. */
      readonly results: readonly { readonly nodes: string; readonly state: string; readonly because?: string }[];
    }
  /** Somebody steered it: how, and with what. */
  | { readonly kind: 'steered'; readonly how: string; readonly author: Author }
);

/** The audit trail under muster's state folder. */
export const auditFile = (state: string): string => join(state, 'audit.jsonl');

/** Appends a line in one write, so that runners of several rollouts never mix theirs; a file that is full is put aside first. */
export function audit(state: string, entry: AuditEntry): void {
  const path = auditFile(state);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path) && statSync(path).size > AUDIT_BYTES) putAside(path);
  appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** The whole trail, oldest first; lines that are none are left out. */
export function readAudit(state: string): readonly AuditEntry[] {
  const path = auditFile(state);
  const files = [...numbers.map((number) => `${path}.${number}`).reverse(), path];
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').flatMap(read));
}

const numbers = Array.from({ length: AUDIT_FILES }, (_, index) => index + 1);

function putAside(path: string): void {
  for (const number of numbers.toReversed()) {
    const from = number === 1 ? path : `${path}.${number - 1}`;
    if (existsSync(from)) renameSync(from, `${path}.${number}`);
  }
}

function read(line: string): readonly AuditEntry[] {
  try {
    const entry: AuditEntry = JSON.parse(line);
    return typeof entry.kind === 'string' && typeof entry.atMs === 'number' ? [entry] : [];
  } catch {
    return [];
  }
}
