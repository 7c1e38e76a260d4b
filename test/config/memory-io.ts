import type { ConfigIo, RunOutcome } from '../../src/config/io.ts';

/** Files in memory: text by path; a value of `{ binary: true }` is no text, `{ run }` an executable script with its answer. */
export type MemoryFile =
  | string
  | { readonly binary: true }
  | { readonly unreadable: string }
  | { readonly text: string; readonly run: RunOutcome };

/** A disk that holds exactly these files; folders are there where a file lies in them. `written` collects what is written. */
export function memoryIo(files: { readonly [path: string]: MemoryFile }): ConfigIo & {
  readonly written: Map<string, string>;
  readonly ran: string[];
} {
  const written = new Map<string, string>();
  const ran: string[] = [];
  const isFolder = (path: string): boolean => Object.keys(files).some((file) => file.startsWith(`${path}/`));
  return {
    written,
    ran,
    readFile: (path) => {
      const file = written.get(path) ?? files[path];
      if (file === undefined) return { kind: isFolder(path) ? 'folder' : 'missing' };
      if (typeof file === 'string') return { kind: 'text', text: file };
      if ('binary' in file) return { kind: 'binary' };
      return 'unreadable' in file
        ? { kind: 'unreadable', because: file.unreadable }
        : { kind: 'text', text: file.text };
    },
    readDir: (path) => {
      const inside = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
      return [...new Set(inside.map((file) => file.slice(path.length + 1).split('/')[0] ?? ''))].sort();
    },
    stat: (path) => {
      const file = files[path];
      if (file === undefined) return { kind: isFolder(path) ? 'folder' : 'missing' };
      if (typeof file !== 'string' && 'unreadable' in file) return { kind: 'unreadable', because: file.unreadable };
      return { kind: 'file', isExecutable: typeof file !== 'string' && 'run' in file };
    },
    run: async (path, args, timeoutMs) => {
      ran.push(`${path} ${args.join(' ')} within ${timeoutMs} ms`);
      const file = files[path];
      return typeof file === 'object' && 'run' in file ? file.run : { kind: 'failed', because: 'not there' };
    },
    writeFile: (path, text) => {
      written.set(path, text);
      return undefined;
    },
  };
}
