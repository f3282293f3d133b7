import type { PageMessage, PageView, World, Bootstrap } from '../../playground/workspace/page-api.ts';

/** A workspace with everything that the page can draw, for its tests and for looking at it. */
export const people = { requester: 'U01REQ', approver: 'U02APP', second: 'U03APP', outsider: 'U04OUT', bot: 'U0BOT' };
export const incidents = 'C01INC';

const mrkdwn = (text: string): object => ({ type: 'mrkdwn', text });
const plain = (text: string): object => ({ type: 'plain_text', text, emoji: true });
const words = (text: string): object => ({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] });

export function sampleBootstrap(): Omit<Bootstrap, 'views'> {
  const person = (id: string, name: string, realName: string, title: string, color: string, avatar: string): Bootstrap['users'][number] => ({ id, name, realName, title, color, avatar, isBot: false });
  return {
    team: { id: 'T01', name: 'Northwind Shop' },
    users: [
      person(people.requester, 'mira', 'Mira Okafor', 'On call, checkout', '#b4532a', 'MO'),
      person(people.approver, 'jonas', 'Jonas Lindqvist', 'Approver, platform', '#3d5aa8', 'JL'),
      person(people.second, 'priya', 'Priya Raman', 'Approver, databases', '#7a3f97', 'PR'),
      person(people.outsider, 'tom', 'Tom Becker', 'Marketing', '#5c6b2f', 'TB'),
      { id: people.bot, name: 'sre-agent', realName: 'SRE Agent', title: 'Investigates incidents', isBot: true, color: '#0b6e63', avatar: '🩺' },
    ],
    userGroups: [{ id: 'S0SREAPPRV', handle: 'sre-approvers' }],
    channels: [
      { id: incidents, name: 'incidents', topic: 'Alerts and investigations. One thread for each incident.', isDirectMessage: false },
      { id: 'C02', name: 'checkout', topic: 'The team behind the till', isDirectMessage: false },
      { id: 'C03', name: 'general', topic: '', isDirectMessage: false },
      { id: 'D01', name: 'sre-agent', topic: '', isDirectMessage: true },
    ],
    slashCommands: [
      { command: '/sre', description: 'Investigate, list, stop', usageHint: 'investigate <what is wrong> | status | list | stop | help' },
      { command: '/sre-settings', description: 'How the agent works in this channel', usageHint: '' },
    ],
    messageShortcuts: [{ callback_id: 'investigate_message', name: 'Investigate this', description: 'Opens an incident with the words of this message' }],
  };
}

/** `now` in seconds. */
export function sampleMessages(now: number): PageMessage[] {
  const at = (secondsAgo: number): string => `${(now - secondsAgo).toFixed(0)}.000100`;
  const root = at(1500);
  const reply = (secondsAgo: number, user: string, rest: Partial<PageMessage>): PageMessage => ({ ts: at(secondsAgo), channel: incidents, user, text: '', thread_ts: root, ...rest });
  return [
    { ts: at(90_000), channel: incidents, user: people.approver, text: 'Release *2026.11.4* is out: <https://example.com/releases/2026.11.4|release notes>. Watching the graphs :eyes:', reactions: [{ name: 'tada', users: [people.requester, people.second] }, { name: 'eyes', users: [people.second] }] },
    { ts: at(89_900), channel: incidents, user: people.approver, text: 'Nothing odd so far. `p95` is where it was.' },
    { ts: at(5000), channel: incidents, user: people.second, text: 'Reminder from the review:\n> Measure first, then change *one* thing.\n1. look at the graph\n2. look at the queries\n  - `pg_stat_activity`\n  - locks\n3. only then act\n```select pid, state, wait_event_type\nfrom pg_stat_activity\nwhere state <> \'idle\';```', edited: true },
    { ts: at(2400), channel: incidents, user: people.requester, text: 'Customers say that paying takes very long. <@U02APP> do you see it too? <#C02>' },
    { ts: at(2380), channel: incidents, user: people.requester, text: 'שלום, הקופה איטית מאוד מאז הבוקר' },
    { ts: root, channel: incidents, user: people.bot, text: 'Incident: checkout is slow', blocks: rootBlocks(now), reply_count: 5, reply_users: [people.bot, people.requester, people.approver], latest_reply: at(260) },
    reply(1490, people.bot, { blocks: [planBlock(), { type: 'context', elements: [mrkdwn(':hourglass_flowing_sand: 42 s · *$0.31* of $2.00 · rules and Claude')] }] }),
    reply(1300, people.bot, { blocks: reportBlocks() }),
    reply(1100, people.bot, { blocks: diagnosisBlocks() }),
    reply(700, people.requester, { text: 'The new index makes sense to me. <@U02APP> can you approve?' }),
    reply(260, people.bot, { blocks: changeBlocks(now) }),
    { ts: at(120), channel: incidents, user: people.bot, text: 'Only I can read this.', ephemeralFor: people.requester, blocks: [{ type: 'section', text: mrkdwn(':information_source: An investigation is running already: <https://example.com/i/42|INC-42>. I added your words to it.') }] },
    { ts: at(60), channel: 'C02', user: people.approver, text: 'Deploys are frozen until the incident is over.' },
  ];
}

