import { LabError, pause } from '../run.ts';
import { BOOT_MS, type Fault } from './fault.ts';

/** The machine is gone in an instant, and with it what it had not written; healing switches it on again and waits. */
export const powerOff = {
  does: 'takes the node’s power away; unsynced writes are lost',
  inject: async ({ closeDoor, powerOff: off }) => {
    await closeDoor();
    await off();
    return undefined;
  },
  heal: async ({ powerOn, waitForDoor, waitForSsh }) => {
    await powerOn();
    if (!(await waitForDoor(BOOT_MS)) || !(await waitForSsh(BOOT_MS))) {
      throw new LabError(`the node did not come back within ${BOOT_MS / 1_000} s`);
    }
  },
} satisfies Fault;

/** An orderly restart, as an administrator would do it; healing waits until the node is back with another boot id. */
export const reboot = {
  does: 'restarts the node in an orderly way',
  inject: async ({ tells, says, closeDoor, machine }) => {
    const bootId = (await tells('cat /proc/sys/kernel/random/boot_id')).trim();
    const before = await machine();
    // A timer may else be a minute late. systemd.timer(5), AccuracySec=
    const soon = 'systemd-run --quiet --on-active=0.1 --timer-property=AccuracySec=10ms systemctl reboot';
    await says(soon, { withinMs: 20_000 });
    await closeDoor();
    return `${bootId} ${before}`;
  },
  heal: async ({ says, waitForDoor, waitForSsh, closeDoor, machine }, _argument, memo = '') => {
    const [bootId, before] = memo.split(' ');
    const deadlineMs = Date.now() + BOOT_MS;
    while (Date.now() < deadlineMs) {
      // Who connects to a machine that just ends hears of its end half a minute later.
      if ((await machine()) === before) {
        await pause(200);
        continue;
      }
      await waitForDoor(20_000);
      const { code, stdout } = await says('cat /proc/sys/kernel/random/boot_id', { withinMs: 30_000 });
      if (code === 0 && stdout.trim() !== bootId) {
        if (await waitForSsh(BOOT_MS)) return;
      }
      await closeDoor();
      // Each try costs a node that is still starting a handshake.
      await pause(1_000);
    }
    throw new LabError(`the node did not come back within ${BOOT_MS / 1_000} s`);
  },
} satisfies Fault;
