import { exitOnComplaint } from '../bin/check-install.js';

exitOnComplaint();
import('./setup.ts');
