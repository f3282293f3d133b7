/** All action kinds, by name. */
import type { Action } from '../action.ts';
import { alterSettingKind } from './alter-setting/alter-setting.ts';
import { cancelBackendKind } from './cancel-backend/cancel-backend.ts';
import { configmapKeyKind } from './configmap-key/configmap-key.ts';
import { cordonKind, uncordonKind } from './cordon/cordon.ts';
import { corefileKind } from './corefile/corefile.ts';
import { createIndexKind } from './create-index/create-index.ts';
import { createObjectKind } from './create-object/create-object.ts';
import { deleteObjectKind } from './delete-object/delete-object.ts';
import { deletePodKind } from './delete-pod/delete-pod.ts';
import { drainKind } from './drain/drain.ts';
import { dropIndexKind } from './drop-index/drop-index.ts';
import { evictKind } from './evict/evict.ts';
import { helmRollbackKind } from './helm-rollback/helm-rollback.ts';
import { helmUpgradeValueKind } from './upgrade-value/upgrade-value.ts';
import { httpOperationKind } from './http-operation/http-operation.ts';
import { iptablesRuleKind } from './iptables-rule/iptables-rule.ts';
import type { ActionKind } from './kind.ts';
import { metadataKind } from './metadata/metadata.ts';
import { mysqlAnalyzeKind } from './mysql-analyze/mysql-analyze.ts';
import { mysqlCreateIndexKind } from './mysql-index/create-index.ts';
import { mysqlDropIndexKind } from './mysql-index/drop-index.ts';
import { mysqlKillKind } from './mysql-kill/mysql-kill.ts';
import { mysqlRowsKind } from './mysql-rows/mysql-rows.ts';
import { mysqlSetGlobalKind } from './mysql-set-global/mysql-set-global.ts';
import { patchCustomKind } from './patch-custom/patch-custom.ts';
import { patchActionKind } from './patch/patch.ts';
import { analyzeKind, vacuumKind } from './maintain-table/maintain-table.ts';
import { grantKind, revokeKind } from './privileges/privileges.ts';
import { reindexKind } from './reindex/reindex.ts';
import { rerunJobKind } from './rerun-job/rerun-job.ts';
import { resetSequenceKind } from './reset-sequence/reset-sequence.ts';
import { roleConnectionLimitKind, roleValidUntilKind } from './role-attribute/role-attribute.ts';
import { rolloutRestartKind } from './rollout-restart/rollout-restart.ts';
import { rolloutUndoKind } from './rollout-undo/rollout-undo.ts';
import { rowsKind } from './rows/rows.ts';
import { scaleKind } from './scale/scale.ts';
import { secretKeyKind } from './secret-key/secret-key.ts';
import { setEnvKind } from './set-env/set-env.ts';
import { setImageKind } from './set-image/set-image.ts';
import { setResourcesKind } from './set-resources/set-resources.ts';
import { tableOptionKind } from './table-option/table-option.ts';
import { terminateBackendKind } from './terminate-backend/terminate-backend.ts';
import { undoKind } from './undo/undo.ts';
import { validateConstraintKind } from './validate-constraint/validate-constraint.ts';

export type Kinds = { [K in Action['kind']]: ActionKind<Extract<Action, { kind: K }>> };

export const kinds: Kinds = {
  'postgres.create_index': createIndexKind(),
  'postgres.drop_index': dropIndexKind(),
  'postgres.reindex': reindexKind(),
  'postgres.terminate_backend': terminateBackendKind,
  'postgres.cancel_backend': cancelBackendKind,
  'postgres.analyze': analyzeKind,
  'postgres.vacuum': vacuumKind,
  'postgres.reset_sequence': resetSequenceKind,
  'postgres.validate_constraint': validateConstraintKind,
  'postgres.rows': rowsKind,
  'postgres.grant': grantKind,
  'postgres.revoke': revokeKind,
  'postgres.alter_setting': alterSettingKind,
  'postgres.role_connection_limit': roleConnectionLimitKind,
  'postgres.role_valid_until': roleValidUntilKind,
  'postgres.table_option': tableOptionKind,
  'mysql.kill': mysqlKillKind,
  'mysql.create_index': mysqlCreateIndexKind(),
  'mysql.drop_index': mysqlDropIndexKind(),
  'mysql.set_global': mysqlSetGlobalKind,
  'mysql.analyze': mysqlAnalyzeKind,
  'mysql.rows': mysqlRowsKind,
  'http.operation': httpOperationKind,
  'iptables.rule': iptablesRuleKind,
  'kubectl.rollout_undo': rolloutUndoKind,
  'kubectl.rollout_restart': rolloutRestartKind,
  'kubectl.scale': scaleKind,
  'kubectl.set_image': setImageKind,
  'kubectl.set_env': setEnvKind,
  'kubectl.set_resources': setResourcesKind,
  'kubectl.patch': patchActionKind,
  'kubectl.patch_custom': patchCustomKind,
  'kubectl.configmap_key': configmapKeyKind,
  'kubectl.secret_key': secretKeyKind,
  'kubectl.delete_pod': deletePodKind,
  'kubectl.create_object': createObjectKind,
  'kubectl.delete_object': deleteObjectKind,
  'kubectl.evict': evictKind,
  'kubectl.cordon': cordonKind,
  'kubectl.uncordon': uncordonKind,
  'kubectl.drain': drainKind,
  'kubectl.metadata': metadataKind,
  'kubectl.rerun_job': rerunJobKind,
  'helm.rollback': helmRollbackKind,
  'helm.upgrade_value': helmUpgradeValueKind,
  'coredns.corefile': corefileKind,
  'change.undo': undoKind((action) => kindOf(action)),
};

/** The kind of an action, as one that takes any action: `action.kind` and the kind's own type always agree. */
export function kindOf(action: Action, all: Kinds = kinds): ActionKind {
  return all[action.kind] as unknown as ActionKind;
}
