import { diskLife } from './disk-life.ts';

diskLife('ext4');
