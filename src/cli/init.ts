import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { starterInventory } from '../config/starter.ts';
import { UsageError } from '../model/errors.ts';
import { type CliCommand, EXIT } from './command.ts';

/** `muster init [FILE]`: a commented starter inventory; never overwrites. */
export const initCommand = {
  name: 'init',
  summary: 'write a commented starter inventory',
  usage: '[FILE, default muster.yaml]',
  options: {},
  async run({ positionals: [file = 'muster.yaml'] }, context) {
    if (existsSync(file)) throw new UsageError(`${file} exists already; name another file: muster init other.yaml`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, starterInventory(), { flag: 'wx' });
    context.print(`wrote ${file}; edit its nodes, then: muster inventory check -i ${file} && muster -i ${file}`);
    return EXIT.ok;
  },
} satisfies CliCommand;
