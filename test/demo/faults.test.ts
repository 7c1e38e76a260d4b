import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FAULTS, parseFault } from '../../src/demo/faults.ts';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import { QUESTIONS, type Watcher, watch } from './watcher.ts';

// Each fault is injected into a running fleet that the product's own engine watches over SSH; the test waits for what the console would
// show, heals it, and waits for that to be over.

describe('a fault', () => {
  test('is read with or without a node', () => {
    expect(parseFault('hung-mount').fault.name).toBe('hung-mount');
    expect(parseFault('xid@gpu03')).toMatchObject({ fault: { name: 'xid' }, node: 'gpu03' });
  });

  test('that does not exist is refused with the names there are', () => {
    expect(() => parseFault('fire@gpu01')).toThrow(
      /^no fault is called "fire"; there are node-lost, .*wedged-gpu, gpu-module-gone, gpu-driver-updated, gpu-memory-held, sharing-dropped, talos-misbuilt$/,
    );
  });

  test('with a missing node after the sign is refused with an example', () => {
    expect(() => parseFault('xid@')).toThrow('"xid@": a node is missing after @; write xid@gpu01, or xid alone');
  });

  test('has a title, a sentence and a name of its own', () => {
    expect(new Set(FAULTS.map((fault) => fault.name)).size).toBe(FAULTS.length);
    for (const fault of FAULTS) expect(fault.title && fault.summary).toBeTruthy();
  });
});

