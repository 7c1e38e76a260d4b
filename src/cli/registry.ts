import type { CliCommand } from './command.ts';

/** Every command by name, loaded when it is called: the console must not wait for what it does not use. */
export const commands: { readonly [name: string]: () => Promise<CliCommand> } = {
  status: async () => (await import('./status.ts')).statusCommand,
  findings: async () => (await import('./findings.ts')).findingsCommand,
  plan: async () => (await import('./plan.ts')).planCommand,
  apply: async () => (await import('./apply.ts')).applyCommand,
  rollouts: async () => (await import('./rollouts.ts')).rolloutsCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  inventory: async () => (await import('./inventory.ts')).inventoryCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  init: async () => (await import('./init.ts')).initCommand,
  demo: async () => (await import('./demo.ts')).demoCommand,
  shell: async () => (await import('./shell.ts')).shellCommand,
  completion: async () => (await import('./completion.ts')).completionCommand,
  help: async () => (await import('./help.ts')).helpCommand,
};
