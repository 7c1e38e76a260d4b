import { type CliOption, FLEET_OPTIONS } from './command.ts';

/** Options of the console itself. */
export const CONSOLE_OPTIONS = {
  ...FLEET_OPTIONS,
  theme: { type: 'string', value: 'NAME', help: 'dark, light, high-contrast or colour-blind' },
  ascii: { type: 'boolean', help: 'draw with ASCII characters only' },
  'no-mouse': { type: 'boolean', help: 'leave the mouse to the terminal' },
  open: { type: 'string', value: 'VIEW[?f=FILTER]', help: "start in this view, e.g. 'gpus?f=gpu.temp>85'" },
  'read-only': { type: 'boolean', help: 'look at everything and change nothing' },
  exec: { type: 'string', short: 'e', value: 'NODE', help: 'open a login shell on NODE instead (muster shell NODE)' },
  help: { type: 'boolean', short: 'h', help: 'print this' },
  version: { type: 'boolean', short: 'V', help: 'print the version' },
} as const satisfies { readonly [name: string]: CliOption };
