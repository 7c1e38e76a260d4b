import { extname, join } from 'node:path';
import type { ConfigIo } from './io.ts';
import { type InventoryRead, readOwn } from './own.ts';

/**
 * Reads an inventory, whatever it is: muster's own YAML (a file or a folder of them), Ansible's YAML, INI or JSON, a folder of these,
 * or an executable that prints JSON. Every problem comes at once; nothing is thrown.
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
      return readOwn(
        path,
        io
          .readDir(path)
          .filter((name) => /^\.ya?ml$/.test(extname(name)))
          .flatMap((name) => {
            const content = io.readFile(join(path, name));
            return content.kind === 'text' ? [{ file: join(path, name), text: content.text }] : [];
          }),
      );
    case 'file': {
      const content = io.readFile(path);
      return content.kind === 'text'
        ? readOwn(path, [{ file: path, text: content.text }])
        : refused(path, 'it cannot be read');
    }
  }
}

const refused = (file: string, message: string, expected?: string): InventoryRead => ({
  kind: 'invalid',
  errors: [{ file, message, ...(expected === undefined ? {} : { expected }) }],
});