describe('in a watched fleet', { timeout: 60_000 }, () => {
  let fleet: DemoFleet;
  let seen: Watcher;
  beforeAll(async () => {
    fleet = await startDemoFleet({ nodes: 8 });
  });
  afterAll(() => fleet.close());
  beforeEach(async () => {
    seen = watch(fleet, ['nfs-a', 'gpu01', 'gpu02']);
    await seen.until(() => ['nfs-a', 'gpu01', 'gpu02'].every(isComplete));
  }, 60_000);
  afterEach(() => seen.close());

  const isComplete = (node: string) => QUESTIONS.every((name) => seen.outcome(node, name) !== undefined);
  const isUp = (node: string) => seen.link(node)?.kind === 'up';
  const usageKind = (node: string, target: string) => seen.outcome(node, 'usage', target)?.kind;

  test('a fault for a node that cannot have it is refused with one that can', () => {
    expect(() => fleet.inject('gpu-lost@cpu01')).toThrow(
      'gpu-lost needs a GPU, which cpu01 does not have; try gpu-lost@gpu01',
    );
    expect(() => fleet.inject('xid@gpu99')).toThrow('xid@gpu99: the demo fleet has no node gpu99; try xid@gpu01');
  });

  test('a node without power is lost at once, and comes back with another boot', async () => {
    const before = seen.fact('gpu01', 'identity')?.bootId;
    fleet.inject('node-lost@gpu01');
    await seen.until(() => seen.link('gpu01')?.kind === 'lost');
    fleet.heal('node-lost');
    seen.reconnect('gpu01');
    await seen.until(() => isUp('gpu01') && seen.fact('gpu01', 'identity')?.bootId !== before);
    expect(seen.fact('gpu01', 'load')?.uptimeSec).toBeLessThan(60);
  });

  test('a node cut off twice stays off until both are healed', async () => {
    fleet.inject('node-lost@gpu01');
    fleet.inject('black-hole@gpu01');
    fleet.heal('black-hole');
    expect(fleet.world.node('gpu01')?.ailments.link).toBe('refusing');
    fleet.heal('node-lost');
    expect(fleet.world.node('gpu01')?.ailments.link).toBe('up');
  });

  test('a server that loses power takes the mounts of its clients with it, and gives them back', () => {
    const hung = () => fleet.world.node('gpu02')?.mounts.filter((mount) => mount.hungBy.length > 0);
    fleet.inject('node-lost@nfs-a');
    expect(hung()?.map((mount) => mount.source.split(':')[0])).toContain('nfs-a');
    fleet.heal('node-lost');
    expect(hung()).toEqual([]);
  });

  test('a node in a black hole is late, then lost, and comes back as it was', async () => {
    const before = seen.fact('gpu01', 'identity')?.bootId;
    fleet.inject('black-hole@gpu01');
    await seen.until(() => seen.link('gpu01')?.kind === 'late');
    await seen.until(() => seen.link('gpu01')?.kind === 'lost');
    fleet.heal('black-hole@gpu01');
    seen.reconnect('gpu01');
    await seen.until(() => isUp('gpu01'));
    expect(seen.fact('gpu01', 'identity')?.bootId).toBe(before);
  });

  test('a hung mount leaves every other answer of its node alone', async () => {
    fleet.inject('hung-mount@gpu01');
    await seen.until(() => usageKind('gpu01', '/data') === 'hung');
    await seen.until(() => seen.fact('gpu01', 'kernelLog')?.at(-1)?.kind === 'nfs-not-responding');
    expect(isUp('gpu01')).toBe(true);
    expect(usageKind('gpu01', '/')).toMatch(/ok|same/);
    expect(usageKind('gpu02', '/data')).toMatch(/ok|same/);
    fleet.heal('hung-mount');
    await seen.until(() => /ok|same/.test(usageKind('gpu01', '/data') ?? ''));
    await seen.until(() => seen.fact('gpu01', 'kernelLog')?.at(-1)?.kind === 'nfs-ok');
  });

  test('a stale handle is a failure in the words of the node', async () => {
    fleet.inject('stale-handle@gpu01');
    await seen.until(() => usageKind('gpu01', '/data') === 'failed');
    expect(seen.outcome('gpu01', 'usage', '/data')).toMatchObject({
      because: expect.stringContaining('Stale file handle'),
    });
    fleet.heal('stale-handle');
    await seen.until(() => /ok|same/.test(usageKind('gpu01', '/data') ?? ''));
  });

  test('a lost server hangs the mounts of its clients until it is back', async () => {
    fleet.inject('server-down@nfs-a');
    await seen.until(() => seen.link('nfs-a')?.kind === 'lost');
    await seen.until(() => ['gpu01', 'gpu02'].every((node) => usageKind(node, '/data') === 'hung'));
    expect(isUp('gpu01')).toBe(true);
    fleet.heal('server-down');
    seen.reconnect('nfs-a');
    await seen.until(() => isUp('nfs-a'));
    await seen.until(() => ['gpu01', 'gpu02'].every((node) => /ok|same/.test(usageKind(node, '/data') ?? '')));
  });

  test('a slow node answers late, and in time again when healed', async () => {
    fleet.inject('slow-node@gpu01');
    await seen.until(() => seen.link('gpu01')?.kind === 'late');
    fleet.heal('slow-node');
    await seen.until(() => isUp('gpu01'));
  });

  test('a lost GPU stands among the others with the words of the driver', async () => {
    fleet.inject('gpu-lost@gpu01');
    await seen.until(() => seen.fact('gpu01', 'gpus')?.some((gpu) => gpu.error !== undefined) === true);
    const gpus = seen.fact('gpu01', 'gpus') ?? [];
    expect(gpus.map((gpu) => gpu.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(gpus[1]?.error).toContain('GPU is lost');
    await seen.until(() => seen.fact('gpu01', 'kernelLog')?.at(-1)?.xid === 79);
    fleet.heal('gpu-lost');
    await seen.until(() => seen.fact('gpu01', 'gpus')?.every((gpu) => gpu.error === undefined) === true);
  });

  test('an Xid error is an event of the kernel log', async () => {
    fleet.inject('xid@gpu02');
    await seen.until(() => seen.fact('gpu02', 'kernelLog')?.at(-1)?.xid === 48);
    fleet.heal('xid');
    await seen.until(() => seen.fact('gpu02', 'kernelLog')?.every((event) => event.xid !== 48) === true);
  });

  test('memory errors are counted', async () => {
    fleet.inject('ecc@gpu01');
    await seen.until(() => seen.fact('gpu01', 'gpus')?.[1]?.eccUncorrected === 3);
    fleet.heal('ecc');
    await seen.until(() => seen.fact('gpu01', 'gpus')?.[1]?.eccUncorrected === 0);
  });

  test('a full disk leaves nothing to write', async () => {
    fleet.inject('disk-full@gpu01');
    const used = () => {
      const usage = seen.fact('gpu01', 'usage', '/local');
      return usage === undefined ? 0 : usage.usedBytes / usage.sizeBytes;
    };
    await seen.until(() => used() > 0.99);
    fleet.heal('disk-full');
    await seen.until(() => used() < 0.9);
  });

  test('a changed host key is refused until the pinned one is back', async () => {
    fleet.inject('host-key-changed@gpu01');
    await seen.until(() => seen.link('gpu01')?.kind === 'refused');
    expect(seen.link('gpu01')).toMatchObject({ reason: 'host-key-changed' });
    fleet.heal('host-key-changed');
    seen.reconnect('gpu01');
    await seen.until(() => isUp('gpu01'));
  });

  test('a refused key is no reason to try again by itself', async () => {
    fleet.inject('auth-refused@gpu01');
    await seen.until(() => seen.link('gpu01')?.kind === 'refused');
    expect(seen.link('gpu01')).toMatchObject({ reason: 'authentication' });
    fleet.heal('auth-refused');
    seen.reconnect('gpu01');
    await seen.until(() => isUp('gpu01'));
  });

  test('sudo that wants a password closes the kernel log and says so', async () => {
    fleet.inject('sudo-refused@gpu01');
    await seen.until(() => seen.fact('gpu01', 'privilege')?.kind === 'refused');
    await seen.until(() => seen.outcome('gpu01', 'kernelLog')?.kind === 'failed');
    fleet.heal('sudo-refused');
    await seen.until(() => seen.fact('gpu01', 'privilege')?.kind === 'sudo');
    await seen.until(() => /ok|same/.test(seen.outcome('gpu01', 'kernelLog')?.kind ?? ''));
  });

  test('a wrong clock is off by what it is off', async () => {
    fleet.inject('clock-skew@gpu01');
    await seen.until(() => Math.abs((seen.fact('gpu01', 'clock')?.skewMs ?? 0) - 247_000) < 2_000);
    fleet.heal('clock-skew');
    await seen.until(() => Math.abs(seen.fact('gpu01', 'clock')?.skewMs ?? 1e9) < 2_000);
  });

  test('garbage loses the session, never the good values, and the node comes back', async () => {
    const before = seen.fact('gpu01', 'identity');
    fleet.inject('garbage-output@gpu01');
    await seen.until(() => seen.link('gpu01')?.kind === 'lost');
    expect(seen.fact('gpu01', 'identity')).toEqual(before);
    fleet.heal('garbage-output');
    seen.reconnect('gpu01');
    await seen.until(() => isUp('gpu01') && isComplete('gpu01'));
  });

  test('hostile names arrive whole and break no answer', async () => {
    fleet.inject('escape-injection@gpu01');
    const target = () => seen.fact('gpu01', 'mounts')?.find((mount) => mount.target.includes('\x1b'))?.target;
    await seen.until(() => target()?.includes('\n') === true);
    await seen.until(() => seen.fact('gpu01', 'blockDevices')?.[0]?.label?.includes('\x1b]52') === true);
    await seen.until(() => seen.fact('gpu01', 'kernelLog')?.at(-1)?.text.includes('\u202e') === true);
    await seen.until(() => usageKind('gpu01', target() ?? '') !== undefined);
    expect(isUp('gpu01')).toBe(true);
    fleet.heal('escape-injection');
    await seen.until(() => target() === undefined);
  });

  test('a wedged driver is asked once and killed, and the rest goes on', async () => {
    fleet.inject('wedged-gpu@gpu02');
    await seen.until(() => /hung|failed/.test(seen.outcome('gpu02', 'gpus')?.kind ?? ''));
    expect(isUp('gpu02')).toBe(true);
    fleet.heal('wedged-gpu');
    await seen.until(() => seen.outcome('gpu02', 'gpus')?.kind === 'ok');
  });
});