function rootBlocks(now: number): object[] {
  return [
    { type: 'header', text: plain(':rotating_light: checkout is slow') },
    { type: 'section', block_id: 'summary', fields: [mrkdwn('*Status*\n:large_orange_circle: Waiting for approval'), mrkdwn('*Severity*\nHigh'), mrkdwn('*Requested by*\n<@U01REQ>'), mrkdwn(`*Since*\n<!date^${now - 1500}^{date_short_pretty} at {time}|earlier>`)] },
    { type: 'section', block_id: 'cause', text: mrkdwn('*Cause*: the index `orders_customer_id_idx` is missing, so every checkout reads *214,380 rows*.'), accessory: { type: 'overflow', action_id: 'incident_menu', options: [{ text: plain(':mag: Show the evidence'), value: 'evidence' }, { text: plain('Stop the investigation'), value: 'stop' }] } },
    { type: 'context', elements: [mrkdwn(':lock: nothing runs without an approval'), mrkdwn('INC-42')] },
  ];
}

export function planBlock(): { type: string; block_id: string; title: string; tasks: Record<string, unknown>[] } {
  return {
    type: 'plan',
    block_id: 'plan',
    title: 'Five specialists look at checkout',
    tasks: [
      { type: 'task_card', task_id: 'database', title: 'Database: slow queries, locks, connections', status: 'complete', output: words('A sequential scan over orders takes 840 ms; no index on customer_id.') },
      { type: 'task_card', task_id: 'service', title: 'Service: errors and latency of checkout and what it calls', status: 'complete', output: words('checkout p95 2.4 s, payments unaffected.'), sources: [{ type: 'url', url: 'https://example.com/dashboard', text: 'checkout dashboard' }] },
      { type: 'task_card', task_id: 'network', title: 'Network: names, routes, certificates', status: 'in_progress', details: words('Resolving payments.internal') },
      { type: 'task_card', task_id: 'kubernetes', title: 'Kubernetes: pods, events, rollouts', status: 'error', output: words('No cluster is configured.') },
      { type: 'task_card', task_id: 'generic', title: 'Generic: what changed lately', status: 'pending' },
    ],
  };
}

function reportBlocks(): object[] {
  const item = (...elements: object[]): object => ({ type: 'rich_text_section', elements });
  return [
    { type: 'section', text: mrkdwn('*:stethoscope: Database specialist* found the likely cause') },
    {
      type: 'rich_text',
      elements: [
        { type: 'rich_text_section', elements: [{ type: 'text', text: 'Every checkout runs a query that reads the ' }, { type: 'text', text: 'whole', style: { bold: true } }, { type: 'text', text: ' table ' }, { type: 'text', text: 'orders', style: { code: true } }, { type: 'text', text: '.' }] },
        { type: 'rich_text_list', style: 'bullet', indent: 0, elements: [item({ type: 'text', text: 'Sequential scan, 840 ms on average ' }, { type: 'link', url: 'https://example.com/evidence/E7', text: 'E7' }), item({ type: 'text', text: 'Ruled out:', style: { bold: true } })] },
        { type: 'rich_text_list', style: 'bullet', indent: 1, elements: [item({ type: 'text', text: 'locks: none waits ' }, { type: 'emoji', name: 'white_check_mark' }), item({ type: 'text', text: 'connections: 18 of 100' })] },
        { type: 'rich_text_quote', elements: [{ type: 'text', text: 'Seq Scan on orders  (cost=0.00..9811.00 rows=214380)' }] },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'explain select * from orders where customer_id = $1;\n                        QUERY PLAN\n----------------------------------------------------------\n Seq Scan on orders  (cost=0.00..9811.00 rows=3 width=61)\n   Filter: (customer_id = $1)' }] },
      ],
    },
    { type: 'context', elements: [mrkdwn('Evidence E5, E7, E8 · 4 tool calls · 11 s · $0.04')] },
  ];
}

