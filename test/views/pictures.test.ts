// The overview and the matrix, painted as text from a fleet in which every state occurs once.
import { describe, expect, test } from 'vitest';
import { matrixView } from '../../views/matrix.ts';
import { overviewView } from '../../views/overview.ts';
import { NOW_MS } from './fleet.ts';
import { demoLike } from './large-fleet.ts';
import { paintCanvas } from './paint.ts';
import { fleet } from './small-fleet.ts';

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
      ▲ nfs-a
      nodes  talos1  1 node
      - talos1

      ● up  ◔ late  ✗ lost  ⊘ refused  H hung  ◆ critical  ▽ shared  ▲ warning
      GPU ▁▃▅▇█ busy  ✗ failed  □ missing  ◆ failing  ▼ throttled  · never asked"
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
      ! nfs-a
      nodes  talos1  1 node
      - talos1

      o up  L late  X lost  R refused  H hung  # critical  v shared  ! warning
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
      ● gpu01 ●     ○                           ■
      ● gpu02 H     ✗                     ■
      ✗ gpu03 ●     ✗
      · gpu04 ·     ·
      ● nfs-a                ●                  ■

      ● as declared  ■ mounted  ○ automount  ≠ drifted  ✗ missing  H hung
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
