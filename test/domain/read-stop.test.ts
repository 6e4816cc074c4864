import { describe, expect, test } from '@jest/globals';
import { parseCommand } from '../../src/domain/parse-command.ts';

const here = { kind: 'stop', all: false };

describe('a call to stop', () => {
  test.each([
    'Stop.',
    'STOP!!!',
    'stop!',
    'stop now',
    'stop it',
    'stop please',
    'please stop',
    'abort',
    'cancel',
    'halt',
    'kill it',
    'emergency stop',
    'STOP STOP STOP',
    'stopp',
    'end it',
    'make it stop',
    'stop the run',
    'stop that!!',
    'pls stop',
    'kill the experiment',
    'turn it off',
    'quit',
    'no no stop',
    'cancel the experiment',
    'stop 🛑',
    '🛑',
    '⛔',
    '✋',
    'shut it down',
    'pull the plug',
    'call it off',
    'get rid of it',
    'make it end',
    'enough!',
    'no!',
    'NO NO NO',
    'wait',
    'hold on',
    'undo',
    'we have to end this',
    'end this now',
    'can you please stop the experiment?',
    'the pods do not come back, abort',
    'Stop, thanks',
    'help! stop it now',
    'Help, make it stop',
    'whoa whoa',
    'roll it back: rollback!',
    'panic',
    'canceled',
    'stopping',
    'stop-it',
    'e-stop',
    'kill switch',
    'STOPIT',
    'roll it back',
    "don't continue",
    'do not continue!',
    'Don’t do it',
    "DON'T",
    'no more chaos',
    'disable it',
    'remove the fault',
    'delete it',
    'bail out',
    'cut it',
    'SOS',
    'ctrl-c',
    'Ctrl+C',
    'killall',
    '❌',
    '🖐️',
    'stop both runs',
    'stop the current run',
    'Help! Stop!',
    'stopnow',
  ])('%j stops the runs of this conversation', (text) => {
    expect(parseCommand(text)).toEqual(here);
  });

  test.each([
    'sotp',
    'stpo',
    'STOPP',
    'stooooop',
    'stp',
    'dtop',
    'cancle',
    'abrot',
    'stop1',
    'plz stp',
    's t o p',
    'S.T.O.P.',
    's-t-o-p',
    'st op',
    'ＳＴＯＰ',
    'st\u200bop',
    'stöp',
    '**STOP**',
    '`stop`',
    '> stop',
    '"stop',
    "'stop'",
    '“stop”',
    '/stop',
    '!stop',
    '/chaos stop',
    'chaos, stop!',
    'stop\u00a0now',
    ' \n stop \n ',
    'Chaos Marshal, stop',
    '@Chaos Marshal stop',
  ])('%j is read through slips, spacing and typography', (text) => {
    expect(parseCommand(text)).toEqual(here);
  });

  test.each([
    'stopp',
    'Halt!',
    'abbrechen',
    'Abbruch',
    'aufhören',
    'Schluss!',
    'bitte anhalten',
    'Hör auf!',
    'hoer auf',
    'brich das ab',
    'Schalt es ab',
    'mach das aus',
    'beende es',
    'Not-Aus!',
    'Ça suffit',
    'interrompez',
    '¡Páralo!',
    'detenlo',
    'termina',
    '止まって',
    '止める',
    '中断',
    'キャンセル',
    '終了して',
    'Arrête !',
    'arrêtez',
    'arrêter svp',
    'stopper',
    'annulez',
    'alto',
    '¡para!',
    'detener',
    'detén',
    '¡Cancela!',
    'basta',
    '止めて',
    '停止',
    '中止',
    '実験を止めてください',
    'ストップ',
    'やめて！',
  ])('%j stops in another language', (text) => {
    expect(parseCommand(text)).toEqual(here);
  });

  test.each([
    'stop everything',
    'stop all!',
    'STOP ALL',
    'abort everything',
    'everything must stop',
    'stopall',
    'kill them all',
    'cancel every run',
    'alles stoppen',
    'arrêtez tout',
    '全部停止',
  ])('%j stops the runs of every conversation', (text) => {
    expect(parseCommand(text)).toEqual({ kind: 'stop', all: true });
  });

  test.each([
    'freeze!',
    'FREEZE',
    'Freeze.',
    'freeeeze',
    'freez!',
    'please freeze',
    'stop and freeze',
  ])('%j freezes', (text) => expect(parseCommand(text)).toEqual({ kind: 'freeze' }));

  test.each([
    ['stop r-7k2mq4', { runIds: ['r-7k2mq4'] }],
    ['stop r-7k2mq4 now', { runIds: ['r-7k2mq4'] }],
    ['Stop R-7K2MQ4.', { runIds: ['r-7k2mq4'] }],
    ['stop r\u20117k2mq4', { runIds: ['r-7k2mq4'] }],
    ['stop 7k2mq4!', { runIds: ['r-7k2mq4'] }],
    ['stop r-7k2mq4 r-abcdef', { runIds: ['r-7k2mq4', 'r-abcdef'] }],
    ['stop r-7k2mq4, r-abcdef and r-7k2mq4', { runIds: ['r-7k2mq4', 'r-abcdef'] }],
    ['please abort run r-7k2mq4', { runIds: ['r-7k2mq4'] }],
  ])('%j names its runs', (text, runs) => {
    expect(parseCommand(text)).toEqual({ ...here, ...runs });
  });

  test.each([
    ['stop foo', { unread: ['foo'] }],
    ['stop pod-failure', { unread: ['pod-failure'] }],
    ['stop server', { unread: ['server'] }],
    ['stop r-7k2mq', { unread: ['r-7k2mq'] }],
    ['stop r-7k2mq4 r-ab', { runIds: ['r-7k2mq4'], unread: ['r-ab'] }],
    ['stop in 5 minutes', { unread: ['5'] }],
    [`stop r-${'9'.repeat(500)}`, { unread: [`r-${'9'.repeat(58)}…`] }],
  ])('%j stops and keeps the words that may have named a run', (text, more) => {
    expect(parseCommand(text)).toEqual({ ...here, ...more });
  });

  test.each([
    "don't stop",
    'never stop',
    'how do I stop a run?',
    'has it stopped?',
    'what does stop do',
  ])('%j stops: in doubt it does', (text) => expect(parseCommand(text)).toEqual(here));

  test('stops however long the message is that begins with it', () => {
    expect(parseCommand(`stop ${'please '.repeat(30_000)}`)).toEqual(here);
    expect(parseCommand(`freeze ${'x'.repeat(30_000)}`)).toMatchObject({ kind: 'freeze' });
  });
});

