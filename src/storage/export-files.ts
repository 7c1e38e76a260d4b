import { escapedPath } from '../model/unit-name.ts';
import { managed } from './managed.ts';
import type { Render } from './render.ts';

/** Only files that end in `.exports` are read there. exports(5). */
export const EXPORTS_FOLDER = '/etc/exports.d';
/** The file older tools know. */
export const EXPORTS_FILE = '/etc/exports';

/** One client clause of a share. */
export interface ClientWish {
  readonly client: string;
  readonly options: readonly string[];
}

/** A share as it should be exported. */
export interface ExportWish {
  readonly path: string;
  readonly clients: readonly ClientWish[];
}

/** The file of ours for one share. */
export const exportPath = (path: string): string => `${EXPORTS_FOLDER}/muster-${escapedPath(path)}.exports`;

/** One line of exports(5), blanks and signs of the path in octal. */
export const exportLine = ({ path, clients }: ExportWish): string =>
  [
    path.replace(/[\0-\x20\\#"\x7f]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`),
    ...clients.map(({ client, options }) => `${client}(${options.join(',')})`),
  ].join(' ');

/** The whole text of a share's own file. */
export const exportText = (wish: ExportWish, render: Render): string =>
  managed(render('nfs/share.exports', { line: exportLine(wish) }));

const MARK = '# The next line is managed by muster.';

/** The text of /etc/exports with our line for a share in its place, else at the end; lines of others stay as they are. */
export function withExportLine(text: string, wish: ExportWish): string {
  const rest = withoutExportLine(text, wish.path);
  return `${rest}${rest === '' || rest.endsWith('\n') ? '' : '\n'}${MARK}\n${exportLine(wish)}\n`;
}

/** The text of /etc/exports without our line for a share. */
export function withoutExportLine(text: string, path: string): string {
  const lines = text.split('\n');
  const own = exportLine({ path, clients: [] });
  const at = lines.findIndex(
    (line, index) => lines[index - 1] === MARK && (line === own || line.startsWith(`${own} `)),
  );
  return at < 0 ? text : [...lines.slice(0, at - 1), ...lines.slice(at + 1)].join('\n');
}

/** A clause such as `10.0.0.0/8(rw,sync)`; undefined for what exports(5) would read otherwise than it looks. */
export function parseClient(text: string, usual: readonly string[]): ClientWish | undefined {
  const [, client, options] = /^([^\s()#"\\,]+)(?:\(([^\s()#"\\]*)\))?$/.exec(text.trim()) ?? [];
  if (client === undefined) return undefined;
  return { client, options: options === undefined ? usual : options.split(',').filter((option) => option !== '') };
}

/** Whether exports(5) reads a clause as what it is, and not as more clauses or lines; it may come from a field or from the inventory. */
export const isClause = ({ client, options }: ClientWish): boolean =>
  [client, ...options].every((word) => /^[^\s()#"\\,\0-\x1f\x7f]+$/.test(word));

/** What is doubtful about a clause; `isGrave` is for what gives root on the data to whoever reaches the port. */
export function lintClient({
  client,
  options,
}: ClientWish): readonly { readonly text: string; readonly isGrave: boolean }[] {
  const isWorld = /^[*?.]+$|\/0+$|\/0+\.0+\.0+\.0+$/.test(client);
  const has = (option: string): boolean => options.includes(option);
  const isRoot = has('no_root_squash') || options.some((option) => /^anonuid=0+$/.test(option));
  const how = has('no_root_squash') ? 'no_root_squash' : 'anonuid=0';
  return [
    ...(isWorld && has('rw') && isRoot
      ? [
          {
            text: `${client} with rw and ${how}: root on any machine that reaches the port owns all data`,
            isGrave: true,
          },
        ]
      : []),
    ...(isWorld && !(has('rw') && isRoot)
      ? [{ text: `${client}: every machine that reaches the port may mount it`, isGrave: false }]
      : []),
    ...(!isWorld && isRoot
      ? [{ text: `${client}: root there is root on the data, setuid files included`, isGrave: false }]
      : []),
    ...(has('async')
      ? [{ text: `${client}: async answers before data is on disk; a crash of the server loses it`, isGrave: false }]
      : []),
    ...(has('insecure')
      ? [{ text: `${client}: insecure lets ordinary users of the client speak NFS`, isGrave: false }]
      : []),
  ];
}
