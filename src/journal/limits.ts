/** Bytes of one journal line. The plan is the longest: 1,000 nodes with ten steps each are about 10 MB. */
export const JOURNAL_LINE_BYTES = 64 * 1024 * 1024;

/** Bytes kept of what one node says in one rollout; of a step that comes when they are used up the ends are kept. A stream of 200 MB must fit. */
export const NODE_LOG_BYTES = 256 * 1024 * 1024;

/** Of every step so much of its beginning and of its end is kept, whatever those before it said. Ten steps of a node are 20 MiB at most. */
export const STEP_ENDS_BYTES = 1024 * 1024;

/** The newest output of a step that finds no room in its node's log is told this often. */
export const LOG_NEWEST_MS = 1_000;

/** Bytes of one node's output that may wait for the disk; then the node is held back. Two full windows of its link fit in besides. */
export const LOG_WAITING_BYTES = 4 * 1024 * 1024;

/** Bytes of a stream gathered for one write: each wakes up whoever follows the file. */
export const LOG_GATHER_BYTES = 256 * 1024;

/** What is less is written after this long. */
export const LOG_GATHER_MS = 10;

/**
 * A write that takes longer is a slow disk's, and keeps this process from its other nodes: the next `LOG_WAITING_BYTES` are written beside its
 * thread. 256 KiB take 0.1 ms where the kernel takes them at once.
 */
export const LOG_SLOW_MS = 20;

/** A line over the socket; the longest request is a limit or a secret. */
export const SOCKET_LINE_BYTES = 64 * 1024;

/** Readers look at a file this often by themselves: file notifications do not cross NFS. */
export const FOLLOW_MS = 250;

/** Bytes read at once when a file is followed. */
export const FOLLOW_BYTES = 1024 * 1024;

/** A runner shows that it lives this often; it is also the pace of the signs of life on nodes. */
export const RUNNER_SIGN_MS = 15_000;

/** A runner on another machine that shares the state folder counts as gone when its counter stood still for this long while it was looked at. */
export const RUNNER_GONE_MS = 60_000;

/** A look that comes later than this after the one before counts no more: a share that hung proves nothing about who writes to it. */
export const RUNNER_LOOK_MS = 5_000;

/** Who waits whether such a runner lives looks this often. */
export const RUNNER_LOOK_EVERY_MS = 1_000;

/** Rollouts kept; older ones go when a new one is made. The audit trail stays. */
export const ROLLOUTS_KEPT = 200;

/** Bytes of all rollouts kept together. */
export const ROLLOUTS_BYTES = 2 * 1024 * 1024 * 1024;

/** Bytes of one file of the audit trail; then it is put aside under a number. */
export const AUDIT_BYTES = 16 * 1024 * 1024;

/** Files of the audit trail put aside; with the present one about 144 MiB, some hundred thousand rollouts. */
export const AUDIT_FILES = 8;

/** Rollouts a console follows; the audit trail tells of older ones. */
export const ROLLOUTS_SHOWN = 50;

/** The folder of rollouts is looked at this often by itself. */
export const FOLDER_MS = 1_000;

/** Lines of a log kept in memory; the file has all. */
export const LOG_LINES_KEPT = 10_000;

/** Of a longer log lines are made only of so much of its end: more would hold up the screen. */
export const LOG_TAIL_BYTES = 2 * 1024 * 1024;

/** A log that grows by more than this between two tellings is jumped through until it has come to rest. */
export const LOG_TURN_BYTES = 256 * 1024;

/**
 * Of so much of the end of such a log lines are made, some hundreds: nobody can read more of them. With eight times as much a stream of 200 MB
 * took 350 ms of the screen's thread instead of 300, with 64 times as much twice that, most of it to collect strings.
 */
export const LOG_JUMP_BYTES = 32 * 1024;

/** Bytes whose lines are counted before keys have their turn, less than a millisecond. */
export const LOG_SLICE_BYTES = 512 * 1024;

/**
 * Bytes whose lines are counted between two tellings of a log that grows, 3 ms of work: up to 40 MB a second numbers keep pace, and what is
 * faster is counted when it rests. All of 200 MB in a second took 170 ms of the screen's thread just when the cores are wanted most.
 */
export const LOG_COUNT_BYTES = 4 * 1024 * 1024;

/** Characters of a line shown. */
export const LOG_LINE_CHARACTERS = 4_096;

/** A log that grows is told at most ten times a second. */
export const LOG_TELL_MS = 100;
