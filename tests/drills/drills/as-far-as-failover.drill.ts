import { defineDrill } from '../../../src/index.ts';
import quarterly from '../../../drills/quarterly.drill.ts';

const { verify: _verify, load: _load, claims: _claims, ...rest } = quarterly;

/** Without browsers' checks and load, for what is about the restore. */
export default defineDrill({ ...rest, title: 'Recovery as far as failover' });
