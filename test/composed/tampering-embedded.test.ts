import { testTampering } from '../support/composed/tampering.ts';
import { embeddedDatabase } from '../support/databases.ts';

testTampering(embeddedDatabase());
