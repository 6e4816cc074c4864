import { testTampering } from '../support/composed/tampering.ts';
import { serverDatabase } from '../support/databases.ts';

testTampering(serverDatabase());
