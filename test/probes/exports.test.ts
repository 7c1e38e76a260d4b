import { describe, expect, test } from 'vitest';
import { exportTable } from '../../src/probes/exports.ts';
import { capture, capturesIn, describeCaptures, factOf, failureOf, parse } from './support.ts';

/** Entries as `path client options` for comparing. */
const entries = (list: readonly { path: string; client: string; options: readonly string[] }[] | undefined) =>
  list?.map(({ path, client, options }) => `${path} ${client} ${options.join(',')}`);

const inFile = (text: string) => factOf(exportTable, `== file /etc/exports\n${text}`);

describe('exports(5)', () => {
  test.each([
    ['a clause per client', '/srv a(rw,sync) b(ro)', ['/srv a rw,sync', '/srv b ro']],
    ['comments and blank lines', '# all\n\n/srv a(rw) # not b(rw)\n', ['/srv a rw']],
    [
      'continued lines',
      '/srv a(rw) \\\n   b(ro) \\\n\tc(rw)\n/x d(ro)',
      ['/srv a rw', '/srv b ro', '/srv c rw', '/x d ro'],
    ],
    ['a quoted path', '"/srv/with blank#" a(rw)', ['/srv/with blank# a rw']],
    ['octal escapes', '/srv/a\\040b\\011c a(rw)', ['/srv/a b\tc a rw']],
    [
      'defaults for the clauses after them',
      '/srv -ro,sync a b(rw) -async c',
      ['/srv a ro,sync', '/srv b ro,sync,rw', '/srv c async'],
    ],
    ['a blank before the options, which opens the world', '/srv a (rw)', ['/srv a ', '/srv * rw']],
    ['options without a client', '/srv (ro)', ['/srv * ro']],
    ['a path alone', '/srv', ['/srv * ']],
    [
      'netgroups, networks, wildcards and gss',
      '/srv @lab 10.0.0.0/8(rw) *.example.org(ro) gss/krb5(rw)',
      ['/srv @lab ', '/srv 10.0.0.0/8 rw', '/srv *.example.org ro', '/srv gss/krb5 rw'],
    ],
    ['carriage returns', '/srv a(rw)\r\n', ['/srv a rw']],
  ])('%s', (_, text, expected) => {
    const { files, problems } = inFile(text);
    expect([entries(files), problems]).toEqual([expected, undefined]);
  });

  test('lines exportfs leaves out are told, the others count', () => {
    const { files, problems } = inFile('/srv a(rw)\nsrv b(rw)\n/x c(rw\n/y d(ro)\n');
    expect([entries(files), problems]).toEqual([
      ['/srv a rw', '/y d ro'],
      ['/etc/exports:2: srv b(rw)', '/etc/exports:3: /x c(rw'],
    ]);
  });

  test('a file of nothing but wrong lines is a failure', () => {
    expect(failureOf(() => inFile('<html>\n'))).toBe('exports: line 1 is not as expected: "/etc/exports:1: <html>"');
  });

  test('entries know the file they stand in', () => {
    const answer = '== file /etc/exports\n/a x(rw)\n\n== file /etc/exports.d/more.exports\n/b y(ro)\n\n';
    expect(factOf(exportTable, answer).files.map(({ path, from }) => [path, from])).toEqual([
      ['/a', '/etc/exports'],
      ['/b', '/etc/exports.d/more.exports'],
    ]);
  });
});

describe('the kernel table', () => {
  test('an empty table is a table, a refused one is not', () => {
    expect(factOf(exportTable, '== kernel 0\n\n')).toEqual({ files: [], kernel: [] });
    const refused = "exportfs: can't lock /var/lib/nfs/etab: Permission denied";
    expect(factOf(exportTable, `== kernel 0\n${refused}\n`)).toEqual({ files: [] });
    expect(factOf(exportTable, '== kernel 1\n/srv a(rw)\n')).toEqual({ files: [] });
  });

  test('complaints between the entries are passed over with the lines that belong to them', () => {
    const answer = `exportfs: No options for /x : suggest (sync)\n  NOTE: this changed\n/srv\n\t\t<world>(ro)\n/y 10.0.0.1(rw)\n`;
    expect(entries(factOf(exportTable, `== kernel 0\n${answer}`).kernel)).toEqual(['/srv * ro', '/y 10.0.0.1 rw']);
  });

  test('a table that is none is a failure', () => {
    expect(failureOf(() => parse(exportTable, '== kernel 0\nSegmentation fault\n'))).toMatch(/^exports: line 2/);
  });
});

test('a node without exports and exportfs has no NFS server', () => {
  expect(parse(exportTable, '')).toEqual({ kind: 'absent', because: 'no NFS server on this node' });
});

describeCaptures('exports', () => {
  test.each([
    ['augeas-root', 5],
    ['continuation-5-hosts', 5],
    ['insights', 13],
    ['krb5', 3],
    ['xbmc-netboot', 1],
  ])('%s.exports has %i clauses and no wrong line', (name, count) => {
    const { files, problems } = inFile(capture(`mounts/exports/${name}.exports`));
    expect([files.length, problems]).toEqual([count, undefined]);
  });

  test('Kerberos flavours stay one option', () => {
    expect(entries(inFile(capture('mounts/exports/krb5.exports')).files)).toEqual([
      '/srv/nfs/datos *.empresa.local sec=krb5:krb5i:krb5p,rw,sync,no_subtree_check',
      '/srv/nfs/confidencial *.empresa.local sec=krb5p,rw,sync,root_squash',
      '/srv/nfs/publico *.empresa.local sec=sys:krb5,ro,sync',
    ]);
  });

  test('exportfs -s, -v with the world, and -v with wrapped paths', () => {
    const tail = 'sync,wdelay,hide,no_subtree_check,sec=sys,rw,secure';
    const table = (name: string) =>
      entries(factOf(exportTable, `== kernel 0\n${capture(`mounts/exports/${name}`)}`).kernel);
    expect(table('exportfs-s.txt')).toEqual([
      `/sharenfs 192.168.0.0/24 ${tail},no_root_squash,no_all_squash`,
      `/mnt/nfs-ssd 192.168.0.0/24 ${tail},root_squash,no_all_squash`,
    ]);
    expect(table('exportfs-v-world.txt')).toEqual(
      ['/srv/pv', '/srv/pv/pv001', '/srv/pv/pv002'].map((path) => `${path} * ${tail},no_root_squash,no_all_squash`),
    );
    expect(table('exportfs-v-wrapped.txt')).toEqual(
      ['/mnt/raid_storage', '/mnt/lvm_storage'].map(
        (path) => `${path} 192.168.56.0/24 ${tail},root_squash,no_all_squash`,
      ),
    );
    expect(table('exportfs-r-warning.stderr')).toBeUndefined();
  });

  test('every exports file of the captures is covered above', () => {
    expect(capturesIn('mounts/exports').filter((path) => path.endsWith('.exports')).length).toBe(5);
  });
});
