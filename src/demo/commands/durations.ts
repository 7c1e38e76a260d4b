/** How long work takes on a node of usual pace, in ms: long enough to be seen, short enough to wait for. */
export const TAKES = {
  /** A question or a small file. */
  quick: 40,
  write: 150,
  reload: 500,
  start: 700,
  stop: 500,
  mount: 900,
  unmount: 400,
  /** mount(8) tries again for two minutes; a demo is not that patient. */
  silentServer: 12_000,
  exportfs: 350,
  wipe: 600,
  partition: 1_200,
  makeFilesystem: 4_500,
  settle: 400,
  endProcesses: 2_500,
  /** Deleting a folder of what was set aside. */
  purge: 1_800,
  /** From the order until the network is gone, and from there until it is back. */
  shutdown: 1_000,
  boot: 20_000,
} as const;
