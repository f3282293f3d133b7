/** The order of test files: what takes longest begins first, so that no worker is left alone with it at the end. */
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** By measured seconds on two cores; a machine that ran them before knows better, a fresh one would go by the size of files. */
const long = [
  'e2e/kubernetes-changes', 'e2e/main-job', 'deploy/compose', 'adversarial/model', 'e2e/browser', 'cluster/transcripts', 'adversarial/rules', 'actions/cluster-kinds', 'bench/bounds',
  'worlds/kubeconfig', 'test/main', 'changes/executor-crash', 'database/embedded', 'worlds/playground',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex((name) => moduleId.endsWith(`${name}.test.ts`));
      return at < 0 ? long.length : at;
    };
    return others.toSorted((one, other) => rank(one) - rank(other));
  }
}
