import { basename, extname } from 'node:path';
import { nearest } from '../model/nearest.ts';
import { VAULT_HEADER } from './ansible/var-files.ts';
import { inventoryOfAnsibleCfg } from './ansible-cfg.ts';
import { isRecord } from './record.ts';
import { inventorySchema } from './schema.ts';

/** What a text looks like before it is parsed; `refused` says in a sentence what it is instead of an inventory. */
export type TextFormat =
  | { readonly kind: 'yaml' | 'ini' | 'json' }
  | { readonly kind: 'refused'; readonly because: string; readonly expected?: string };

/** Tells YAML, INI and JSON apart, by the name where it says so, else by the first line that counts. */
export function formatOf(path: string, text: string): TextFormat {
  const asJson = 'what `ansible-inventory -i THIS --list` prints, saved as a .json file';
  if (text.trim() === '')
    return { kind: 'refused', because: 'it is empty', expected: 'an inventory; `muster init` writes a first one' };
  if (text.startsWith(VAULT_HEADER))
    return {
      kind: 'refused',
      because: 'it is encrypted with ansible-vault as a whole, which muster never opens',
      expected: asJson,
    };
  if (basename(path) === 'ansible.cfg' || (extname(path) === '.cfg' && /^\[defaults\]/m.test(text))) {
    const named = inventoryOfAnsibleCfg(text);
    return {
      kind: 'refused',
      because: "it is Ansible's configuration, not an inventory",
      ...(named === undefined ? {} : { expected: `the inventory it names: ${named}` }),
    };
  }
  switch (extname(path)) {
    case '.yaml':
    case '.yml':
      return { kind: 'yaml' };
    case '.json':
      return { kind: 'json' };
    case '.ini':
      return { kind: 'ini' };
    case '.toml':
      return { kind: 'refused', because: 'TOML inventories are not read', expected: asJson };
    default:
      return { kind: kindByContent(text) };
  }
}

function kindByContent(text: string): 'yaml' | 'ini' | 'json' {
  const first = text.split('\n').find((line) => line.trim() !== '' && !/^\s*[#;]/.test(line)) ?? '';
  if (/^\s*\{/.test(first)) return 'json';
  if (/^\[[^\]=]*\]\s*(?:[#;].*)?$/.test(first.trim())) return 'ini';
  return /^(?:---|%YAML|["'\w.-]+\s*:(?:\s|$))/.test(first) ? 'yaml' : 'ini';
}

/** What a parsed YAML or JSON document is. */
export type DocumentFormat = 'own' | 'ansible' | { readonly because: string; readonly expected: string };

const OWN_KEYS: readonly string[] = Object.keys(inventorySchema.shape);

/** Tells muster's own format from Ansible's by its keys; in doubt it is taken for our own, whose messages name the right keys. */
export function documentFormat(value: unknown): DocumentFormat {
  // Nothing but comments: a part of an own inventory not yet written.
  if (value === null) return 'own';
  if (Array.isArray(value))
    return {
      because: 'it is a list, as a playbook is',
      expected: 'an inventory: a map with nodes (muster) or with groups of hosts (Ansible)',
    };
  if (!isRecord(value))
    return {
      because: 'it is no map',
      expected: 'an inventory: a map with nodes (muster) or with groups of hosts (Ansible)',
    };
  if (typeof value['plugin'] === 'string') {
    return {
      because: `it configures the inventory plugin ${JSON.stringify(value['plugin'])}`,
      expected: 'what `ansible-inventory -i THIS --list` prints, saved as a .json file',
    };
  }
  if (Object.hasOwn(value, 'nodes')) return 'own';
  const isGroup = (entry: unknown): boolean =>
    isRecord(entry) && ['hosts', 'children', 'vars'].some((key) => Object.hasOwn(entry, key));
  const keys = Object.keys(value);
  if (Object.hasOwn(value, 'all') || Object.hasOwn(value, '_meta') || Object.hasOwn(value, 'ungrouped'))
    return 'ansible';
  if (Object.values(value).some(isGroup) && !keys.some((key) => OWN_KEYS.includes(key))) return 'ansible';
  if (keys.length > 0 && !keys.some((key) => OWN_KEYS.includes(key) || nearest(key, OWN_KEYS) !== undefined)) {
    return { because: 'it names no node', expected: 'a map "nodes" (muster), or groups with "hosts" (Ansible)' };
  }
  return 'own';
}
