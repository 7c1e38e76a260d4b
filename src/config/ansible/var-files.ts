import { join } from 'node:path';
import type { Notice } from '../../model/inventory.ts';
import type { ConfigIo } from '../io.ts';
import type { InventoryProblem } from '../problem.ts';
import { isRecord } from '../record.ts';
import { readYaml } from '../yaml-source.ts';
import { VAULTED } from '../yaml-value.ts';
import { type AnsibleTree, addVars, type Vars } from './tree.ts';

/** The first characters of everything ansible-vault(1) encrypts. */
export const VAULT_HEADER = '$ANSIBLE_VAULT;';

/** Folders within a folder of variables. */
const DEEPEST_FOLDER = 8;

/** What reading variables needs and gives besides them. */
export interface VarFileContext {
  readonly io: ConfigIo;
  readonly notice: (notice: Notice) => void;
  readonly problem: (problem: InventoryProblem) => void;
}

/**
 * Adds group_vars and host_vars of a folder to a tree: for each group and host a file without extension, `.yml`, `.yaml` or `.json`, or a
 * folder of such files. Only names of the inventory are read.
 */
export function readVarFiles(folder: string, tree: AnsibleTree, context: VarFileContext): void {
  const groupOf = (name: string): Vars | undefined => tree.groups.get(name)?.fileVars;
  const hostOf = (name: string): Vars | undefined => tree.hosts.get(name)?.fileVars;
  for (const [kind, varsOf] of [['group_vars', groupOf] as const, ['host_vars', hostOf] as const]) {
    const base = join(folder, kind);
    for (const entry of context.io.readDir(base)) {
      const vars = isIgnored(entry) ? undefined : (varsOf(entry) ?? varsOf(entry.replace(/\.(?:ya?ml|json)$/, '')));
      if (vars !== undefined) readEntry(join(base, entry), vars, context, 0);
    }
  }
}

function readEntry(path: string, vars: Vars, context: VarFileContext, depth: number): void {
  const kind = context.io.stat(path);
  if (kind.kind === 'folder') {
    if (depth > DEEPEST_FOLDER) return;
    for (const entry of context.io.readDir(path)) {
      if (!isIgnored(entry) && /^[^.]+$|\.(?:ya?ml|json)$/.test(entry))
        readEntry(join(path, entry), vars, context, depth + 1);
    }
    return;
  }
  const content = context.io.readFile(path);
  switch (content.kind) {
    case 'text':
      readVars(path, content.text, vars, context);
      return;
    case 'binary':
      context.notice({ file: path, text: 'skipped: not a text file' });
      return;
    case 'unreadable':
      context.problem({ file: path, message: `it cannot be read: ${content.because}` });
      return;
    case 'folder':
    case 'missing':
  }
}

/** Adds the variables of one file. */
function readVars(file: string, text: string, vars: Vars, context: VarFileContext): void {
  if (text.startsWith(VAULT_HEADER)) {
    context.notice({ file, text: 'skipped: encrypted with ansible-vault, which muster never opens' });
    return;
  }
  const read = readYaml(file, text);
  if (read.kind === 'invalid') {
    for (const problem of read.problems) context.problem(problem);
    return;
  }
  const { source } = read;
  if (isRecord(source.value)) {
    const vaulted = Object.keys(source.value).filter(
      (name) => isRecord(source.value) && holdsVaulted(source.value[name]),
    );
    const [first] = vaulted;
    if (first !== undefined)
      context.notice({ file, line: source.lineOf([first]), text: `vaulted values are skipped: ${vaulted.join(', ')}` });
    addVars(vars, source.value);
  } else if (source.value !== null)
    context.problem(source.problemAt([], { message: 'no variables', expected: 'a map of variables' }));
}

/** Whether a value or something in it is vaulted. */
export function holdsVaulted(value: unknown, depth = 0): boolean {
  if (value === VAULTED) return true;
  if (depth > DEEPEST_FOLDER || typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((item) => holdsVaulted(item, depth + 1));
}

const isIgnored = (name: string): boolean =>
  name.startsWith('.') || /~$|\.(?:orig|bak|retry|swp|rpmnew|rpmsave)$/.test(name);