function diagnosisBlocks(): object[] {
  return [
    { type: 'header', text: plain('Diagnosis') },
    {
      type: 'markdown',
      text: '**Root cause**: the index `orders_customer_id_idx` was dropped at 09:12.\n\n1. no index on `orders.customer_id`\n2. each checkout scans the table\n3. connections queue, *p95 rises to 2.4 s*\n\n| Service | p95 now | p95 before | Errors |\n| :-- | --: | --: | :-: |\n| checkout | 2,410 ms | 96 ms | 3.1% |\n| frontend | 2,480 ms | 130 ms | 3.0% |\n| payments | 41 ms | 40 ms | 0% |\n\n> What could not be seen: the deploy log.\n\n- [x] database\n- [x] services\n- [ ] deploy log',
    },
    { type: 'divider' },
    { type: 'table', column_settings: [{ is_wrapped: true }, { align: 'right' }], rows: [[{ type: 'raw_text', text: 'Query' }, { type: 'raw_text', text: 'Mean' }, { type: 'raw_text', text: 'Calls' }], [{ type: 'raw_text', text: 'select … from orders where customer_id = $1' }, { type: 'raw_text', text: '840 ms' }, { type: 'raw_number', value: 1204, text: '1,204' }], [words('update carts …'), { type: 'raw_text', text: '1.2 ms' }, { type: 'raw_number', value: 98, text: '98' }]] },
  ];
}

export function changeBlocks(now: number): object[] {
  return [
    { type: 'section', block_id: 'change', text: mrkdwn('*:wrench: Proposed change*: create the index again, without locking writers') },
    { type: 'section', block_id: 'change-sql', text: mrkdwn('```create index concurrently orders_customer_id_idx\n  on public.orders (customer_id);```') },
    { type: 'section', block_id: 'change-facts', fields: [mrkdwn('*Risk*\n:large_green_circle: Low'), mrkdwn('*Undo*\n`drop index concurrently`'), mrkdwn('*Dry run*\nabout 6 MB, 4 s'), mrkdwn(`*Expires*\n<!date^${now + 1800}^{time}|soon>`)] },
    {
      type: 'actions',
      block_id: 'decide',
      elements: [
        { type: 'button', action_id: 'approve', text: plain('Approve'), style: 'primary', value: 'change-1:abc', confirm: { title: plain('Run this change?'), text: mrkdwn('Exactly this runs on `shop`:\n```create index concurrently …```'), confirm: plain('Yes, run it'), deny: plain('Not yet') } },
        { type: 'button', action_id: 'reject', text: plain('Reject'), style: 'danger', value: 'change-1:abc' },
        { type: 'button', action_id: 'evidence', text: plain('Evidence'), url: 'https://example.com/evidence' },
        { type: 'static_select', action_id: 'snooze', placeholder: plain('Remind me…'), option_groups: [{ label: plain('Soon'), options: [{ text: plain('in 5 minutes'), value: '5' }, { text: plain('in 15 minutes'), value: '15' }] }, { label: plain('Later'), options: [{ text: plain('in 1 hour'), value: '60' }] }] },
      ],
    },
    { type: 'context', elements: [mrkdwn('Digest `9f3a…c1` · needs one approver who is not <@U01REQ>')] },
  ];
}

export function sampleModal(): PageView['view'] {
  return {
    type: 'modal',
    title: plain('Reject the change'),
    submit: plain('Reject'),
    close: plain('Cancel'),
    blocks: [
      { type: 'section', block_id: 'what', text: mrkdwn('*create index concurrently* on `public.orders`. The requester is told why.') },
      { type: 'input', block_id: 'reason', label: plain('Why?'), hint: plain('Shown in the thread.'), element: { type: 'plain_text_input', action_id: 'text', multiline: true, max_length: 300, placeholder: plain('For example: wait for the nightly job to end') } },
      { type: 'input', block_id: 'next', label: plain('What should happen now?'), element: { type: 'radio_buttons', action_id: 'choice', initial_option: { text: plain('Look again'), value: 'again' }, options: [{ text: plain('Look again'), value: 'again', description: plain('The agent proposes something else') }, { text: plain('Stop the investigation'), value: 'stop' }] } },
      { type: 'input', block_id: 'tell', optional: true, label: plain('Also tell'), element: { type: 'checkboxes', action_id: 'who', options: [{ text: mrkdwn('the team of *checkout*'), value: 'checkout' }, { text: plain('everybody on call'), value: 'oncall' }] } },
      { type: 'input', block_id: 'area', optional: true, label: plain('Area'), element: { type: 'static_select', action_id: 'area', placeholder: plain('Choose one'), options: [{ text: plain('Risk'), value: 'risk' }, { text: plain('Timing'), value: 'timing' }] } },
      { type: 'input', block_id: 'day', optional: true, label: plain('Ask again on'), element: { type: 'datepicker', action_id: 'day' } },
    ],
  };
}

