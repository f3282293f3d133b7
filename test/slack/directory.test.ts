/** Who somebody is, from what Slack answers about a person. */
import type { WebClient } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import { createDirectory } from '../../src/slack/directory.ts';

const actor = { userId: 'U0ANA', teamId: 'T0HOME' };
const member = { team_id: 'T0HOME', name: 'ana', profile: { display_name: 'Ana' } };

function directory(user: object | undefined, own: object = { team_id: 'T0HOME' }, members?: string[]) {
  const client = { auth: { test: () => Promise.resolve(own) }, users: { info: () => Promise.resolve({ user }) }, usergroups: { users: { list: () => Promise.resolve({ users: members }) } } };
  return createDirectory({ client: client as unknown as WebClient });
}

describe('who may count', () => {
  test.each<[string, object, string]>([
    ['a member', {}, 'member'],
    ['a guest of several channels', { is_restricted: true }, 'guest'],
    ['a guest of one channel', { is_restricted: true, is_ultra_restricted: true }, 'guest'],
    ['a bot', { is_bot: true }, 'bot'],
    ['an account that was deactivated', { deleted: true }, 'stranger'],
    ['a bot that was deactivated', { deleted: true, is_bot: true }, 'bot'],
    ['somebody in a shared channel', { is_stranger: true }, 'stranger'],
    ['somebody of another workspace', { team_id: 'T0OTHER' }, 'stranger'],
    ['somebody of another organisation', { team_id: 'T0OTHER', enterprise_user: { id: 'W0EVE', enterprise_id: 'E0OTHER' } }, 'stranger'],
    ['a guest of another workspace of the organisation', { team_id: 'T0OTHER', is_restricted: true, enterprise_user: { id: 'W0EVE', enterprise_id: 'E0HOME' } }, 'guest'],
    ['a member of another workspace of the organisation', { team_id: 'T0OTHER', enterprise_user: { id: 'W0EVE', enterprise_id: 'E0HOME' } }, 'member'],
  ])('%s', async (_name, part, kind) => {
    expect(await directory({ ...member, ...part }, { team_id: 'T0HOME', enterprise_id: 'E0HOME' }).profile(actor)).toMatchObject({ kind });
  });

  test('Slack\'s own helper is a bot', async () => {
    expect(await directory(member).profile({ ...actor, userId: 'USLACKBOT' })).toMatchObject({ kind: 'bot' });
  });

  test('outside an organisation another workspace is another workspace', async () => {
    expect(await directory({ ...member, team_id: 'T0OTHER', enterprise_user: { id: 'W0EVE', enterprise_id: undefined } }).profile(actor)).toMatchObject({ kind: 'stranger' });
  });
});

test('one person\'s accounts have one id, where Slack says so', async () => {
  expect(await directory({ ...member, enterprise_user: { id: 'W0ANA', enterprise_id: 'E0HOME' } }).profile(actor)).toEqual({ ...actor, displayName: 'Ana', kind: 'member', enterpriseUserId: 'W0ANA' });
  expect(await directory(member).profile(actor)).toEqual({ ...actor, displayName: 'Ana', kind: 'member' });
});

test('no answer is an error, never a person or a list', async () => {
  await expect(directory(undefined).profile(actor)).rejects.toThrow(/Slack could not say who clicked .*try again/);
  await expect(directory(member).groupMembers('S0SRE')).rejects.toThrow(/who is in the user group S0SRE/);
  expect(await directory(member, undefined, ['U0ANA']).groupMembers('S0SRE')).toEqual(['U0ANA']);
});
