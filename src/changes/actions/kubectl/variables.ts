/** Environment variables whose value is code, or carries what is hidden. */
import { RefusedError } from '../../errors.ts';

/** Read by loaders, interpreters and shells before the program itself. */
const loading = /^(?:LD_.*|DYLD_.*|GCONV_PATH|PATH|IFS|ENV|BASH_ENV|BASH_FUNC.*|SHELLOPTS|PROMPT_COMMAND|PS4|NODE_OPTIONS|NODE_PATH|NODE_REPL_EXTERNAL_MODULE|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|PYTHON(?:PATH|HOME|STARTUP|INSPECT|USERBASE|WARNINGS|BREAKPOINT|EXECUTABLE)|PERL5?(?:OPT|LIB|5DB|5LIB)|RUBY(?:OPT|LIB)|PHP_INI_SCAN_DIR|PHPRC|CLASSPATH|JAVA_OPTS|(?:JAVA|JDK_JAVA|MAVEN|CATALINA|GRADLE)_(?:TOOL_)?(?:OPTIONS|OPTS)|_JAVA_OPTIONS|DOTNET_STARTUP_HOOKS|DOTNET_ADDITIONAL_DEPS|COR_PROFILER.*|CORECLR_.*|ERL_.*FLAGS|GIT_(?:SSH|SSH_COMMAND|PROXY_COMMAND|EXTERNAL_DIFF|CONFIG.*|EXEC_PATH|TEMPLATE_DIR)|EDITOR|VISUAL|PAGER|BROWSER|OPENSSL_CONF|OPENSSL_ENGINES|OPENSSL_MODULES|SSL_CERT_(?:FILE|DIR)|PGSERVICEFILE|PSQLRC|(?:HTTP|HTTPS|ALL|FTP)_PROXY)$/i;

/** Sizes of heaps and pools, which is what people set these for. */
const sizes = /^(?:--max-(?:old|semi)-space-size=\d{1,7}|-X(?:m[xsn]|ss)\d{1,7}[kKmMgG]?|-XX:(?:Max|Initial|Min)RAMPercentage=\d{1,3}(?:\.\d+)?|-XX:(?:MaxMetaspaceSize|MaxDirectMemorySize|ReservedCodeCacheSize)=\d{1,7}[kKmMgG]?|-XX:[+-](?:UseG1GC|UseZGC|UseParallelGC|UseSerialGC|UseContainerSupport|ExitOnOutOfMemoryError))$/;

/** Throws RefusedError. */
export function refuseVariable(name: string, value: string): void {
  if (loadsCode(name, value)) throw new RefusedError(`${name} decides what code is loaded, or whom the program trusts: set it by hand, or roll back to a revision that had it so.`);
  // `$$(` stands for itself; `$(NAME)` becomes what NAME holds, which may be a secret.
  if (/(?<!\$)(?:\$\$)*\$\(/.test(value)) throw new RefusedError(`The value of ${name} takes in another variable by $(...), which may hold a secret: set it by hand.`);
}

/** The same for a key of a ConfigMap or Secret, which `envFrom` makes a variable. In small letters it is a file's or the application's own, but for proxies. Throws RefusedError. */
export function refuseKey(key: string, value: string): void {
  if ((key === key.toUpperCase() || /_proxy$/i.test(key)) && loadsCode(key, value)) throw new RefusedError(`${key} decides what code is loaded, or whom the program trusts, where it becomes a variable: set it by hand.`);
}

function loadsCode(name: string, value: string): boolean {
  return loading.test(name) && !value.split(/\s+/).filter(Boolean).every((word) => sizes.test(word));
}
