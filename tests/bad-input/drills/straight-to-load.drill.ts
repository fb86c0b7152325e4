import { defineDrill } from '../../../src/index.ts';
import recovery from './recovery.drill.ts';

const { verify: _verify, ...rest } = recovery;

/** Load as soon as the name is switched: browsers take their time. */
export default defineDrill({ ...rest, title: 'Recovery straight to load' });