describe('no call to stop', () => {
  test.each([
    ['rehearse pod-failure hypothesis="never stop"', 'run'],
    ['run pod-failure hypothesis="stop everything"', 'run'],
    ['run stop', 'run'],
    ['/run pod-failure hypothesis=stop', 'run'],
    ['help stop', 'help'],
    ['help', 'help'],
    ['Help!', 'help'],
    ['help me please', 'help'],
    ['unfreeze', 'unfreeze'],
    ['unfreeze, we can stop worrying', 'unfreeze'],
    ['history stop', 'history'],
    ['experiments to stop', 'experiments'],
    ['Status.', 'status'],
  ])('%j is the other command that it begins with', (text, kind) => {
    expect(parseCommand(text)).toMatchObject({ kind });
  });

  test.each([
    'summarize stop',
    'status stop',
    'audit stop',
    'unstoppable',
    'about',
    'step',
    'no thanks',
    'not sure',
    'not yet',
    'never mind',
    'active runs',
    'pod-kill',
    'pod-failure hypothesis="never stop"',
    'hello',
    'make coffee',
    'thank you',
    'what about the pods',
    'helth',
    'experiment',
    'healt',
  ])('%j is answered as a problem', (text) => {
    expect(parseCommand(text)).toMatchObject({ message: expect.any(String) });
  });

  test.each(['make coffee', 'unstoppable', 'helo there', 'summarize stop', 'x'.repeat(60_000)])(
    'the answer to %.20j never offers a run',
    (text) => {
      const vocabulary = { experiments: ['pod-failure'], services: ['diabetes'] };
      expect(JSON.stringify(parseCommand(text, vocabulary))).not.toMatch(/`run|"run/);
    },
  );
});
