import type { DemoExport, NodeState } from './node-state.ts';

/** What the export files of a node say, in file order. exports(5): `PATH CLIENT(OPTIONS) …`, quotes and octal escapes in paths. */
export function exportLines(node: NodeState): readonly DemoExport[] {
  return [...node.files]
    .filter(([path]) => path === '/etc/exports' || /^\/etc\/exports\.d\/[^/]+\.exports$/.test(path))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([file, { text }]) =>
      text
        .replaceAll('\\\n', ' ')
        .split('\n')
        .flatMap((line) => clauses(line, file)),
    );
}

function clauses(line: string, file: string): readonly DemoExport[] {
  const [, quoted, bare = '', rest = ''] = /^\s*(?:"([^"]*)"|([^\s#"]+))\s*([^#]*)/.exec(line) ?? [];
  const path = (quoted ?? bare).replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  if (!path.startsWith('/')) return [];
  let defaults: readonly string[] = [];
  return rest.split(/\s+/).flatMap((word): readonly DemoExport[] => {
    if (word.startsWith('-')) defaults = word.slice(1).split(',');
    const [, client = '', options = ''] = /^([^\s(-][^\s(]*)(?:\(([^)]*)\))?$/.exec(word) ?? [];
    return client === '' ? [] : [{ path, client, options: [...defaults, ...options.split(',').filter(Boolean)], file }];
  });
}
