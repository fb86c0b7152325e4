import { defineDrill } from '../../../src/model/drill.ts';
import { checks, objectives, why } from './steps.ts';

export default defineDrill({
  title: 'A drill with a claim that nothing looks at',
  why,
  objectives,
  claims: [
    { id: 'backups-are-fresh', sentence: 'Backups are fresh.', provenBy: ['backup.fresh'] },
    { id: 'search-finds', sentence: 'Search finds.', provenBy: ['search.historic'] },
  ],
  preflight: [checks('backup.fresh'), { ...checks('search.index'), promises: () => [] }],
});
