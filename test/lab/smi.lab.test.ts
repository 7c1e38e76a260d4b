// The stand-in nvidia-smi on a node that plays eight cards: what is set is kept per card, refused as the real tool refuses, and forgotten
// at a restart as a driver forgets. Words and exit codes are those of recorded and published outputs of the real tool.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordedGpus } from './gpu/recording.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './lab-node.ts';
import { testLab } from './test-lab.ts';

describe.runIf(recordedGpus('h100-x8') !== undefined)('nvidia-smi (of recordings in ../shared/fixtures)', () => {
  let lab: Lab;
  let node: LabNode;
  beforeAll(async () => {
    lab = await testLab();
    node = lab.node('client-2');
  });
  afterAll(() => node.says('lab-gpu no-jobs; nvidia-smi -r'));

  /** What a script says, and ` exit N` after each command that did not end well. */
  const smi = async (...commands: readonly string[]): Promise<string> =>
    (await node.says(commands.map((words) => `nvidia-smi ${words} || echo "exit $?"`).join('\n'))).stdout;

  const BUS_1 = '00000000:2A:00.0';
  const BUS_2 = '00000000:3A:00.0';

  test('eight cards stand on the bus, each with its own address and UUID', async () => {
    const { stdout } = await node.says(
      'lspci -n | wc -l; nvidia-smi -L | sort -u | wc -l; cat /sys/module/nvidia/version',
    );
    expect(stdout).toBe('8\n8\n565.57.01\n');
  });

  test('compute mode, persistence and power limit are set on one card alone, and out of range refused', async () => {
    expect(await smi('-i 1 -c 3', '-i 1 -pm 0', '-i 1 -pl 450', '-i 1 -pl 900')).toBe(
      `Set compute mode to EXCLUSIVE_PROCESS for GPU ${BUS_1}.\nAll done.\nDisabled persistence mode for GPU ${BUS_1}.\nAll done.
Power limit for GPU ${BUS_1} was set to 450.00 W from 700.00 W.\nAll done.
Provided power limit 900.00 W is not a valid power limit which should be between 200.00 W and 700.00 W for GPU ${BUS_1}
Terminating early due to previous errors.\nexit 2\n`,
    );
    const query = '--query-gpu=compute_mode,persistence_mode,power.limit --format=csv,noheader -i 1,2';
    expect(await smi(query)).toBe('Exclusive_Process, Disabled, 450.00 W\nDefault, Enabled, 700.00 W\n');
  });

  test('instances are made where there is room, and go in the right order', async () => {
    expect(await smi('-i 2 -mig 1', 'mig -i 2 -cgi 3g.40gb,9 -C', 'mig -i 2 -cgi 19', 'mig -i 2 -dgi')).toBe(
      `Enabled MIG Mode for GPU ${BUS_2}\nAll done.
Successfully created GPU instance ID  1 on GPU  2 using profile MIG 3g.40gb (ID  9)
Successfully created compute instance ID  0 on GPU  2 GPU instance ID  1 using profile MIG 3g.40gb (ID  2)
Successfully created GPU instance ID  2 on GPU  2 using profile MIG 3g.40gb (ID  9)
Successfully created compute instance ID  0 on GPU  2 GPU instance ID  2 using profile MIG 3g.40gb (ID  2)
Unable to create a GPU instance on GPU  2 using profile 19: Insufficient Resources
Failed to create GPU instances: Insufficient Resources\nexit 23
Unable to destroy GPU instance ID  1 from GPU  2: In use by another client
Failed to destroy GPU instances: In use by another client\nexit 19\n`,
    );
    expect((await smi('-L')).match(/MIG 3g\.40gb/g)).toHaveLength(2);
    expect(await smi('-i 2 -mig 0')).toContain(
      `Unable to disable MIG Mode for GPU ${BUS_2}: In use by another client\n`,
    );
    expect(await smi('mig -i 2 -dci', 'mig -i 2 -dgi', '-i 2 -mig 0', 'mig -i 2 -lgi')).toContain(
      `Disabled MIG Mode for GPU ${BUS_2}\nAll done.\nNo MIG-enabled devices found.\nexit 6\n`,
    );
  });

  test('a card in use is not reset and gets its MIG mode later; who is not root changes nothing', async () => {
    await node.tells('lab-gpu job 4000 python 1');
    expect(await smi('--query-compute-apps=gpu_bus_id,process_name,used_gpu_memory --format=csv,noheader')).toBe(
      `${BUS_1}, python, 4000 MiB\n`,
    );
    expect(await smi('-i 1 -r')).toMatch(
      /^The following GPUs could not be reset:\n {2}GPU 00000000:2A:00\.0: In use by another client\n/,
    );
    expect(await smi('-i 1 -mig 1')).toContain(
      `Warning: MIG mode is in pending enable state for GPU ${BUS_1}:In use by another client\n`,
    );
    expect(await smi('-i 1 --query-gpu=mig.mode.current,mig.mode.pending --format=csv,noheader')).toBe(
      'Disabled, Enabled\n',
    );
    expect((await node.says('su admin -c "nvidia-smi -i 0 -pm 0"')).stdout).toContain('Insufficient Permissions');
  });

  test('a restart ends the jobs, forgets what was set, and makes a pending MIG mode effective', async () => {
    await node.restart();
    await node.tells('for turn in $(seq 300); do systemctl is-active -q lab-gpu.service && break; sleep 0.2; done');
    const query = '--query-gpu=compute_mode,power.limit,memory.used,mig.mode.current --format=csv,noheader -i 1';
    expect(await smi(query)).toBe('Default, 700.00 W, 1 MiB, Enabled\n');
    expect(await smi('-i 1 -mig 0')).toBe(`Disabled MIG Mode for GPU ${BUS_1}\nAll done.\n`);
  });
});
