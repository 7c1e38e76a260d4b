import { type CliCommand, FLEET_OPTIONS } from './command.ts';

/** `muster demo`: the console on the embedded fleet. */
export const demoCommand = {
  name: 'demo',
  summary: 'open the console on the embedded demo fleet, with faults to inject',
  options: { nodes: FLEET_OPTIONS.nodes, fault: FLEET_OPTIONS.fault },
  run: ({ values }, context) => context.openConsole({ ...values, demo: true }),
} satisfies CliCommand;
