// Every list at the width of a terminal of 80 and of 120 columns, and what gives way at 60, painted as text from a fleet in which every state occurs once.
import { describe, expect, test } from 'vitest';
import { cellText, tableText } from '../../src/ui/table-text.ts';
import type { AnyRow, AnyView, ListView } from '../../src/ui/view.ts';
import { disksView } from '../../views/disks.ts';
import { eventsView } from '../../views/events.ts';
import { exportsView } from '../../views/exports.ts';
import { findingsView } from '../../views/findings.ts';
import { gpusView } from '../../views/gpus.ts';
import { mountsView } from '../../views/mounts.ts';
import { nodesView } from '../../views/nodes.ts';
import { probesView } from '../../views/probes.ts';
import { processesView } from '../../views/processes.ts';
import { NOW_MS } from './fleet.ts';
import { paintList } from './paint.ts';
import { fleet } from './small-fleet.ts';

/** Width of a list in a terminal of 60, 80 and 120 columns: two belong to the cursor and the mark. */
const LEAST = 58;
const NARROW = 78;
const WIDE = 118;

describe('lists', () => {
  test('nodes show their link with the next try, load, and what is well of their GPUs and mounts', () => {
    expect(paintList(nodesView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE        STATE              LOAD  MEM     GPUS  MOUNTS  FINDINGS        AGE
      gpu01       ● up               0.20    75%    3/4     2/2                  now
      gpu02       ● up                  …  …        0/4     0/2  ✗ 1 critical    now
      gpu03       ✗ lost 42s…        2.03    75%    2/4     1/2  ✗ 1 critical    72s
      gpu04       · not asked           ·  ·        ·/4     ·/2                    ·
      nfs-a       ● up             ! 3.00  ! 75%            1/1  ▲ 1 warning     now
      talos1      - no ssh              -  -                                       -"
    `);
    expect(paintList(nodesView, fleet, WIDE)).toMatchInlineSnapshot(`
      "NODE         STATE                        LOAD  MEM           GPUS  MOUNTS  FINDINGS         AGE    RTT  UPTIME  CLASS
      gpu01        ● up                         0.20  ████▌   75%    3/4     2/2                   now  1.4ms     41d  h100
      gpu02        ● up                            …  …              0/4     0/2  ✗ 1 critical     now  1.4ms       …  h100
      gpu03        ✗ lost 42s, retry 8s         2.03  ████▌   75%    2/4     1/2  ✗ 1 critical     72s            41d  h100
      gpu04        · not asked                     ·  ·              ·/4     ·/2                     ·              ·  h100
      nfs-a        ● up                       ! 3.00  ! ███   75%            1/1  ▲ 1 warning      now  1.4ms   ! 41d
      talos1       - no ssh                        -  -                                              -              -"
    `);
  });

  test('mounts show hung, missing, waiting and drifted ones apart', () => {
    expect(paintList(mountsView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE         TARGET         STATE           TYPE  USED       SIZE   AGE    RTT
      gpu01        /              ■ mounted       ext4  ▉    30%   100G   now
      gpu01        /data          ● as declared   nfs4  ██▊  95%    40T   now
      gpu01        /scratch       ○ automount     nfs4                    now
      gpu02        /data          H hung 38s      nfs4  H    95%    40T   now
      gpu02        /home          ■ mounted       nfs4  ·                 now
      gpu02        /scratch       ✗ missing       nfs4                    now
      gpu03        /data          ● as declared   nfs4  ██▊  95%    40T   72s
      gpu03        /scratch       ✗ missing       nfs4                    72s
      gpu04        /data          · not asked     nfs4  ·                   ·
      gpu04        /scratch       · not asked     nfs4  ·                   ·
      nfs-a        /              ■ mounted       ext4  ·                 now
      nfs-a        /export/data   ● as declared   xfs   ██▊  95%    40T   now"
    `);
    expect(paintList(mountsView, fleet, WIDE)).toMatchInlineSnapshot(`
      "NODE          TARGET              STATE               TYPE  USED         SIZE   AGE    RTT  RETRANS  SOURCE
      gpu01         /                   ■ mounted           ext4  █▌     30%   100G   now                  /dev/sda2
      gpu01         /data               ● as declared       nfs4  ████▊  95%    40T   now                  10.0.0.5:/export…
      gpu01         /scratch            ○ automount         nfs4                      now                  nfs-a:/export/sc…
      gpu02         /data               H hung 38s          nfs4  H ██▊  95%    40T   now                  nfs-a:/export/da…
      gpu02         /home               ■ mounted           nfs4  ·                   now                  nfs-a:/export/ho…
      gpu02         /scratch            ✗ missing           nfs4                      now                  nfs-a:/export/sc…
      gpu03         /data               ● as declared       nfs4  ████▊  95%    40T   72s                  nfs-a:/export/da…
      gpu03         /scratch            ✗ missing           nfs4                      72s                  nfs-a:/export/sc…
      gpu04         /data               · not asked         nfs4  ·                     ·                  nfs-a:/export/da…
      gpu04         /scratch            · not asked         nfs4  ·                     ·                  nfs-a:/export/sc…
      nfs-a         /                   ■ mounted           ext4  ·                   now                  /dev/sda1
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
      gpu01          3  ✗ failed GPU…  ███   75%    75%    61  412/700W
      gpu02          0  H hung 38s     ███   75%    75%    61  412/700W
      gpu02          1  H hung 38s     ███   75%    75%    61  412/700W
      gpu02          2  H hung 38s     ███   75%    75%    61  412/700W
      gpu02          3  H hung 38s     H          H         H         H
      gpu03          0  ▼ throttled…   ███   75%    75%    91  412/700W
      gpu03          1  ● busy         ███   75%    75%    61  412/700W
      gpu03          2  ● busy         ███   75%    75%    61  412/700W
      gpu03          3  □ missing…
      gpu04          0  · not asked    ·          ·         ·         ·
      gpu04          1  · not asked    ·          ·         ·         ·
      gpu04          2  · not asked    ·          ·         ·         ·
      gpu04          3  · not asked    ·          ·         ·         ·"
    `);
    expect(paintList(gpusView, fleet, WIDE)).toMatchInlineSnapshot(`
      "NODE         GPU  STATE           UTIL        MEM    TEMP     POWER  LAST 10 MIN  PROCS   AGE  MODEL       PCIE
      gpu01          0  ● busy          ███▊   75%    75%    61  412/700W                   1   now  H100 80GB…  5x16/5x16
      gpu01          1  ○ idle                  0%     0%    61  412/700W                   0   now  H100 80GB…  5x16/5x16
      gpu01          2  ◇ memory held           0%    75%    61  412/700W                   1   now  H100 80GB…  5x16/5x16
      gpu01          3  ✗ failed GPU…   ███▊   75%    75%    61  412/700W                   0   now  H100 80GB…  5x16/5x16
      gpu02          0  H hung 38s      ███▊   75%    75%    61  412/700W                   0   now  H100 80GB…  5x16/5x16
      gpu02          1  H hung 38s      ███▊   75%    75%    61  412/700W                   0   now  H100 80GB…  5x16/5x16
      gpu02          2  H hung 38s      ███▊   75%    75%    61  412/700W                   0   now  H100 80GB…  5x16/5x16
      gpu02          3  H hung 38s      H           H         H         H                       now
      gpu03          0  ▼ throttled…    ███▊   75%    75%    91  412/700W                   0   72s  H100 80GB…  5x16/5x16
      gpu03          1  ● busy          ███▊   75%    75%    61  412/700W                   0   72s  H100 80GB…  5x16/5x16
      gpu03          2  ● busy          ███▊   75%    75%    61  412/700W                   0   72s  H100 80GB…  5x16/5x16
      gpu03          3  □ missing the…                                                          72s
      gpu04          0  · not asked     ·           ·         ·         ·                         ·
      gpu04          1  · not asked     ·           ·         ·         ·                         ·
      gpu04          2  · not asked     ·           ·         ·         ·                         ·
      gpu04          3  · not asked     ·           ·         ·         ·                         ·"
    `);
  });

  test('exports show who has them mounted, and what is missing', () => {
    expect(paintList(exportsView, fleet, NARROW)).toMatchInlineSnapshot(`
      "SERVER      PATH            CLIENT          STATE          MOUNTED BY  CLIENTS
      nfs-a       /export/data    10.0.0.0/8      ● exported     3, 1 hung         2
      nfs-a       /export/home    *               ● exported     1 gpu02           2
      nfs-a       /export/scrat…  10.0.0.0/8      ✗ missing      0                 2"
    `);
    expect(paintList(exportsView, fleet, WIDE)).toMatchInlineSnapshot(`
      "SERVER        PATH              CLIENT           STATE          MOUNTED BY   CLIENTS  DRIFT                        AGE
      nfs-a         /export/data      10.0.0.0/8       ● exported     3, 1 hung          2  root on a client is root …   now
      nfs-a         /export/home      *                ● exported     1 gpu02            2  it is exported, but the i…   now
      nfs-a         /export/scratch   10.0.0.0/8       ✗ missing      0                  2  it is in no exports file     now"
    `);
  });

  test('disks show partitions below their disk, and who uses them', () => {
    expect(paintList(disksView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE         DEVICE          SIZE  STATE          FS     USED BY      USED
      nfs-a        sda             480G  ┬ partitioned
      nfs-a        └ sda1          480G  ● mounted      ext4   /
      nfs-a        sdb              40T  ≠ drifted      xfs    /export/da…  ██▊  95%
      nfs-a        sdc             4.0T  · blank"
    `);
    expect(paintList(disksView, fleet, WIDE)).toMatchInlineSnapshot(`
      "NODE         DEVICE         SIZE  STATE          FS     USED BY     USED      LABEL   SERIAL    MODEL     VOLUME   AGE
      nfs-a        sda            480G  ┬ partitioned                                       S1        SAMSUNG            now
      nfs-a        └ sda1         480G  ● mounted      ext4   /                                                          now
      nfs-a        sdb             40T  ≠ drifted      xfs    /export/d…  ██▊  95%  data    S5GX                bulk     now
      nfs-a        sdc            4.0T  · blank                                                                          now"
    `);
  });

  test('processes show memory held by something invisible', () => {
    expect(paintList(processesView, fleet, NARROW)).toMatchInlineSnapshot(`
      "NODE               GPU      PID  USER         MEM  SINCE  COMMAND
      gpu01                0     4711  ada          60G     2h  python train.py
      gpu01                2       12  invisible   8.0G         [unknown]"
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
      ▲ warning     90s  nfs-a           /export/data on nfs-a is 95% full                                        disk-fill…"
    `);
  });

  test('events stand with the newest first', () => {
    expect(paintList(eventsView, fleet, NARROW)).toMatchInlineSnapshot(`
      "TIME       AGO  KIND       SEVERITY  NODES         EVENT
      07:59:18   42s  ✗ link     critical  gpu03         lost: connection timed out
      07:59:00   60s  ✗ fact     critical  gpu02         /data hangs"
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

  test('sixty columns leave what says most: states and findings before figures', () => {
    const all: readonly ListView<AnyRow>[] = [nodesView, mountsView, gpusView, exportsView, disksView, processesView];
    const more: readonly ListView<AnyRow>[] = [findingsView, eventsView, probesView];
    const heads = [...all, ...more].map((view) => paintList(view, fleet, LEAST).split('\n').slice(0, 3).join('\n'));
    expect(heads.join('\n\n')).toMatchInlineSnapshot(`
      "NODE        STATE              GPUS  MOUNTS  FINDINGS
      gpu01       ● up                3/4     2/2
      gpu02       ● up                0/4     0/2  ✗ 1 critical

      NODE         TARGET         STATE           TYPE  USED
      gpu01        /              ■ mounted       ext4  ▉    30%
      gpu01        /data          ● as declared   nfs4  ██▊  95%

      NODE         GPU  STATE           UTIL        MEM     TEMP
      gpu01          0  ● busy          ███▊   75%     75%    61
      gpu01          1  ○ idle                  0%      0%    61

      SERVER       PATH            CLIENT          STATE
      nfs-a        /export/data    10.0.0.0/8      ● exported
      nfs-a        /export/home    *               ● exported

      NODE           DEVICE           SIZE  STATE          FS
      nfs-a          sda              480G  ┬ partitioned
      nfs-a          └ sda1           480G  ● mounted      ext4

      NODE        GPU      PID  USER         MEM  COMMAND
      gpu01         0     4711  ada          60G  python train.…
      gpu01         2       12  invisible   8.0G  [unknown]

      SEVERITY    SINCE  FINDING
      ✗ critical    38s  nfs-a does not answer: 1 mount hangs o…
      ✗ critical    90s  gpu03 is lost: connection timed out

      TIME      KIND       NODES        EVENT
      07:59:18  ✗ link     gpu03        lost: connection timed …
      07:59:00  ✗ fact     gpu02        /data hangs

      NODE         PROBE          TARGET      TOOK  STATE
      gpu02        gpus                        38s  H hung 38s
      gpu02        usage          /data        38s  H hung 38s"
    `);
  });
});

test('a node counts its worst findings, and the others apart', () => {
  const row = nodesView.rows(fleet).find(({ findings }) => findings.length > 0);
  const column = nodesView.columns.find(({ header }) => header === 'FINDINGS');
  const [finding] = row?.findings ?? [];
  if (row === undefined || column === undefined || finding === undefined) throw new Error('the fleet has findings');
  const findings = [
    { ...finding, severity: 'critical' as const },
    { ...finding, severity: 'notice' as const },
  ];
  const said = (width: number) =>
    column.cell({ ...row, findings, worst: 'critical' }, { state: fleet, nowMs: NOW_MS, ascii: false, width });
  expect([said(15), said(13)]).toEqual([
    [{ text: '✗ 1 critical +1', role: 'critical' }],
    [{ text: '✗ 1 +1', role: 'critical' }],
  ]);
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
