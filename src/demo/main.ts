import process from 'node:process';
import { UsageError } from '../model/errors.ts';
import { FAULTS } from './faults.ts';
import { type DemoFleet, startDemoFleet } from './fleet.ts';
import type { FromDemo, ToDemo } from './messages.ts';

// The demo fleet in a process of its own, so that simulating nodes takes no time from the console that watches them. It speaks with
// its parent over Node's IPC channel and ends when the parent does.
const tell = (message: FromDemo) => process.send?.(message);
let fleet: DemoFleet | undefined;

async function leave(): Promise<never> {
  await fleet?.close();
  process.exit(0);
}

async function obey(message: ToDemo): Promise<void> {
  if (message.kind === 'start') {
    fleet = await startDemoFleet(message);
    const faults = FAULTS.map(({ name, title }) => ({ name, title }));
    tell({ kind: 'ready', inventory: fleet.inventory, endpoints: fleet.endpoints, faults });
  } else if (message.kind === 'inject') fleet?.inject(message.fault);
  else if (message.kind === 'heal') fleet?.heal(message.fault);
  else await leave();
}

process.on('message', (message: ToDemo) => {
  obey(message).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError || error instanceof RangeError;
    tell({ kind: 'failed', message: text, isUsage, ...(message.kind === 'inject' ? { fault: message.fault } : {}) });
  });
});
process.on('disconnect', leave);
process.on('SIGTERM', leave);
process.on('SIGHUP', leave);
// ctrl-c reaches the whole terminal's group: the parent decides what it means.
process.on('SIGINT', () => {});
