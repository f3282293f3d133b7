/** Everybody and everything that has a fixed id in the playground's workspace. Configuration and tests take ids from here. */
import type { PageUser } from './page-api.ts';

export const TEAM = { id: 'T0PLAYGRND', name: 'Playground', domain: 'playground' } as const;

export const MAYA = 'U0MAYA0001';
export const TOMAS = 'U0TOMAS001';
export const PRIYA = 'U0PRIYA001';
export const OLIVER = 'U0OLIVER01';
export const BOT_USER = 'U0SREAGENT';
export const SLACKBOT = 'USLACKBOT0';

export const BOT_ID = 'B0SREAGENT';
export const APP_ID = 'A0SREAGENT';

export const INCIDENTS = 'C0INCIDENT';
export const SHOP_ALERTS = 'C0SHOPALRT';
export const GENERAL = 'C0GENERAL0';

/** The user group whose members may approve. */
export const APPROVERS = { id: 'S0SREAPPRV', handle: 'sre-approvers', name: 'SRE approvers', users: [TOMAS, PRIYA] } as const;

/** In the order of the page's user switcher; bots last. */
export const USERS: readonly PageUser[] = [
  { id: MAYA, name: 'maya', realName: 'Maya Lindqvist', title: 'Site reliability engineer, on call', isBot: false, color: '#7c3aed', avatar: 'ML' },
  { id: TOMAS, name: 'tomas', realName: 'Tomás Ferreira', title: 'Staff SRE, approver', isBot: false, color: '#0369a1', avatar: 'TF' },
  { id: PRIYA, name: 'priya', realName: 'Priya Raman', title: 'Database engineer, approver', isBot: false, color: '#be123c', avatar: 'PR' },
  { id: OLIVER, name: 'oliver', realName: 'Oliver Brandt', title: 'Product marketing, not an approver', isBot: false, color: '#b45309', avatar: 'OB' },
  { id: BOT_USER, name: 'sre-agent', realName: 'sre-agent', title: 'Investigates incidents', isBot: true, color: '#0f766e', avatar: '🛟' },
  { id: SLACKBOT, name: 'slackbot', realName: 'Slackbot', title: '', isBot: true, color: '#4b5563', avatar: '🤖' },
];

export interface Channel {
  id: string;
  name: string;
  topic: string;
  isDirectMessage: boolean;
  members: readonly string[];
}

const everybody = USERS.filter((user) => user.id !== SLACKBOT).map((user) => user.id);

/** The public channels, then each person's direct message with the bot. */
export const CHANNELS: readonly Channel[] = [
  { id: INCIDENTS, name: 'incidents', topic: 'Something is broken. One thread per incident.', isDirectMessage: false, members: everybody },
  { id: SHOP_ALERTS, name: 'shop-alerts', topic: 'Alerts about the shop, straight from the monitors', isDirectMessage: false, members: everybody },
  { id: GENERAL, name: 'general', topic: 'Everything else', isDirectMessage: false, members: everybody },
  ...USERS.filter((user) => !user.isBot).map((user) => ({
    id: directMessageId(user.id),
    name: 'sre-agent',
    topic: '',
    isDirectMessage: true,
    members: [user.id, BOT_USER],
  })),
];

/** The id of a person's direct message with the bot. */
export function directMessageId(user: string): string {
  return `D${user.slice(1)}`;
}

export function findUser(id: string): PageUser | undefined {
  return USERS.find((user) => user.id === id);
}

/** By id, by `#name` or name, or by a person's id (their direct message), as the Web API accepts a channel. */
export function findChannel(reference: string): Channel | undefined {
  const name = reference.replace(/^#/, '');
  return CHANNELS.find((channel) => channel.id === reference || (!channel.isDirectMessage && channel.name === name) || channel.id === directMessageId(reference));
}
