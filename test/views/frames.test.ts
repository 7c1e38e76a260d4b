// Whole frames of every view, painted as text from a fleet in which every state occurs once.
import { describe, expect, test } from 'vitest';
import { initialState } from '../../src/store/store.ts';
import { cellText, tableText } from '../../src/ui/table-text.ts';
import type { AnyView } from '../../src/ui/view.ts';
import { disksView } from '../../views/disks.ts';
import { eventsView } from '../../views/events.ts';
import { exportsView } from '../../views/exports.ts';
import { findingsView } from '../../views/findings.ts';
import { gpusView } from '../../views/gpus.ts';
import { matrixView } from '../../views/matrix.ts';
import { mountsView } from '../../views/mounts.ts';
import { nodesView } from '../../views/nodes.ts';
import { overviewView } from '../../views/overview.ts';
import { probesView } from '../../views/probes.ts';
import { processesView } from '../../views/processes.ts';
import { views } from '../../views/registry.ts';
import { inventoryOf, NOW_MS, nodeOf } from './fleet.ts';
import { demoLike } from './large-fleet.ts';
import { paintCanvas, paintList, textOfSections } from './paint.ts';
import { fleet } from './small-fleet.ts';

/** Width of a list in a terminal of 80 and 120 columns: two belong to the cursor and the mark. */
const NARROW = 78;
const WIDE = 118;

