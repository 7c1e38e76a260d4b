import { join } from 'node:path';
import nunjucks from 'nunjucks';
import type { FleetView } from '../model/action.ts';
import { nearest } from '../model/nearest.ts';
import type { ConfigIo } from './io.ts';

/** One template: its text, and whether it is the user's own in place of ours. */
export interface TemplateSource {
  readonly path: string;
  readonly text: string;
  readonly isOwn: boolean;
}

/** By name below the folder, e.g. `systemd/share.mount`. */
export type Templates = ReadonlyMap<string, TemplateSource>;

/** Folders within folders; deeper is no folder of templates. */
const DEPTH = 4;

/** Reads all templates once. A file of the user's own folder wins over ours of the same name, and may stand beside them. */
export function readTemplates(io: ConfigIo, builtIn: string, own?: string): Templates {
  const templates = new Map(readFolder(io, builtIn, '', false, DEPTH));
  if (own !== undefined) for (const [name, source] of readFolder(io, own, '', true, DEPTH)) templates.set(name, source);
  return templates;
}

function readFolder(
  io: ConfigIo,
  folder: string,
  prefix: string,
  isOwn: boolean,
  depth: number,
): readonly (readonly [string, TemplateSource])[] {
  if (depth === 0) return [];
  return io.readDir(folder).flatMap((name): readonly (readonly [string, TemplateSource])[] => {
    const path = join(folder, name);
    const content = io.readFile(path);
    if (content.kind === 'folder') return readFolder(io, path, `${prefix}${name}/`, isOwn, depth - 1);
    return content.kind === 'text' && name !== 'README.md'
      ? [[`${prefix}${name}`, { path, text: content.text, isOwn }]]
      : [];
  });
}

/**
 * Renders templates as Ansible would: Jinja2, a newline after a block tag is dropped, nothing is escaped. A name that is no parameter is an
 * error wherever it is read, and so is a parameter that a template of ours does not know, and a value of more than one line.
 */
export function templateRenderer(templates: Templates): FleetView['render'] {
  return (name, parameters) => {
    const source = templates.get(name);
    if (source === undefined) throw new RangeError(`there is no template ${name}${meant(name, [...templates.keys()])}`);
    const { text, path, isOwn } = source;
    for (const [key, value] of Object.entries(parameters)) {
      if (/[\0-\x08\n-\x1f\x7f]/.test(String(value))) throw new RangeError(`${path}: ${key} holds a control character`);
      if (!isOwn && !new RegExp(`\\b${key}\\b`).test(text)) throw new RangeError(`${path}: it knows no ${key}`);
    }
    try {
      return environment(Object.keys(parameters)).renderString(text, { ...parameters });
    } catch (error) {
      throw new RangeError(`${path}: ${reasonOf(error)}`);
    }
  };
}

/** Nunjucks asks its globals for whatever is no parameter: there an unknown name is found out, even in a condition. */
function environment(known: readonly string[]): nunjucks.Environment {
  const made = new nunjucks.Environment(null, { autoescape: false, throwOnUndefined: true, trimBlocks: true });
  const globals = new Proxy(
    {},
    {
      has: (_, name) => {
        if (known.includes(String(name))) return false;
        throw new RangeError(`${String(name)} has no value${meant(String(name), known)}`);
      },
    },
  );
  return Object.assign(made, { globals });
}

const meant = (name: string, known: readonly string[]): string => {
  const found = nearest(name, known);
  return found === undefined ? '' : `; did you mean ${found}?`;
};

/** Nunjucks puts the place on lines of their own before the reason. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('(unknown path)'))
    .join(' ')
    .replace(/^(?:\w*Error: )+/, '');
