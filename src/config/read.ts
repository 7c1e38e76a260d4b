import { join } from 'node:path';
import type { Notice } from '../model/inventory.ts';
import { unreachable } from '../model/unreachable.ts';
import { type AnsiblePart, readAnsible } from './ansible/read.ts';
import { documentFormat, formatOf } from './detect.ts';
import type { ConfigIo } from './io.ts';
import { type InventoryRead, readOwn } from './own.ts';
import type { InventoryProblem } from './problem.ts';
import { isRecord } from './record.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/** How long an executable inventory may take. */
const RUN_TIMEOUT_MS = 10_000;

/** What one file is: a part of an inventory, or the reasons it is none. */
type FileRead =
  | { readonly kind: 'own'; readonly source: YamlSource }
  | { readonly kind: 'ansible'; readonly part: AnsiblePart }
  | { readonly kind: 'invalid'; readonly errors: readonly InventoryProblem[] };

/**
 * Reads an inventory, whatever it is: muster's own YAML (a file or a folder of them), Ansible's YAML, INI or JSON, a folder of these,
 * or an executable that prints JSON, which runs only because the user named it. Every problem comes at once; nothing is thrown.
 */
export async function readInventory(path: string, io: ConfigIo): Promise<InventoryRead> {
  const kind = io.stat(path);
  switch (kind.kind) {
    case 'missing':
      return refused(
        path,
        'there is no such file or folder',
        'the path of an inventory; `muster init` writes a first one',
      );
    case 'unreadable':
      return refused(path, `it cannot be read: ${kind.because}`);
    case 'folder':
      return readFolder(path, io);
    case 'file':
      return kind.isExecutable && isScript(path, io) ? runInventory(path, io) : readSingle(path, io);
    default:
      return unreachable(kind);
  }
}

function readSingle(path: string, io: ConfigIo): InventoryRead {
  const read = readFile(path, io);
  switch (read.kind) {
    case 'own':
      return readOwn(path, [read.source]);
    case 'ansible':
      return readAnsible(path, [read.part], io);
    case 'invalid':
      return read;
    default:
      return unreachable(read);
  }
}

/** All files of a folder as one inventory; muster's own files win over Ansible's beside them. */
function readFolder(path: string, io: ConfigIo): InventoryRead {
  const notices: Notice[] = [];
  const names = io.readDir(path).filter((name) => isCandidate(name) && io.stat(join(path, name)).kind === 'file');
  const files = names.flatMap((name): readonly { readonly name: string; readonly read: FileRead }[] => {
    const file = join(path, name);
    const kind = io.stat(file);
    if (kind.kind === 'file' && kind.isExecutable && isScript(file, io)) {
      notices.push({ file, text: 'skipped: an executable inventory runs only when it is named itself' });
      return [];
    }
    return [{ name, read: readFile(file, io) }];
  });
  const own = files.flatMap(({ read }) => (read.kind === 'own' ? [read.source] : []));
  const parts = files.flatMap(({ read }) => (read.kind === 'ansible' ? [read.part] : []));
  const invalid = files.flatMap(({ read }) => (read.kind === 'invalid' ? read.errors : []));
  if (own.length === 0 && parts.length === 0) {
    if (invalid.length > 0) return { kind: 'invalid', errors: invalid };
    return refused(
      path,
      'there is no inventory in this folder',
      'files *.yaml of muster, or hosts, *.ini, *.yml of Ansible',
    );
  }
  // What has places is a broken part of the inventory; what has none is another kind of file.
  const broken = invalid.filter(({ line }) => line !== undefined);
  if (broken.length > 0) return { kind: 'invalid', errors: broken };
  for (const { file, message } of invalid) notices.push({ file, text: `skipped: ${message}` });
  if (own.length === 0) return readAnsible(path, parts, io, notices);

  for (const part of parts)
    notices.push({
      file: part.kind === 'yaml' ? part.source.file : part.file,
      text: 'skipped: an Ansible inventory beside muster’s own',
    });
  const read = readOwn(path, own);
  return read.kind === 'ok'
    ? { kind: 'ok', inventory: { ...read.inventory, notices: [...notices, ...read.inventory.notices] } }
    : read;
}

/** Reads one file and tells what it is. */
function readFile(file: string, io: ConfigIo): FileRead {
  const content = io.readFile(file);
  switch (content.kind) {
    case 'text':
      return readText(file, content.text);
    case 'binary':
      return refused(file, 'it is no text file', 'an inventory in YAML, INI or JSON, as UTF-8');
    case 'unreadable':
      return refused(file, `it cannot be read: ${content.because}`);
    case 'folder':
    case 'missing':
      return refused(file, 'there is no such file');
    default:
      return unreachable(content);
  }
}

function readText(file: string, text: string): FileRead {
  const format = formatOf(file, text);
  if (format.kind === 'refused') return refused(file, format.because, format.expected);
  if (format.kind === 'ini') return { kind: 'ansible', part: { kind: 'ini', file, text } };
  if (format.kind === 'json') return readJson(file, text);

  const read = readYaml(file, text);
  if (read.kind === 'invalid') return { kind: 'invalid', errors: read.problems };
  const document = documentFormat(read.source.value);
  if (document === 'own') return { kind: 'own', source: read.source };
  if (document === 'ansible') return { kind: 'ansible', part: { kind: 'yaml', source: read.source } };
  return refused(file, document.because, document.expected);
}

function readJson(file: string, text: string): FileRead {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value) && documentFormat(value) === 'own' && Object.hasOwn(value, 'nodes')) {
      const read = readYaml(file, text);
      return read.kind === 'ok' ? { kind: 'own', source: read.source } : { kind: 'invalid', errors: read.problems };
    }
    if (isRecord(value) && typeof value['$schema'] !== 'string')
      return { kind: 'ansible', part: { kind: 'json', file, value } };
    return refused(file, 'its JSON is no inventory', 'what `ansible-inventory --list` prints');
  } catch (error) {
    return refused(file, `it is no JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
}

/** Runs an executable inventory with `--list` and reads what it prints. */
async function runInventory(path: string, io: ConfigIo): Promise<InventoryRead> {
  if (io.run === undefined) return refused(path, 'it is executable, and executables are not run here');
  const outcome = await io.run(path, ['--list'], RUN_TIMEOUT_MS);
  if (outcome.kind === 'failed') return refused(path, `running it with --list failed: ${outcome.because}`);
  const read = readJson(path, outcome.stdout);
  if (read.kind === 'invalid')
    return {
      kind: 'invalid',
      errors: read.errors.map((error) => ({ ...error, message: `what it printed: ${error.message}` })),
    };
  return read.kind === 'ansible'
    ? readAnsible(path, [read.part], io)
    : refused(path, 'what it printed is no inventory', 'JSON as `ansible-inventory --list` prints it');
}

/** An inventory with its executable bit set by a careless copy is still text; only a `#!` or a binary is run. */
function isScript(path: string, io: ConfigIo): boolean {
  const content = io.readFile(path);
  return content.kind === 'binary' || (content.kind === 'text' && content.text.startsWith('#!'));
}

const isCandidate = (name: string): boolean =>
  !name.startsWith('.') && !/^[A-Z]+$/.test(name) && /^[^.~]+$|\.(?:ya?ml|ini|json)$/.test(name);

const refused = (
  file: string,
  message: string,
  expected?: string,
): { readonly kind: 'invalid'; readonly errors: readonly InventoryProblem[] } => ({
  kind: 'invalid',
  errors: [{ file, message, ...(expected === undefined ? {} : { expected }) }],
});
