/**
 * The vocabulary in which causes are compared: what kind of thing went wrong, whatever the words. Agents name mechanisms
 * freely (`image-not-found`, "bad tag"); a claim is a mechanism's if `matches` finds it in the claim's own words.
 */

export interface Mechanism {
  /** One line, for agents that are given the vocabulary. */
  means: string;
  /** In the kebab-case mechanism and title of a claim. */
  matches: RegExp;
}

export const mechanisms = {
  'image-not-found': { means: 'the image reference (name, tag or registry) names nothing that can be pulled', matches: /image.*(not.found|missing|wrong|invalid|pull|unknown|typo)|registry.*(unreachable|host|typo|wrong)|bad.(tag|image)|(tag|image).*(not.found|missing|does.not.exist|nonexist|non.exist|no.such|never.pushed)|(nonexist|non.exist|unknown|no.such)\S*.*(tag|image)/ },
  'image-pull-credentials': { means: 'the pull secret is missing or wrong', matches: /pull.*(secret|unauthori[sz]ed|credential|auth)/ },
  'bad-release': { means: 'a new revision of the program or its template misbehaves (crashes, is slow, leaks, fails)', matches: /since.rollout|(bad|broken|slow|leaking|crashing|faulty|regress\S*).*(release|version|revision|rollout|image)|(release|version|rollout|revision).*(crash|slow|leak|fail|bug|regress|broke)/ },
  'wrong-environment-value': { means: 'a variable or value of a container is wrong or missing', matches: /environment|env.var|variable|setting.*(wrong|missing)|wrong.*(value|argument|host|url|port|address)|upstream.(service|port).missing|configuration.change|missing.*(variable|key)|config.*(wrong|invalid|refused|missing)/ },
  'bad-configmap-value': { means: 'a ConfigMap holds a value the program refuses or misbehaves with', matches: /config.?map|configuration.*(value|change|refused|invalid)|config.*(value|wrong|invalid|refused|push)|unwell.since.configuration/ },
  'missing-configuration': { means: 'a referenced ConfigMap, Secret or key does not exist', matches: /(missing|not.found|absent|renamed).*(secret|config.?map|key|volume)|(secret|config.?map|key).*(missing|not.found|absent|renamed|does.not.exist)|(couldn.t|could.not|can.?not).find.*(secret|config.?map|key)|container.configuration/ },
  'memory-limit-too-low': { means: 'the memory limit is below what the program needs', matches: /memory.limit|limits?.(of.)?memory|out.of.memory|oom/ },
  'memory-leak': { means: 'the program keeps memory it no longer needs', matches: /memory.*(leak|grow|climb)|leak.*memory|leaking|growing.*memory/ },
  'cpu-throttled': { means: 'a CPU limit throttles the program', matches: /cpu.*(limit|throttl)|throttl/ },
  'probe-misconfigured': { means: 'a readiness, liveness or startup probe asks the wrong thing', matches: /probe/ },
  'init-container-blocked': { means: 'an init container never finishes', matches: /init.?container|init.*(hang|block|wait|stuck|fail)/ },
  'bad-rollout-strategy': { means: 'rolling-update settings contradict availability or progress', matches: /(rolling|rollout|update).*(strategy|settings)|max.?(unavailable|surge)|strategy/ },
  unschedulable: { means: 'no node fits the pod: selector, affinity, taint or resources', matches: /schedul|node.?selector|affinity|taint|no.node|insufficient/ },
  'node-cordoned': { means: 'nodes were left unschedulable', matches: /cordon|unschedulable/ },
  'node-unhealthy': { means: 'a node is not ready or under pressure', matches: /node.*(not.?ready|unhealthy|pressure|lost|down|disk|memory)|kubelet|pods.on.lost.node|evict/ },
  'quota-exceeded': { means: 'a ResourceQuota or LimitRange refuses pods', matches: /quota|limit.?range|pods.refused/ },
  'service-account-missing': { means: 'pods name a ServiceAccount that does not exist', matches: /service.?account/ },
  'permission-missing': { means: 'RBAC refuses what a component needs', matches: /rbac|permission|forbidden|role.?binding|cluster.?role|(^|\W|-)role.*(verb|lost|lack)|not.allowed|verb/ },
  'admission-refuses': { means: 'an admission webhook or pod security level refuses objects', matches: /webhook|admission|pod.security|psa|pods.refused/ },
  'disruption-budget-blocks': { means: 'a PodDisruptionBudget lets no pod go', matches: /disruption|pdb|evict/ },
  'stuck-finalizer': { means: 'an object can not go because nobody removes its finalizer', matches: /finali[sz]er|terminating/ },
  'scaled-to-zero': { means: 'a workload has no replicas', matches: /scaled?.*(zero|0|down)|(no|zero|\b0).replicas|replicas.*(zero|0)/ },
  'autoscaler-misconfigured': { means: 'an autoscaler can not see its metric, or its bounds are wrong', matches: /autoscal|hpa/ },
  'job-failing': { means: 'a Job or CronJob fails, hangs, or was suspended', matches: /job/ },
  'storage-unavailable': { means: 'a volume or claim can not be bound or mounted', matches: /volume|claim|storage|mount/ },
  'custom-resource-invalid': { means: 'a custom resource asks for something wrong, and its controller follows or gives up', matches: /custom.resource|(^|\W|-)cr(\W|-|$)|flash.?sale|spec.*(invalid|rejected)|(invalid|bad|wrong).*(spec|resource|discount)|discount|operator.*(reject|refus)/ },
  'controller-not-running': { means: 'the controller behind custom resources does not work, so they go stale', matches: /operator|controller|reconcil|stale/ },
  'helm-values-wrong': { means: 'a Helm release carries a wrong value', matches: /helm|release.*(value|upgrade)|chart/ },
  'upstream-address-wrong': { means: 'a program calls a host or port that is not the right one', matches: /upstream.*(address|host|url|port|name|unresolv|wrong|missing|nowhere|does.not)|(wrong|invalid|bad|missing|unknown|nonexistent).*(host|url|address|endpoint|port|service|upstream)|(host|url|address).*(wrong|does.not|not.found|unresolv|invalid)|unresolvable/ },
  'feature-flag': { means: 'a flag turned on what does not work, or off what is needed', matches: /flag|feature|toggle|maintenance.(mode|switch)/ },
  'retry-storm': { means: 'retries keep the load above what can be served', matches: /retr(y|ies)|metastable|storm|amplif/ },
  'pool-too-small': { means: 'a pool of connections or workers is smaller than the load', matches: /pool|concurrency|workers|upstream.?connections|(one|single|few|max\S*).(upstream.)?connections?/ },
  'rate-limit-too-low': { means: 'a limiter refuses legitimate requests', matches: /rate.?limit|throttl|429|too.many.requests/ },
  'timeout-too-short': { means: 'a deadline is shorter than the work', matches: /(time.?out|deadline).*(short|tight|low|small|below|wrong|aggressive|misconfig|millisecond|(^|[^a-z])ms)|(short|tight|low|small|wrong|aggressive|tiny|millisecond).*(time.?out|deadline)|too.tight/ },
  'cache-ineffective': { means: 'a cache is off, too small or expires at once, and what is behind it carries the load', matches: /cache|(^|[^a-z])ttl/ },
  'poison-message': { means: 'one message that can not be processed blocks those behind it', matches: /poison|dead.?letter|head.of.line|undecod|unpars|malformed|(bad|broken|corrupt|invalid|stuck|blocking|unreadable|unprocessable).*(message|payload|record|event|(^|\W)row)|(message|payload|record|event|(^|\W)row).*(corrupt|invalid|stuck|can.?not|block|broken|fails)/ },
  'slow-consumer': { means: 'what works off a queue is slower than what fills it', matches: /(slow|lagging|behind|throttled|starved).*(consumer|worker|notifier|processor|send|poll|release)|(consumer|worker|notifier|processor|poll|batch|send|pace).*(slow|(^|[^a-z])lag|behind|interval|rare|small|long|low|pause|delay)/ },
  'descriptor-exhaustion': { means: 'the process ran out of file descriptors or sockets', matches: /descriptor|emfile|ulimit|open.files|file.?handle|(^|\W)fds?(\W|$)/ },
  'disk-full': { means: 'a volume has no space left', matches: /disk|no.space|enospc|volume.*full|ephemeral/ },
  'token-or-key-mismatch': { means: 'a key, token or its lifetime differs between who issues and who checks', matches: /token|jwt|signature|issuer|rotat|(signing|verif\S*|old|stale|shared|hmac).?key|key.*(mismatch|stale|old|differ|version|sign)/ },
  'wrong-route': { means: 'a gateway or ingress sends a path to the wrong backend', matches: /rout|ingress|(wrong|another|other).*(backend|path)|(backend|path).*(wrong|mismatch|maps)/ },
  'missing-index': { means: 'a query reads a whole table for want of an index', matches: /index/ },
  'stale-statistics': { means: 'the planner errs because statistics are old', matches: /statistic|analy[sz]e|vacuum|plan/ },
  'vacuum-off': { means: 'autovacuum does not run', matches: /vacuum|bloat/ },
  'blocked-by-session': { means: 'a session holds a lock others wait for (idle in transaction, long statement, DDL)', matches: /block|lock|idle.*(transaction|session)|long.(transaction|statement)|transaction/ },
  'prepared-transaction': { means: 'a forgotten prepared transaction holds locks', matches: /prepared/ },
  'advisory-lock': { means: 'an advisory lock is never released', matches: /advisory|lock/ },
  'connections-exhausted': { means: 'clients used up the connections of a server, role or database', matches: /(connection|session|slot|client).*(exhaust|saturat|used.up|full|too.many|left|no.more|hoard|leak|storm|flood|pil|limit)|(too.many|exhaust|leak|out.of|no.(free|more)|remaining).*(connection|client|session|slot)/ },
  'role-connection-limit': { means: 'a role or database may open too few connections', matches: /connection.limit|role.*limit/ },
  'database-setting-wrong': { means: 'a setting of a server, database or role is wrong', matches: /setting|parameter|guc|read.?only|search.?path|work_mem|statement.?timeout|lock.?timeout|too.tight|override|synchronous/ },
  'sequence-exhausted': { means: 'a sequence or its column type has no next value, or gives used ones', matches: /sequence|serial|nextval|int4|integer|duplicate.*key|overflow/ },
  'privilege-missing': { means: 'a role lost a grant it needs', matches: /grant|privilege|permission|revoke|denied/ },
  'schema-mismatch': { means: 'the code expects a column, table or type the database has not', matches: /schema|migration|column|relation.*(not|missing)|table.*missing|undefined/ },
  'credentials-wrong': { means: 'a password or login is wrong, expired or barred', matches: /password|credential|authenticat|login|expired|valid.until/ },
  'replication-broken': { means: 'a standby or slot stops or holds back the primary', matches: /replica|slot|standby|wal|sync/ },
  'data-corrupt': { means: 'stored data is wrong or unreadable', matches: /corrupt|invalid.page|checksum|bad.data|data.*(wrong|damaged)/ },
  'selector-mismatch': { means: 'a Service selects no pods, or the wrong ones', matches: /selector|no.endpoints|endpoints|label/ },
  'target-port-wrong': { means: 'a Service sends to a port nobody listens on', matches: /(target|service|container).?port|port.*(missing|wrong|mismatch|nobody|refus)/ },
  'network-policy-blocks': { means: 'a NetworkPolicy blocks a connection that is needed', matches: /network.?policy|policy|egress|ingress.rule/ },
  'dns-misconfigured': { means: 'the cluster DNS answers wrong, or not at all', matches: /dns|corefile|resolv|nxdomain|rewrite/ },
  'external-name-wrong': { means: 'a Service of type ExternalName stands for a name that is wrong or gone', matches: /external.?name|cname|alias.*(wrong|nowhere|gone|missing|unresolv|does.not)/ },
  'hosts-override': { means: 'a hosts entry overrides DNS with a wrong address', matches: /host.?alias|hosts.(file|entry)|\/etc\/hosts|override/ },
  'listens-on-loopback': { means: 'a program listens on an address nobody else reaches', matches: /loopback|127\.0\.0\.1|localhost|listen|bind/ },
  'ingress-class-missing': { means: 'an Ingress names a class nobody serves', matches: /ingress.*(class|controller|not.served|unserved|nobody)|class.*ingress/ },
  'certificate-invalid': { means: 'a certificate is expired, for another name, or not trusted', matches: /certificate|tls|expired|san|cert/ },
  'firewall-drops': { means: 'a packet filter of a host drops or rejects traffic', matches: /iptables|nft|firewall|packet.filter|drop/ },
  'host-port-conflict': { means: 'two programs want the same port of a node', matches: /host.?port|port.*(conflict|taken|in.use)|free.ports/ },
} as const satisfies Record<string, Mechanism>;

export type MechanismName = keyof typeof mechanisms;
export const mechanismNames = Object.keys(mechanisms) as [MechanismName, ...MechanismName[]];

/** Whether a claim (its mechanism, or mechanism and title) is one of these mechanisms. */
export function isMechanism(claim: string, accepted: readonly MechanismName[]): boolean {
  const words = claim.toLowerCase();
  return accepted.some((name) => words === name || mechanisms[name].matches.test(words));
}
