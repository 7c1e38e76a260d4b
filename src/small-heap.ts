import { constants, PerformanceObserver, type PerformanceObserverEntryList } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of the screen's young generation: four collections a second of about a millisecond each for 1,000 nodes. */
const YOUNG_BYTES = 8 * 2 ** 20;

/** Old objects of a console of a few dozen nodes are 18 MB with what is garbage among them; more than this is a large heap. */
const SMALL_OLD_BYTES = 32 * 2 ** 20;

/** What lives of them, just after they were looked through: of 1,000 nodes 28 MB. */
const SMALL_LIVE_BYTES = 24 * 2 ** 20;

/** A fleet of so many nodes has large heaps as soon as it is up, in the engine's thread as well, and both go by the same percentage. */
const LARGE_FLEET = 200;

/** By how much old objects may grow until they are looked through again, in percent: a small heap by more than there is, a large one by less. */
const GROWTH_PERCENT = { small: 150, large: 33 } as const;

/**
 * The young generation stays as small as it is now. V8 doubles it for as long as anything in it lives on, up to 128 MB, and never gives it
 * back; a collection of it then stopped the screen for 25 ms in the mean and 53 at worst. To be called before the inventory is read, which
 * alone would make it grow to the last.
 */
export function holdYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Makes V8 collect for a small heap and little work instead of for throughput: a console in an admin's session shares its jump host with
 * others. Measured with 1,000 demo nodes and the console open at 200x50, before facts were made smaller: 576 MB resident and 37.8 % of a
 * core without, 459 MB with a small young generation, and 30.9 % when one thread collects it: four helpers woke up for a few hundred
 * kilobytes each time. Old objects may grow by a third before they are looked through: 240 MB and 3.6 % of a core for V8's helpers, where a quarter
 * made it 238 and 4.5.
 */
export function keepHeapSmall(nodes: number): void {
  setFlagsFromString('--no-parallel-scavenge');
  growAsNeeded(nodes >= LARGE_FLEET);
}

/**
 * Lets the young generation grow to its size and no further. V8 can be told how it grows, but after its start no longer how far; and it may
 * shrink by itself while little happens, so this looks after every collection. Two fifths of 18 MB are filled in a second while a log streams,
 * and where other processes want the cores each look through such a heap stopped the screen for 80 to 270 ms, because its helpers must wait
 * for them, too: so a small one may grow by more.
 */
function growAsNeeded(isLargeFleet: boolean): void {
  let mayGrow: boolean | undefined;
  let growthPercent: number | undefined;
  let liveBytes = 0;
  const look = (seen?: PerformanceObserverEntryList): void => {
    const spaces = getHeapSpaceStatistics();
    const isSmallYoung = spaces.some(
      ({ space_name: name, space_size: bytes }) => name === 'new_space' && bytes < YOUNG_BYTES,
    );
    if (isSmallYoung !== mayGrow) setFlagsFromString(`--semi-space-growth-factor=${isSmallYoung ? 2 : 1}`);
    mayGrow = isSmallYoung;
    const oldBytes = spaces.reduce(
      (sum, { space_name: name, space_used_size: bytes }) => (name === 'old_space' ? sum + bytes : sum),
      0,
    );
    if (seen?.getEntries().some(isFullCollection) === true) liveBytes = oldBytes;
    const isSmall = !isLargeFleet && oldBytes < SMALL_OLD_BYTES && liveBytes < SMALL_LIVE_BYTES;
    const percent = isSmall ? GROWTH_PERCENT.small : GROWTH_PERCENT.large;
    if (percent !== growthPercent) setFlagsFromString(`--heap-growing-percent=${percent}`);
    growthPercent = percent;
  };
  look();
  new PerformanceObserver((seen) => look(seen)).observe({ entryTypes: ['gc'] });
}

function isFullCollection(entry: object): boolean {
  const detail = 'detail' in entry ? entry.detail : undefined;
  const isKnown = typeof detail === 'object' && detail !== null && 'kind' in detail;
  return isKnown && detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