describe('lists', () => {
  test('nodes show their link with the next try, load, and what is well of their GPUs and mounts', () => {
    expect(paintList(nodesView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE        STATE                LOAD  MEM        GPUS  MOUNTS  FINDINGS   AGE
      gpu01       ● up                 0.20  ██▎  75%    3/4     2/2             now
      gpu02       ● up                    …  …           0/4     0/2  ✗ 1 crit   now
      gpu03       ✗ lost 42s, retry    2.03  ██▎  75%    2/4     1/2  ✗ 1 crit   72s
      gpu04       · not asked             ·  ·           ·/4     ·/2               ·
      nfs-a       ● up               ! 3.00  !    75%            1/1  ▲ 1 warn   now
      talos1      - no ssh                ·  ·                                     ·"
    `);
    expect(paintList(nodesView, fleet, WIDE)).toMatchInlineSnapshot(`
      "NODE         STATE                     LOAD  MEM         GPUS  MOUNTS  FINDINGS   AGE    RTT  UPTIME  CLASS  GROUPS
      gpu01        ● up                      0.20  ███   75%    3/4     2/2             now  1.4ms     41d  h100   gpu
      gpu02        ● up                         …  …            0/4     0/2  ✗ 1 crit   now  1.4ms       …  h100   gpu
      gpu03        ✗ lost 42s, retry 8s      2.03  ███   75%    2/4     1/2  ✗ 1 crit   72s            41d  h100   gpu
      gpu04        · not asked                  ·  ·            ·/4     ·/2               ·              ·  h100   gpu
      nfs-a        ● up                    ! 3.00  !     75%            1/1  ▲ 1 warn   now  1.4ms   ! 41d         storage
      talos1       - no ssh                     ·  ·                                      ·              ·"
    `);
  });

  test('mounts show hung, missing, waiting and drifted ones apart', () => {
    expect(paintList(mountsView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE         TARGET         STATE           TYPE  USED       SIZE   AGE    RTT
      gpu01        /              ◆ mounted       ext4  ▉    30%   100G   now
      gpu01        /data          ● as declared   nfs4  ██▊  95%    40T   now
      gpu01        /scratch       ○ automount     nfs4                    now
      gpu02        /data          H hung 38s      nfs4  H    95%    40T   now
      gpu02        /home          ◆ mounted       nfs4  ·                 now
      gpu02        /scratch       ✗ missing       nfs4                    now
      gpu03        /data          ● as declared   nfs4  ██▊  95%    40T   72s
      gpu03        /scratch       ✗ missing       nfs4                    72s
      gpu04        /data          · not asked     nfs4  ·                   ·
      gpu04        /scratch       · not asked     nfs4  ·                   ·
      nfs-a        /              ◆ mounted       ext4  ·                 now
      nfs-a        /export/data   ● as declared   xfs   ██▊  95%    40T   now"
    `);
    expect(paintList(mountsView, fleet, WIDE)).toMatchInlineSnapshot(`
      "NODE          TARGET              STATE               TYPE  USED         SIZE   AGE    RTT  RETRANS  SOURCE
      gpu01         /                   ◆ mounted           ext4  █▌     30%   100G   now                  /dev/sda2
      gpu01         /data               ● as declared       nfs4  ████▊  95%    40T   now                  10.0.0.5:/export/
      gpu01         /scratch            ○ automount         nfs4                      now                  nfs-a:/export/scr
      gpu02         /data               H hung 38s          nfs4  H ██▊  95%    40T   now                  nfs-a:/export/dat
      gpu02         /home               ◆ mounted           nfs4  ·                   now                  nfs-a:/export/hom
      gpu02         /scratch            ✗ missing           nfs4                      now                  nfs-a:/export/scr
      gpu03         /data               ● as declared       nfs4  ████▊  95%    40T   72s                  nfs-a:/export/dat
      gpu03         /scratch            ✗ missing           nfs4                      72s                  nfs-a:/export/scr
      gpu04         /data               · not asked         nfs4  ·                     ·                  nfs-a:/export/dat
      gpu04         /scratch            · not asked         nfs4  ·                     ·                  nfs-a:/export/scr
      nfs-a         /                   ◆ mounted           ext4  ·                   now                  /dev/sda1
      nfs-a         /export/data        ● as declared       xfs   ████▊  95%    40T   now                  /dev/sdb"
    `);
  });

  test('mounts tell their states in ASCII, too', () => {
    expect(paintList(mountsView, fleet, NARROW, true)).toMatchInlineSnapshot(`
      "NODE         TARGET         STATE           TYPE  USED       SIZE   AGE    RTT
      gpu01        /              o mounted       ext4  #..  30%   100G   now
      gpu01        /data          = as declared   nfs4  ##.  95%    40T   now
      gpu01        /scratch       z automount     nfs4                    now
      gpu02        /data          H hung 38s      nfs4  H    95%    40T   now
      gpu02        /home          o mounted       nfs4  .                 now
      gpu02        /scratch       X missing       nfs4                    now
      gpu03        /data          = as declared   nfs4  ##.  95%    40T   72s
      gpu03        /scratch       X missing       nfs4                    72s
      gpu04        /data          . not asked     nfs4  .                   .
      gpu04        /scratch       . not asked     nfs4  .                   .
      nfs-a        /              o mounted       ext4  .                 now
      nfs-a        /export/data   = as declared   xfs   ##.  95%    40T   now"
    `);
  });

  test('GPUs show missing, failed, throttled and unheard ones apart', () => {
    expect(paintList(gpusView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE         GPU  STATE          UTIL       MEM    TEMP     POWER  LAST 10 MIN
      gpu01          0  ● busy         ███   75%    75%    61  412/700W
      gpu01          1  ○ idle                0%     0%    61  412/700W
      gpu01          2  ◇ memory held         0%    75%    61  412/700W
      gpu01          3  ✗ failed GPU   ███   75%    75%    61  412/700W
      gpu02          0  H hung 38s     ███   75%    75%    61  412/700W
      gpu02          1  H hung 38s     ███   75%    75%    61  412/700W
      gpu02          2  H hung 38s     ███   75%    75%    61  412/700W
      gpu02          3  H hung 38s     H          H         H         H
      gpu03          0  ▼ throttled h  ███   75%    75%    91  412/700W
      gpu03          1  ● busy         ███   75%    75%    61  412/700W
      gpu03          2  ● busy         ███   75%    75%    61  412/700W
      gpu03          3  □ missing the
      gpu04          0  · not asked    ·          ·         ·         ·
      gpu04          1  · not asked    ·          ·         ·         ·
      gpu04          2  · not asked    ·          ·         ·         ·
      gpu04          3  · not asked    ·          ·         ·         ·"
    `);
    expect(paintList(gpusView, fleet, WIDE)).toMatchInlineSnapshot(`
      "NODE         GPU  STATE           UTIL        MEM    TEMP     POWER  LAST 10 MIN  PROCS   AGE  MODEL       PCIE
      gpu01          0  ● busy          ███▊   75%    75%    61  412/700W                   1   now  H100 80GB   5x16/5x16
      gpu01          1  ○ idle                  0%     0%    61  412/700W                   0   now  H100 80GB   5x16/5x16
      gpu01          2  ◇ memory held           0%    75%    61  412/700W                   1   now  H100 80GB   5x16/5x16
      gpu01          3  ✗ failed GPU i  ███▊   75%    75%    61  412/700W                   0   now  H100 80GB   5x16/5x16
      gpu02          0  H hung 38s      ███▊   75%    75%    61  412/700W                   0   now  H100 80GB   5x16/5x16
      gpu02          1  H hung 38s      ███▊   75%    75%    61  412/700W                   0   now  H100 80GB   5x16/5x16
      gpu02          2  H hung 38s      ███▊   75%    75%    61  412/700W                   0   now  H100 80GB   5x16/5x16
      gpu02          3  H hung 38s      H           H         H         H                       now
      gpu03          0  ▼ throttled hw  ███▊   75%    75%    91  412/700W                   0   72s  H100 80GB   5x16/5x16
      gpu03          1  ● busy          ███▊   75%    75%    61  412/700W                   0   72s  H100 80GB   5x16/5x16
      gpu03          2  ● busy          ███▊   75%    75%    61  412/700W                   0   72s  H100 80GB   5x16/5x16
      gpu03          3  □ missing the                                                           72s
      gpu04          0  · not asked     ·           ·         ·         ·                         ·
      gpu04          1  · not asked     ·           ·         ·         ·                         ·
      gpu04          2  · not asked     ·           ·         ·         ·                         ·
      gpu04          3  · not asked     ·           ·         ·         ·                         ·"
    `);
  });

  test('exports show who has them mounted, and what is missing', () => {
    expect(paintList(exportsView, fleet, NARROW)).toMatchInlineSnapshot(`
      "SERVER      PATH            CLIENT          STATE          MOUNTED BY  CLIENTS
      nfs-a       /export/data    10.0.0.0/8      ● exported     3 gpu[01-0        2
      nfs-a       /export/home    *               ● exported     1 gpu02           2
      nfs-a       /export/scratc  10.0.0.0/8      ✗ missing      0                 2"
    `);
    expect(paintList(exportsView, fleet, WIDE)).toMatchInlineSnapshot(`
      "SERVER        PATH              CLIENT           STATE          MOUNTED BY   CLIENTS  DRIFT                        AGE
      nfs-a         /export/data      10.0.0.0/8       ● exported     3 gpu[01-03        2  root on a client is root h   now
      nfs-a         /export/home      *                ● exported     1 gpu02            2  it is exported, but the in   now
      nfs-a         /export/scratch   10.0.0.0/8       ✗ missing      0                  2  it is in no exports file     now"
    `);
  });

  test('disks show partitions below their disk, and who uses them', () => {
    expect(paintList(disksView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE         DEVICE          SIZE  STATE          FS     USED BY      USED
      nfs-a        sda             480G  ┬ partitioned
      nfs-a        └ sda1          480G  ● mounted      ext4   /
      nfs-a        sdb              40T  ≠ drifted      xfs    /export/dat  ██▊  95%
      nfs-a        sdc             4.0T  · blank"
    `);
    expect(paintList(disksView, fleet, WIDE)).toMatchInlineSnapshot(`
      "NODE         DEVICE         SIZE  STATE          FS     USED BY     USED      LABEL   SERIAL    MODEL     VOLUME   AGE
      nfs-a        sda            480G  ┬ partitioned                                       S1        SAMSUNG            now
      nfs-a        └ sda1         480G  ● mounted      ext4   /                                                          now
      nfs-a        sdb             40T  ≠ drifted      xfs    /export/da  ██▊  95%  data    S5GX                bulk     now
      nfs-a        sdc            4.0T  · blank                                                                          now"
    `);
  });

  test('processes show memory held by something invisible', () => {
    expect(paintList(processesView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE              GPU      PID  USER         MEM  SINCE  COMMAND
      gpu01               0     4711  ada          60G     2h  python train.py
      gpu01               2       12  invisible   8.0G         [unknown]"
    `);
  });

  test('findings stand with the worst first', () => {
    expect(paintList(findingsView, fleet, NARROW)).toMatchInlineSnapshot(`
      "SEVERITY    SINCE  NODES         FINDING
      ✗ critical    38s  gpu02         nfs-a does not answer: 1 mount hangs on gpu02
      ✗ critical    90s  gpu03         gpu03 is lost: connection timed out
      ▲ warning     90s  nfs-a         /export/data on nfs-a is 95% full"
    `);
    expect(paintList(findingsView, fleet, WIDE)).toMatchInlineSnapshot(`
      "SEVERITY    SINCE  NODES           FINDING                                                 AFFECTS          RULE
      ✗ critical    38s  gpu02           nfs-a does not answer: 1 mount hangs on gpu02                            mount-hung
      ✗ critical    90s  gpu03           gpu03 is lost: connection timed out                                      node-lost
      ▲ warning     90s  nfs-a           /export/data on nfs-a is 95% full                                        disk-filli"
    `);
  });

  test('events stand with the newest first', () => {
    expect(paintList(eventsView, fleet, NARROW)).toMatchInlineSnapshot(`
      "TIME       AGO  KIND       SEVERITY  NODE        EVENT
      07:59:18   42s  ✗ link     critical  gpu03       lost: connection timed out
      07:59:00   60s  ✗ fact     critical  gpu02       /data hangs"
    `);
  });

  test('slow probes stand with the slowest first, and say why one fails', () => {
    expect(paintList(probesView, fleet, NARROW).split('\n').slice(0, 5).join('\n')).toMatchInlineSnapshot(`
      "NODE         PROBE          TARGET      TOOK  STATE          AGE  REASON
      gpu02        gpus                        38s  H hung 38s     now
      gpu02        usage          /data        38s  H hung 38s     now
      gpu02        load                       1.0s  … waiting 1s   now
      gpu01        load                      3.0ms  ● answered     now"
    `);
  });
});

describe('pictures', () => {
  test('the overview shows capacity, findings and every node with its GPUs', () => {
    expect(paintCanvas(overviewView, fleet, 80, 20)).toMatchInlineSnapshot(`
      "NODES       6  ● 3 up  ✗ 1 lost  · 1 not asked  - 1 no ssh  slowest gpu01 1.4ms
      GPUS       16  4 busy  2 idle  2 failed  8 unknown  memory 540G of 800G
      STORAGE  nfs-a:/export/data  █████████▌  95%  2.0T free of 40T  on 3  1 hung
               nfs-a:/export/home  nobody has said how full it is  on 1

      FINDINGS  2 critical  1 warning
      ✗  38s  nfs-a does not answer: 1 mount hangs on gpu02
      ✗  90s  gpu03 is lost: connection timed out
      ▲  90s  /export/data on nfs-a is 95% full

      h100  gpu[01-04]  4 nodes, 16 GPUs, 2 in trouble
      ● gpu01 ▇▁▁✗  H gpu02 HHHH  ✗ gpu03 ▼▇▇□  · gpu04 ····
      storage  nfs-a  1 node
      △ nfs-a
      nodes  talos1  1 node
      - talos1

      ● up  ◔ late  ✗ lost  ⊘ refused  H hung  ▲ critical  ▽ shared  △ warning
      GPU ▁▃▅▇█ busy  ✗ failed  □ missing  ▲ failing  ▼ throttled  · never asked"
    `);
  });

  test('the overview tells the same in ASCII', () => {
    expect(paintCanvas(overviewView, fleet, 80, 20, true)).toMatchInlineSnapshot(`
      "NODES       6  o 3 up  X 1 lost  . 1 not asked  - 1 no ssh  slowest gpu01 1.4ms
      GPUS       16  4 busy  2 idle  2 failed  8 unknown  memory 540G of 800G
      STORAGE  nfs-a:/export/data  #########.  95%  2.0T free of 40T  on 3  1 hung
               nfs-a:/export/home  nobody has said how full it is  on 1

      FINDINGS  2 critical  1 warning
      X  38s  nfs-a does not answer: 1 mount hangs on gpu02
      X  90s  gpu03 is lost: connection timed out
      !  90s  /export/data on nfs-a is 95% full

      h100  gpu[01-04]  4 nodes, 16 GPUs, 2 in trouble
      o gpu01 700X  H gpu02 HHHH  X gpu03 T77M  . gpu04 ....
      storage  nfs-a  1 node
      ? nfs-a
      nodes  talos1  1 node
      - talos1

      o up  L late  X lost  R refused  H hung  ! critical  v shared  ? warning
      GPU 0-9 tenths busy  X failed  M missing  F failing  T throttled  . never asked"
    `);
  });

  test('the overview of 24 nodes fits a terminal of 80 by 24', () => {
    const lines = paintCanvas(overviewView, demoLike(24), 80, 20).split('\n');
    expect(lines.length).toBeLessThanOrEqual(20);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });

  test('the overview of 1,000 nodes is drawn without names, a line per two dozen nodes', () => {
    const lines = paintCanvas(overviewView, demoLike(1000), 250, 66).split('\n');
    expect(lines.length).toBeLessThanOrEqual(66);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(250);
    expect(lines[7]?.slice(0, 40)).toMatchInlineSnapshot(`"gpu0000  ●▁▁▂▃▄▅▅▆ ●▇██▁▁▂▃▄ ●▅▅▆▇██▁▁ ●"`);
  });

  test('every node of the overview has a place of its own, inside the picture', () => {
    const state = demoLike(200);
    const picture = overviewView.paint(overviewView.rows(state), {
      nowMs: NOW_MS,
      state,
      width: 120,
      height: 40,
      ascii: false,
    });
    const spots = [...picture.places.values()].map(({ x, y }) => `${x},${y}`);
    expect(new Set(spots).size).toBe(200);
    expect([...picture.places.values()].every(({ x, y, width }) => x + width <= 120 && y < picture.lines.length)).toBe(
      true,
    );
  });

  test('the matrix has a line per node and a column per wished target', () => {
    expect(paintCanvas(matrixView, fleet, 80, 20)).toMatchInlineSnapshot(`
      "NODE    /data /scratch /export/data /home local
              2/4   1/4      1/1          1/1   2/2
      ● gpu01 ●     ○                           ◆
      ● gpu02 H     ✗                     ◆
      ✗ gpu03 ●     ✗
      · gpu04 ·     ·
      ● nfs-a                ●                  ◆

      ● as declared  ◆ mounted  ○ automount  ≠ drifted  ✗ missing  H hung
      S stale handle  + not wished  ◐ hidden  ? unknown  · never asked"
    `);
  });

  test('a matrix too narrow for names uses letters and a legend', () => {
    expect(paintCanvas(matrixView, fleet, 30, 20, true)).toMatchInlineSnapshot(`
      "A  /data                      2/4  nfs-a:/export/data
      B  /scratch                   1/4  nfs-a:/export/scratch
      C  /export/data               1/1  /dev/sdb
      D  /home                      1/1  nfs-a:/export/home
      E  local                      2/2
      NODE    A  B  C  D  E
      o gpu01 =  z        o
      o gpu02 H  X     o
      X gpu03 =  X
      . gpu04 .  .
      o nfs-a       =     o

      = as declared  o mounted
      z automount  # drifted
      X missing  H hung
      S stale handle  + not wished
      c hidden  ? unknown
      . never asked"
    `);
  });
});

describe('nothing to show', () => {
  const silent = initialState(inventoryOf([nodeOf('gpu01', { gpus: { count: 2 } })]));
  const nobody = initialState(inventoryOf([]));

  test('before the first answer a node has marks of never asked, and no zero', () => {
    expect(paintList(nodesView, silent, NARROW)).toMatchInlineSnapshot(`
      "NODE        STATE                LOAD  MEM        GPUS  MOUNTS  FINDINGS   AGE
      gpu01       · not asked             ·  ·           ·/2                       ·"
    `);
    expect(paintList(gpusView, silent, NARROW)).toMatchInlineSnapshot(`
      "NODE         GPU  STATE          UTIL       MEM    TEMP     POWER  LAST 10 MIN
      gpu01          0  · not asked    ·          ·         ·         ·
      gpu01          1  · not asked    ·          ·         ·         ·"
    `);
    expect(paintCanvas(overviewView, silent, 80, 20)).toMatchInlineSnapshot(`
      "NODES       1  · 1 not asked
      GPUS        2  2 unknown

      nodes  gpu01  1 node, 2 GPUs
      · gpu01 ··

      ● up  ◔ late  ✗ lost  ⊘ refused  H hung  ▲ critical  ▽ shared  △ warning
      GPU ▁▃▅▇█ busy  ✗ failed  □ missing  ▲ failing  ▼ throttled  · never asked"
    `);
  });

  test('an empty list says why and what to do', () => {
    const said = [
      nodesView,
      mountsView,
      exportsView,
      disksView,
      gpusView,
      processesView,
      findingsView,
      eventsView,
      probesView,
    ].map((view) => `${view.name}: ${view.empty(nobody)}`);
    expect(said.join('\n')).toMatchInlineSnapshot(`
      "nodes: The inventory is being read.
      mounts: The inventory names no node, so there is nothing to mount.
      exports: No node exports anything, and the inventory wishes no export.
      disks: No node has told its disks yet.
      gpus: No node has told its GPUs yet, and the inventory expects none.
      processes: No node has told its GPU processes yet.
      findings: No findings yet: no node has answered.
      events: Nothing has happened yet.
      probes: No node was asked anything yet."
    `);
  });
});

test('a saved table has figures where the screen has bars', () => {
  const moment = { state: fleet, nowMs: NOW_MS };
  const all: readonly AnyView[] = [nodesView, mountsView, gpusView, disksView];
  for (const view of all) {
    const cells = tableText(view.rows(fleet), view.columns, moment).split(/[\t\n]/);
    expect(cells.filter((cell) => /#{4}|\.{4}/.test(cell))).toEqual([]);
  }
  const row = mountsView.rows(fleet).find(({ id }) => id === 'gpu02:/data');
  const column = mountsView.columns.find(({ header }) => header === 'SIZE');
  expect(row && column && cellText(row, column, moment)).toBe('40T');
});

describe('describe', () => {
  test('a hung mount tells facts, wish, findings with the next move, and events', () => {
    const row = mountsView.rows(fleet).find(({ id }) => id === 'gpu02:/data');
    expect(
      row && textOfSections(mountsView.describe(row, { state: fleet, nowMs: NOW_MS, ascii: false })),
    ).toMatchInlineSnapshot(`
      "[Facts]
      state           H hung for 38s: it does not answer statfs
      source          nfs-a:/export/data
      type            nfs4
      options         ro vers=4.2 rw
      space           38T used (95%), 2.0T free of 40T
      inodes          100000 of 1000000 in use
      link            up for 60s over ssh, round trip 1.4ms
      [Wished state]
      must be         mounted
      source          nfs-a:/export/data
      type            nfs4
      how             fstab
      [Findings]
      ✗ critical: nfs-a does not answer: 1 mount hangs on gpu02, for 38s
        do: Look at the NFS server of nfs-a.
      [Recent events]
      07:59:00  /data hangs"
    `);
  });

  test('an ASCII terminal is described in ASCII', () => {
    const all: readonly AnyView[] = views;
    for (const view of all) {
      for (const row of view.rows(fleet)) {
        const text = textOfSections(view.describe(row, { state: fleet, nowMs: NOW_MS, ascii: true }));
        expect(text).not.toMatch(/[✗▲•●○◐≠◆□▼◇┬·…⊘◔]/);
      }
    }
  });

  test('a lost node tells why, when it is tried again, and what was last known', () => {
    const row = nodesView.rows(fleet).find(({ id }) => id === 'gpu03');
    expect(
      row && textOfSections(nodesView.describe(row, { state: fleet, nowMs: NOW_MS, ascii: false })),
    ).toMatchInlineSnapshot(`
      "[Facts]
      link            lost for 42s: connection timed out; retry in 8s, last heard 72s ago
      address         gpu03.example.org
      operating system Ubuntu 24.04
      kernel          6.8.0-45 (x86_64)
      cores           64
      load            130 10 8
      memory          128G free of 512G
      uptime          41d
      boot id         b0071d
      [Wished state]
      class           h100
      groups          gpu
      GPUs            4 x H100
      mounts          /data /scratch
      [Drift]
      /scratch: neither its automount nor the filesystem is there
      GPUs: count: 4 wished, 3 seen
      [Findings]
      ✗ critical: gpu03 is lost: connection timed out, for 90s
        do: look at it
      [Recent events]
      07:59:18  lost: connection timed out"
    `);
  });

  test('a finding tells its evidence node by node', () => {
    const row = findingsView.rows(fleet)[0];
    expect(
      row && textOfSections(findingsView.describe(row, { state: fleet, nowMs: NOW_MS, ascii: false })),
    ).toMatchInlineSnapshot(`
      "[Facts]
      finding         nfs-a does not answer: 1 mount hangs on gpu02
      severity        critical
      for             38s
      nodes           gpu02
      rule            mount-hung
      [Next move]
      Look at the NFS server of nfs-a.
      [Evidence]
      gpu02  /data  nfs-a:/export/data does not answer
      [Recent events]
      gpu02: /data hangs"
    `);
  });
});
