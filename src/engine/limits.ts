/** Bytes of one answer; a probe that prints more is broken, and a node that sends more is hostile. */
export const ANSWER_BYTES = 1024 * 1024;

/** Bytes of one line on stderr. The program writes at most 4,096 (PIPE_BUF), so that writes of several children never mix. */
export const LINE_BYTES = 8 * 1024;

/** What one write to a pipe carries whole whatever others write there (PIPE_BUF on Linux). */
export const PIPE_BYTES = 4_096;

/** Bytes of unfinished answers of one node together: eight probes at their limit. */
export const PENDING_BYTES = 8 * ANSWER_BYTES;

/** What a login shell may print before the program says hello (banners, motd); more than that is no shell. */
export const BANNER_BYTES = 64 * 1024;

/** Characters kept of a line that is no frame, to explain a failure. */
export const NOISE_CHARACTERS = 300;

/** From open connection to hello: a login shell with slow dotfiles needs seconds, one on a dead home never ends. */
export const HELLO_MS = 10_000;

/** The wheel turns ten times a second: a write per tick for all due questions costs a third of a timer per node. */
export const TICK_MS = 100;

/** Events wait this long at most, so that the consumer sees batches and not single answers. */
export const FLUSH_MS = 80;

/** Events of one batch: taking in more would keep the screen's thread from its keys for longer than a frame. */
export const BATCH_EVENTS = 400;

/** How long the rest of a burst is kept back for the keys. */
export const BETWEEN_BATCHES_MS = 10;

/** A question slower than its period is asked at this multiple of its own duration, so that it takes at most a fifth of the time. */
export const SLOW_FACTOR = 4;

/**
 * Children that may start on a node within `CHILD_FRESH_MS`. Fifteen at once of seven processes each made each other miss their deadlines on
 * one busy core: lab nodes under load said that their own root disk hangs. With two processes each, eight cost what four cost then.
 */
export const CHILDREN_AT_ONCE = 8;

/** A child older than this no longer keeps others from starting, so that what hangs delays nobody for long. */
export const CHILD_FRESH_MS = 1_500;

/** The longest a slow question is put off. */
export const SLOW_MAX_MS = 60_000;

/** Missed turns in a row after which a question's interval doubles. */
export const MISSES_BEFORE_SLOWER = 2;

/** How far missed turns may stretch an interval. */
export const SLOWER_MAX_MS = 30_000;

/** Targets asked about per node and probe; a node with more mounts than that is not a node but an accident. */
export const TARGETS_PER_PROBE = 256;

/** Back-off after a lost link starts here and doubles, with full jitter, so that a thousand nodes do not come back in one breath. */
export const BACKOFF_FIRST_MS = 1_000;

/** Where the doubling ends: a node that comes back is seen within a minute. */
export const BACKOFF_MAX_MS = 60_000;

/** More than this share of the nodes lost within the window is the console's own network: wait it out, then reconnect through the limiter. */
export const MASS_LOSS_RATIO = 0.2;

/** Losses this close together are one event. */
export const MASS_LOSS_WINDOW_MS = 2_000;

/** How long a network that blinked is left alone. */
export const MASS_LOSS_HOLD_MS = 1_000;

/** Below this many nodes a share says nothing. */
export const MASS_LOSS_AT_LEAST = 5;

/** While this long up, answers are followed by new questions at once instead of at the next tick. */
export const FIRST_ROUND_MS = 2_000;

/** A connection that stood this long was a real one: the next loss starts the back-off anew. */
export const SETTLED_MS = 10_000;

/**
 * Opening connections per allowed handshake. The transport limits handshakes itself; a black-holed node waits ten seconds without
 * costing anything, and must not keep its place from a node that answers.
 */
export const OPENING_PER_HANDSHAKE = 4;

/** The wheel stood still for longer than this: the process was stopped or the machine slept, and nobody's silence counts. */
export const STALL_MS = 1_000;

/** `close` gives up waiting for goodbyes after this long. */
export const CLOSE_MS = 2_000;

/**
 * Megabytes of young objects the worker may gather before it looks which are still used, three semi-spaces of four: six looks a second for
 * 1,000 nodes. V8's own start of one megabyte makes it look 40 times a second.
 */
export const YOUNG_MB = 12;