export function sampleWorld(): World {
  const wave = (base: number, rise: number): number[] => Array.from({ length: 60 }, (_, second) => base + Math.sin(second / 3) * base * 0.12 + (second > 38 ? rise * Math.min(1, (second - 38) / 12) : 0));
  return {
    starting: [],
    services: [
      { name: 'frontend', state: 'degraded', requestsPerSecond: 24.2, successRate: 0.972, p95Milliseconds: 2480, history: wave(130, 2300), dependsOn: ['catalog', 'checkout'] },
      { name: 'catalog', state: 'healthy', requestsPerSecond: 18, successRate: 1, p95Milliseconds: 38, history: wave(38, 0), dependsOn: ['shop'] },
      { name: 'checkout', state: 'down', requestsPerSecond: 6.1, successRate: 0.41, p95Milliseconds: 12_400, history: wave(96, 12_000), dependsOn: ['payments', 'shop'] },
      { name: 'payments', state: 'healthy', requestsPerSecond: 5.9, successRate: 0.9998, p95Milliseconds: 41, history: [...Array.from({ length: 20 }, () => null), ...wave(41, 0).slice(20)], dependsOn: [] },
      { name: 'cart', state: 'healthy', requestsPerSecond: 3.2, successRate: 1, p95Milliseconds: 22, history: wave(22, 0), dependsOn: ['catalog'] },
      { name: 'shipping', state: 'unknown', requestsPerSecond: 0, successRate: 0, p95Milliseconds: 0, history: [], dependsOn: [] },
      { name: 'recommender', state: 'healthy', requestsPerSecond: 1.1, successRate: 1, p95Milliseconds: 61, history: wave(61, 0), dependsOn: ['catalog'] },
    ],
    databases: [{ name: 'shop', state: 'degraded', connections: 91, connectionLimit: 100, waiting: 7 }],
    pods: samplePods(),
    kubeconfig: '/home/maya/checkout/data/playground/cluster/admin.kubeconfig',
    faults: [
      { id: 'dropped-index', title: 'Drop an index', description: 'Checkout reads the whole table for each order.', area: 'Database', active: true },
      { id: 'idle-lock', title: 'Hold a lock', description: 'A transaction takes a lock and goes idle.', area: 'Database', active: false },
      { id: 'crash', title: 'Crash on start', description: 'Payments gets a wrong environment variable.', area: 'Rollout', active: false },
      { id: 'missing-image', title: 'Roll out a tag that was never pushed', description: 'Payments is set to an image that the registry does not have.', area: 'Rollout', active: false },
      { id: 'low-memory', title: 'Set a memory limit too low', description: 'Cart may use 16 MiB, less than it needs to start: it is killed each time.', area: 'Rollout', active: false },
      { id: 'slow', title: 'Answer slowly', description: 'Catalog waits before each answer.', area: 'Rollout', active: false },
      { id: 'config', title: 'Write a wrong value into a ConfigMap', description: 'Cart\'s DB_POOL_SIZE is no number, and its pods were restarted.', area: 'Configuration', active: false },
      { id: 'wrong-host', title: 'Wrong upstream', description: 'Checkout calls a host that does not exist.', area: 'Network', active: false },
      { id: 'policy', title: 'Block a service by NetworkPolicy', description: 'Checkout\'s connections to payments hang.', area: 'Network', active: false },
      { id: 'cordon', title: 'Cordon every node', description: 'Maintenance forgot to uncordon; cart\'s pod finds no place.', area: 'Cluster', active: false },
    ],
    alerts: [
      { id: 'pagerduty-trigger', title: 'PagerDuty: triggered', description: 'V3 webhook, signed' },
      { id: 'pagerduty-resolve', title: 'PagerDuty: resolved', description: 'The same incident is over' },
      { id: 'alertmanager-firing', title: 'Alertmanager: firing', description: 'v4 payload, bearer token' },
    ],
  };
}

function samplePods(): NonNullable<World['pods']> {
  const pod = (name: string, status = 'Running', ready = '1/1', restarts = 0, ageSeconds = 4100): NonNullable<World['pods']>[number] => ({ namespace: 'shop', name, ready, status, restarts, node: name.length % 2 === 0 ? 'node1' : 'node2', ageSeconds });
  return [
    pod('cart-6c8f9d7b54-lq2vx'), pod('catalog-7d5b8c6f9-2xk8w'), pod('catalog-7d5b8c6f9-9htzq'), pod('checkout-5f7d9c8b46-w4mtn', 'CrashLoopBackOff', '0/1', 7),
    pod('frontend-84c6d5f9b7-c8xkd'), pod('frontend-84c6d5f9b7-vt2ql', 'Running', '0/1', 1, 44), pod('inventory-0'), pod('jobs-nightly-report-29384710-xk2ld', 'Completed', '0/1', 0, 300), pod('notifier-6b9f8d7c5-zzq4t'),
    pod('orders-db-0'), pod('payments-67d8f9c5b4-8s2mw', 'CreateContainerConfigError', '0/1', 0, 30), pod('recommender-7f8b6d5c94-nn7kx'), pod('shipping-59c7d8f6b5-q9w2r'), pod('shop-operator-controller-manager-5d6f7c8b9-kx8wq'),
  ];
}
