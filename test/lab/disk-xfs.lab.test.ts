import { diskLife } from './disk-life.ts';

diskLife('xfs');
