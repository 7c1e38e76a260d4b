import type { Step } from '../../src/model/plan.ts';

/** A step that would go well anywhere, with what a test wants otherwise. */
export const aStep = (title: string, more: Partial<Omit<Step, 'risk' | 'guard'>> = {}): Step => ({
  title,
  run: { argv: ['true'] },
  as: 'root',
  risk: 'changes',
  guard: [],
  done: 'exit-code',
  timeoutMs: 1_000,
  preview: [],
  undo: { never: 'it is done' },
  warnings: [],
  ...more,
});
