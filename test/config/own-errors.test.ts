import { expect, test } from 'vitest';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import { memoryIo } from './memory-io.ts';

async function wrong(text: string): Promise<string> {
  const read = await readInventory('fleet.yaml', memoryIo({ 'fleet.yaml': text }));
  return read.kind === 'ok' ? 'good' : formatProblems(read.errors);
}

test('every mistake of a file comes at once, at its place, with what was meant', async () => {
  const text = `nods: {}
nodes:
  gpu01: { usr: admin, port: 99999, gpus: { cuont: 3 } }
  cpu1: { via: shh }
classes:
  dgx: { pollEvery: { laod: 5s, gpus: 5 sec } }
mounts:
  - target: data
volumes: {}
`;
  expect(await wrong(text)).toBe(`fleet.yaml:1:1: unknown key "nods"; did you mean "nodes"?
    1 | nods: {}
      | ^^^^
      = expected one of name, defaults, classes, nodes, groups, volumes, exports, mounts, sharing, clusters, actions, pollEvery, lateAfter, lostAfter
fleet.yaml:3:12: unknown key "usr"; did you mean "user"?
    3 |   gpu01: { usr: admin, port: 99999, gpus: { cuont: 3 } }
      |            ^^^
      = expected one of address, port, user, jump, identityFiles, password, hostKeys, hostKeyPolicy, via, transport, class, labels, readOnly, gpus, groups
fleet.yaml:3:30: port: 99999 does not fit here
    3 |   gpu01: { usr: admin, port: 99999, gpus: { cuont: 3 } }
      |                              ^^^^^
      = expected a port, 1 to 65535
fleet.yaml:3:45: unknown key "cuont"; did you mean "count"?
    3 |   gpu01: { usr: admin, port: 99999, gpus: { cuont: 3 } }
      |                                             ^^^^^
      = expected one of count, model, driver
fleet.yaml:4:16: via: "shh" does not fit here; did you mean "ssh"?
    4 |   cpu1: { via: shh }
      |                ^^^
      = expected ssh, local, kubernetes
fleet.yaml:6:23: unknown key "laod"; did you mean "load"?
    6 |   dgx: { pollEvery: { laod: 5s, gpus: 5 sec } }
      |                       ^^^^
      = expected one of identity, clock, privilege, tools, load, mounts, nfsStats, usage, directories, exports, nfsServer, blockDevices, units, gpus, gpuErrors, gpuDriver, gpuProcesses, usb, kernelLog, maintenance
fleet.yaml:6:39: gpus: "5 sec" does not fit here
    6 |   dgx: { pollEvery: { laod: 5s, gpus: 5 sec } }
      |                                       ^^^^^
      = expected a time such as 500ms, 5s or 2m
fleet.yaml:8:5: "nodes" is missing
    8 |   - target: data
      |     ^^^^^^^^^^^^
      = expected a node set, e.g. gpu[01-16], @group or all, or a list of them
fleet.yaml:8:13: target: "data" does not fit here
    8 |   - target: data
      |             ^^^^
      = expected an absolute path, e.g. /data
fleet.yaml:9:10: volumes: a map does not fit here
    9 | volumes: {}
      |          ^^
      = expected a list of volumes`);
});

