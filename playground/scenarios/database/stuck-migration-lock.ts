import { monitored, person, toldBy } from '../kit/asks.ts';
import { holds } from '../kit/checks.ts';
import { noSessions } from '../kit/postgres.ts';
import { defineScenario } from '../scenario.ts';

/** As programs/jobs.ts takes it: one migration at a time. */
const key = 14;

export const scenario = defineScenario({
  id: 'stuck-migration-lock',
  title: 'A stuck run keeps the advisory lock of migrations; the release waits for its own',
  category: 'database',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    job: `migrate-${random.integer(15, 60)}${random.pick(['', '-hotfix', '-b', '-retry'])}`,
    application: `${random.pick(['release-train', 'deploy-bot', 'ci-runner', 'migrator', 'job-migrate'])}-${random.integer(100, 999)}`,
    role: random.pick(['migrations', 'maintenance']),
    shared: random.chance(0.4),
    voice: random.integer(0, 1),
  }),
  alert: ({ job, voice }, { namespace }) => toldBy(voice, [
    monitored('KubeJobNotCompleted', 'warning', 'Job did not complete in time', `Job ${namespace}/${job} is taking more than 12 hours to complete.`, { namespace, job_name: job }),
    person(`the release is stuck: ${job} is running for ages and prints nothing after "starting". usually it takes a second`),
  ]),
  inject: async (world, { job, application, role, shared }) => {
    const database = world.database('orders-db');
    await database.query('UPDATE schema_migrations SET version = 13');
    const session = await database.session(role, application);
    await session.query(`SELECT pg_advisory_lock${shared ? '_shared' : ''}(${key})`);
    await world.cluster.apply(migration(job));
  },
  symptom: async (world) => (await world.database('orders-db').query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).length > 0,
  oracle: async (world, { job, application }) => {
    const database = world.database('orders-db');
    const held = await database.query<{ pid: number }>("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1", [key]);
    const jobs = (await world.cluster.list('jobs.batch')).filter(({ metadata }) => metadata.name.startsWith(job));
    const complete = jobs.filter(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Complete' && is === 'True'));
    const [newest] = await database.query<{ version: number }>('SELECT max(version) AS version FROM schema_migrations');
    return [
      await noSessions(database, application),
      holds('nobody holds or awaits the lock of migrations', held.length === 0, held.map(({ pid }) => pid).join(', ') || 'nobody'),
      holds('no migration is left undone', complete.length === jobs.length, `${complete.length} of ${jobs.length} jobs complete`),
      holds('the schema is at version 14', newest?.version === 14, `at ${newest?.version}`),
    ];
  },
  /** Run again, or deleted and run again, it is a new Job. */
  allowed: ({ job }) => [`jobs.batch/${job}*`],
  forbidden: () => [{ reason: 'restarts the database', command: /(restart|delete|scale).*orders-db/ }],
  truth: ({ job, application, role }) => ({
    outcome: 'repair',
    root: [`session/${application}`, `role/${role}`],
    mechanisms: ['advisory-lock', 'blocked-by-session'],
    chain: [`session/${application}`, 'database/orders-db', `job/${job}`],
  }),
  repair: async (world, { application }) => {
    await world.database('orders-db').query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [application]);
  },
  /** The one that waits is ended; its container starts again and waits again. */
  hide: async (world) => {
    await world.database('orders-db').query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
  },
});

const migration = (name: string): string => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
  labels: { app.kubernetes.io/name: jobs, app.kubernetes.io/component: migrate, app.kubernetes.io/part-of: shop }
spec:
  backoffLimit: 4
  template:
    metadata:
      labels: { app.kubernetes.io/name: jobs, app.kubernetes.io/component: migrate, app.kubernetes.io/part-of: shop }
    spec:
      restartPolicy: OnFailure
      serviceAccountName: jobs
      containers:
        - name: migrate
          image: registry.shop.local/jobs:1.4.0
          args: [migrate]
          envFrom:
            - configMapRef: { name: shop-common }
            - configMapRef: { name: orders-db-client }
            - configMapRef: { name: jobs-config }
          env:
            - { name: DB_USER, value: migrations }
            - name: DB_PASSWORD
              valueFrom: { secretKeyRef: { name: orders-db-credentials, key: migrations-password } }
          resources:
            requests: { cpu: 20m, memory: 64Mi }
            limits: { memory: 192Mi }
`;
