// Loaded into the console by --import: a 16 ms tick in the main thread that notes how late it comes. SIGUSR2 starts anew and, the second
// time, writes the latenesses to the file named by MUSTER_BENCH_TICKS.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const EVERY_MS = 16;
const file = process.env.MUSTER_BENCH_TICKS;

if (isMainThread && file !== undefined && process.send === undefined) {
  let late = [];
  let isCounting = false;
  let dueMs = performance.now() + EVERY_MS;
  const turn = () => {
    const nowMs = performance.now();
    if (isCounting) late.push(nowMs - dueMs);
    dueMs = nowMs + EVERY_MS;
    setTimeout(turn, EVERY_MS).unref();
  };
  setTimeout(turn, EVERY_MS).unref();
  process.on('SIGUSR2', () => {
    if (isCounting) writeFileSync(file, JSON.stringify(late));
    late = [];
    isCounting = !isCounting;
  });
}