/** How long a node's program can stay behind after its link was cut and works again; one fork of `sleep` on the node each time. */
export const SIGN_OF_LIFE_SEC = 60;

/** A node with a step under way may be silent this long before its outcome counts as unknown: a large server needs that long to boot. */
export const SILENT_MS = 10 * 60_000;

/** A node on which nothing has begun is waited for this long: it may be in the middle of a blink. */
export const REACH_MS = 30_000;

/** Between tries to reach a node of a rollout again: first, and at most. */
export const RETRY_FIRST_MS = 1_000;
/** See `RETRY_FIRST_MS`. */
export const RETRY_MAX_MS = 15_000;

/** After a command ended well, its facts may follow this much later: udev, automounts and daemons work on their own. */
export const VERIFY_MS = 10_000;

/** Between looks at facts that do not hold yet. */
export const VERIFY_EVERY_MS = 500;

/** A rollout that is over asks a node that it lost for this long to remove what its steps left there. */
export const SWEEP_MS = 60_000;

/** Starts of one step that surely did not begin on the node; more is no accident. */
export const STARTS_PER_STEP = 3;

/** A rollout shows that it lives on each node it holds this often; another's lock counts as stale after a minute. */
export const LOCK_SIGN_MS = 15_000;

/** A node that another rollout holds is asked again this often. */
export const LOCK_RETRY_MS = 5_000;

/** Last bytes of a step's output that are searched for its last words. */
export const TAIL_BYTES = 4 * 1024;

/** Characters of a step's last words in its outcome; the log has them all. */
export const WORDS_CHARACTERS = 300;

/** The last words of a running step are told this often. */
export const SAYS_MS = 1_000;

/** Rounds of looks before a plan is made; an action that still wants more after these goes in a circle. */
export const LOOK_ROUNDS = 6;

/** Nodes that are looked at at once for a plan; the transport limits handshakes by itself. */
export const LOOKS_AT_ONCE = 128;

/**
 * What a node keeps of a step's output, and never more than half of what is free where the spool lies when the step begins, because that is
 * memory on most nodes. Of more the beginning and the last one or two MiB are kept. A stream of 200 MB must fit.
 */
export const STEP_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Of the newest output of a step that is past its node's room so much is asked for while it runs: some hundreds of lines. */
export const NEWEST_BYTES = 32 * 1024;

/** A step that has said less is never past the room of a node that is worth the name, and is not asked about. */
export const NEWEST_AFTER_BYTES = 64 * 1024;

/** Between looks whether a stream rests, and at its newest output; twice as long after each answer that there is none. */
export const NEWEST_EVERY_MS = 2_000;
/** Where that ends. */
export const NEWEST_MAX_MS = 60_000;

/** How long a step that is stopped has to heed SIGTERM, and how long what remains of it is killed before it is told as remaining. */
export const STOP_TERM_SEC = 5;
/** The second of the two. */
export const STOP_KILL_SEC = 3;

/** How long a node may take to start, stop or lock. */
export const HAND_ANSWER_MS = 30_000;

/** From open connection to a hand that is ready. sudo may wait 12 s for a directory server that is gone. */
export const HAND_HELLO_MS = 30_000;

/** How often a hand that waits for a node asks for a sign of life, and after how much silence it believes the link gone. */
export const HAND_PING_MS = 5_000;
/** The second of the two. */
export const HAND_LOST_MS = 20_000;

/**
 * A link that takes less than this a second has stopped. What is asked behind a long input waits until the input can have arrived: the node hears
 * nothing else meanwhile. A link that is really dead is told by the transport's own keepalive.
 */
export const HAND_BYTES_PER_SEC = 16 * 1024;

/** A lock without a sign of life for this long is anybody's. */
export const LOCK_STALE_SEC = 60;

/** What a step may be given on its input: a rendered file, not a disk image. It lies in the node's memory until the step has begun. */
export const STEP_INPUT_BYTES = 16 * 1024 * 1024;

/** A line of a driver: the callback cuts output at 32 KiB of characters, which JSON may write six times as long. */
export const DRIVER_LINE_CHARACTERS = 512 * 1024;

/** Tasks of one node of a driven stage that stand on the board; those after it are in the log alone. A large site.yml has a few hundred. */
export const DRIVEN_STEPS = 2_000;