test('what the shape cannot tell is told next: sets, groups, classes, addresses, sources, modes', async () => {
  const text = `nodes:
  "gpu[01-03]": { address: "10.0.0.[1-2]", class: dxg }
  bad name:
classes: { dgx: }
groups:
  gpu: gpu[01-04]
  a: { groups: [b] }
  b: { groups: [a] }
  all: gpu01
mounts:
  - { source: nfs-data, type: nfs, target: /data, nodes: "gpu01,@gup" }
  - { target: /x, nodes: gpu1 }
volumes:
  - { name: v, nodes: gpu01, disk: {}, type: xfs, target: /v, directories: [{ path: d, mode: 999 }] }
lateAfter: 30s
lostAfter: 20s
`;
  expect(await wrong(text)).toBe(`fleet.yaml:2:28: 2 addresses for the 3 nodes gpu[01-03]
    2 |   "gpu[01-03]": { address: "10.0.0.[1-2]", class: dxg }
      |                            ^^^^^^^^^^^^^^
      = expected as many addresses as names
fleet.yaml:2:51: no class is called "dxg"; did you mean "dgx"?
    2 |   "gpu[01-03]": { address: "10.0.0.[1-2]", class: dxg }
      |                                                   ^^^
      = expected one of dgx
fleet.yaml:3:3: "bad name" cannot name a node
    3 |   bad name:
      |   ^^^^^^^^
      = expected another name: a node name has 1-253 letters, digits, ".", "_" or "-" and starts and ends with none of ".-"
fleet.yaml:6:8: no node is called "gpu04"
    6 |   gpu: gpu[01-04]
      |        ^^^^^^^^^^
fleet.yaml:7:3: the group "a" contains itself: a → b → a
    7 |   a: { groups: [b] }
      |   ^
fleet.yaml:9:3: "all" cannot name a group
    9 |   all: gpu01
      |   ^^^
      = expected another name: "all" is every node
fleet.yaml:11:15: "nfs-data" is no NFS source
   11 |   - { source: nfs-data, type: nfs, target: /data, nodes: "gpu01,@gup" }
      |               ^^^^^^^^
      = expected server:/path, e.g. nfs-a:/export/data
fleet.yaml:11:65: no group is called "gup"; did you mean "@gpu"?
   11 |   - { source: nfs-data, type: nfs, target: /data, nodes: "gpu01,@gup" }
      |                                                                 ^^^^
fleet.yaml:12:5: "source" is missing in the mount at /x
   12 |   - { target: /x, nodes: gpu1 }
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
fleet.yaml:12:5: "type" is missing in the mount at /x
   12 |   - { target: /x, nodes: gpu1 }
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
fleet.yaml:12:26: no node is called "gpu1"; did you mean "gpu01"?
   12 |   - { target: /x, nodes: gpu1 }
      |                          ^^^^
fleet.yaml:14:30: nothing says which disk "v" is
   14 |   - { name: v, nodes: gpu01, disk: {}, type: xfs, target: /v, directories: [{ path: d, mode: 999 }] }
      |                              ^^^^
      = expected id, serial, wwn or size of the disk, or label or uuid of its filesystem
fleet.yaml:14:94: 999 is no octal mode
   14 |   - { name: v, nodes: gpu01, disk: {}, type: xfs, target: /v, directories: [{ path: d, mode: 999 }] }
      |                                                                                              ^^^
      = expected three or four digits of 0 to 7, e.g. "0755"
fleet.yaml:16:12: a node would be lost before it is late
   16 | lostAfter: 20s
      |            ^^^
      = expected a time longer than lateAfter`);
});

test.each([
  [
    'a range within braces without quotes',
    'nodes: { gpu[01-02]: }\n',
    `fleet.yaml:1:13: "[" within { } or [ ] begins a list
    1 | nodes: { gpu[01-02]: }
      |             ^
      = expected quotes around a text with a range, e.g. "gpu[01-16]"`,
  ],
  [
    'a tab',
    'nodes:\n\ta: {}\n',
    `fleet.yaml:2:1: a tab is used to indent
    2 |  a: {}
      | ^
      = expected blanks: YAML allows no tabs there`,
  ],
  [
    'a key that stands twice',
    'nodes:\n  a: {}\n  a: {}\n',
    `fleet.yaml:3:3: the key "a" stands twice in one map
    3 |   a: {}
      |   ^`,
  ],
  [
    'an alias without its anchor',
    'nodes:\n  a: *b\n',
    `fleet.yaml:2:6: the anchor "&b" is not set before this alias
    2 |   a: *b
      |      ^^`,
  ],
  [
    'an anchor that holds itself',
    'nodes: &a\n  b: *a\n',
    `fleet.yaml:2:6: the alias "*a" stands inside its own anchor
    2 |   b: *a
      |      ^^`,
  ],
  [
    'a second document',
    'nodes: { a: }\n---\nnodes: { b: }\n',
    `fleet.yaml:2:1: a second document begins here
    2 | ---
      | ^^^
      = expected one document per file`,
  ],
  [
    'a vaulted value',
    'name: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\nnodes: { a: }\n',
    `fleet.yaml:1:14: name: a vaulted value does not fit here
    1 | name: !vault |
      |              ^
      = expected a name, as text`,
  ],
  [
    'a tag of another tool',
    'nodes: !Ref x\n',
    `fleet.yaml:1:13: the tag "!Ref" means nothing here
    1 | nodes: !Ref x
      |             ^`,
  ],
  [
    'no node at all',
    'name: x\n',
    `fleet.yaml: no node is declared
  expected a map "nodes", e.g. nodes: { gpu[01-04]: {} }`,
  ],
  [
    'a text',
    'hello\n',
    `fleet.yaml: it is no map
  expected an inventory: a map with nodes (muster) or with groups of hosts (Ansible)`,
  ],
])('%s is told', async (_, text, expected) => {
  expect(await wrong(text)).toBe(expected);
});

