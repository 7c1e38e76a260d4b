import type { FleetView } from '../model/action.ts';

/** Renders a template by its name; throws a `RangeError` for a missing or unknown parameter. */
export type Render = FleetView['render'];
