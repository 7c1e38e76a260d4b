import { basename, dirname, join } from 'node:path';
import type { Notice } from '../../model/inventory.ts';
import { MAX_NAMES } from '../../model/node-range.ts';
import type { ConfigIo } from '../io.ts';
import type { InventoryRead } from '../own.ts';
import { type InventoryProblem, inFileOrder } from '../problem.ts';
import { isRecord } from '../record.ts';
import type { YamlSource } from '../yaml-source.ts';
import { readIni } from './ini.ts';
import { isListJson, readListJson } from './list-json.ts';
import { inventoryOf } from './to-inventory.ts';
import { emptyTree } from './tree.ts';
import { readVarFiles } from './var-files.ts';
import { readAnsibleYaml } from './yaml.ts';

/** One part of an Ansible inventory, as its format was told apart. */
export type AnsiblePart =
  | { readonly kind: 'yaml'; readonly source: YamlSource }
  | { readonly kind: 'ini'; readonly file: string; readonly text: string }
  | { readonly kind: 'json'; readonly file: string; readonly value: { readonly [key: string]: unknown } };

/** Reads the parts of one Ansible inventory and the variables beside it. `path` is what the user named, a file or a folder. */
export function readAnsible(
  path: string,
  parts: readonly AnsiblePart[],
  io: ConfigIo,
  before: readonly Notice[] = [],
): InventoryRead {
  const tree = emptyTree();
  const notices: Notice[] = [...before];
  const errors: InventoryProblem[] = [];
  const notice = (entry: Notice): void => void notices.push(entry);
  for (const part of parts) {
    if (part.kind === 'ini') errors.push(...readIni(part.file, part.text, tree));
    else if (part.kind === 'yaml') errors.push(...readAnsibleYaml(part.source, tree, notice));
    else if (isListJson(part.value)) readListJson(part.value, tree);
    else errors.push(...readAnsibleYaml(asSource(part.file, part.value), tree, notice));
  }
  if (tree.hosts.size === 0 && errors.length === 0) {
    errors.push({
      file: path,
      message: 'it lists no host',
      expected: 'at least one host line that is not commented out',
    });
  }
  if (tree.hosts.size > MAX_NAMES) {
    const most = MAX_NAMES.toLocaleString('en');
    errors.push({
      file: path,
      message: `it lists ${tree.hosts.size.toLocaleString('en')} hosts`,
      expected: `at most ${most}; spread them over several inventories and start muster once for each`,
    });
  }
  if (errors.length === 0) {
    for (const folder of varFolders(path, io))
      readVarFiles(folder, tree, { io, notice, problem: (problem) => void errors.push(problem) });
  }
  if (errors.length > 0) return { kind: 'invalid', errors: inFileOrder(errors) };
  const files = parts.map((part) => (part.kind === 'yaml' ? part.source.file : part.file));
  return { kind: 'ok', inventory: inventoryOf(path, files, tree, notices) };
}

/** Where group_vars and host_vars may lie: beside the inventory, then, winning, beside the playbooks above a folder of inventories. */
function varFolders(path: string, io: ConfigIo): readonly string[] {
  const folder = io.stat(path).kind === 'folder' ? path : dirname(path);
  const above = join(folder, '..');
  const isProject = /^inventor(?:y|ies)$/.test(basename(folder)) || io.stat(join(above, 'ansible.cfg')).kind === 'file';
  return isProject ? [folder, above] : [folder];
}

/** JSON has no places to point at; its problems name the file. */
function asSource(file: string, value: unknown): YamlSource {
  return {
    file,
    value: isRecord(value) ? value : {},
    lineOf: () => 1,
    problemAt: (path, { message, expected }) => ({
      file,
      message: `${path.join('.')}: ${message}`,
      ...(expected === undefined ? {} : { expected }),
    }),
  };
}