test('a node in a group that is not declared is told, once any group is', async () => {
  expect(
    await wrong('nodes: { a: { groups: [gup] } }\ngroups: { gpu: }\n'),
  ).toBe(`fleet.yaml:1:24: no group is called "gup"; did you mean "gpu"?
    1 | nodes: { a: { groups: [gup] } }
      |                        ^^^
      = expected one of gpu`);
});

test('escape codes and long lines of a file never reach the terminal raw', async () => {
  const told = await wrong(`nodes:\n  a: { user: ok, "\u001b[2Jevil\u202e": 1, ${'x'.repeat(5000)}: 2 }\n`);
  expect(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(told)).toBe(false);
  expect(Math.max(...told.split('\n').map((line) => line.length))).toBeLessThan(6000);
});

test('a key that is right elsewhere is told where it belongs', async () => {
  const text = `hostKeyPolicy: accept-new
nodes:
  a: { members: x, serial: 3 }
`;
  expect((await wrong(text)).split('\n').filter((line) => line.startsWith('fleet.yaml'))).toEqual([
    'fleet.yaml:1:1: unknown key "hostKeyPolicy" here: it belongs under "defaults" or in an entry of "classes", "nodes" or "groups"',
    'fleet.yaml:3:8: unknown key "members" here: it belongs in an entry of "groups"',
    'fleet.yaml:3:20: unknown key "serial" here: it belongs under "volumes.disk"',
  ]);
});

test('more nodes than can be are refused where they pass the limit, with what to do, and nothing else is worked out for them', async () => {
  const text = 'nodes:\n  a[1-60000]: {}\n  b[1-60000]: {}\nmounts: [{ absent: true, target: /x, nodes: nobody }]\n';
  expect(await wrong(text)).toBe(`fleet.yaml:3:3: more than 100,000 nodes, counted up to here
    3 |   b[1-60000]: {}
      |   ^^^^^^^^^^
      = expected at most 100,000; spread them over several inventories and start muster once for each`);
  const ini = `[a]\nn[1:60000]\nm[1:60000]\n`;
  const read = await readInventory('hosts', memoryIo({ hosts: ini }));
  expect(read.kind === 'ok' ? 'good' : formatProblems(read.errors)).toBe(`hosts: it lists 120,000 hosts
  expected at most 100,000; spread them over several inventories and start muster once for each`);
});

test('a directory of a volume that is not on it is refused', async () => {
  const text = `nodes: { a: }
volumes:
  - { name: v, nodes: a, disk: { serial: x }, type: xfs, target: /data, directories: [{ path: ok }, { path: /srv }, { path: ../etc }] }
`;
  expect((await wrong(text)).split('\n').filter((line) => !line.startsWith('  '))).toEqual([
    'fleet.yaml:3:109: "/srv" is not on the volume, which is mounted at /data',
    'fleet.yaml:3:125: "../etc" is not on the volume, which is mounted at /data',
  ]);
});

test('a bomb of aliases is refused, not unfolded', async () => {
  const levels = Array.from(
    { length: 30 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array.from({ length: 9 }, () => `*l${level}`).join(', ')}]`,
  );
  const told = await wrong(`l0: &l0 [a, b]\n${levels.join('\n')}\n`);
  expect(told.split('\n')[0]).toBe('fleet.yaml:8:9: too large: aliases multiply to more than three million values');
});

test('nesting without end is refused', async () => {
  expect(await wrong(`nodes: ${'['.repeat(100_000)}`)).toMatch(/^fleet\.yaml.*: nested too deeply to be an inventory/);
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'the word %s is a word like any other',
  async (word) => {
    expect(await wrong(`nodes: { a: }\n${word}: {}\n`)).toContain(`unknown key "${word}"`);
    expect(await wrong(`nodes: { a: }\nmounts: [{ absent: true, target: /x, nodes: ${word} }]\n`)).toContain(
      `no node is called "${word}"`,
    );
  },
);

test('whatever is cut from or changed in a file, reading it ends in a value or in problems', async () => {
  const text =
    'name: lab\nnodes:\n  "gpu[01-02]": { address: "10.0.0.[1-2]", gpus: 8 }\ngroups: { gpu: "gpu[01-02]" }\nmounts:\n  - { source: "a:/b", type: nfs, target: /d, nodes: "@gpu!gpu01" }\n';
  for (let at = 0; at < text.length; at++) {
    for (const broken of [
      text.slice(0, at),
      `${text.slice(0, at)}${text.slice(at + 1)}`,
      `${text.slice(0, at)}[${text.slice(at)}`,
      `${text.slice(0, at)}\u0000${text.slice(at)}`,
    ]) {
      expect(typeof (await wrong(broken))).toBe('string');
    }
  }
});
