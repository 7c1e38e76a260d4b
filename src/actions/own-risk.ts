import type { Command } from '../model/command.ts';
import { dangersIn } from '../model/known-danger.ts';

/** What a command of the user's own costs others, and what is said of it. */
export interface OwnRisk {
  readonly risk: 'reads' | 'changes' | 'interrupts-users';
  readonly warnings: readonly string[];
}

/** The risk its author gave it, raised where it holds a program that is known to destroy data or to interrupt users; then the plan says which. */
export function ownRisk(command: Command, given: OwnRisk['risk']): OwnRisk {
  const dangers = dangersIn(command);
  if (dangers.length === 0) return { risk: given, warnings: [] };
  const warnings = dangers.map((danger) => `${danger}; nothing looks beforehand at what it hits`);
  return { risk: 'interrupts-users', warnings };
}
