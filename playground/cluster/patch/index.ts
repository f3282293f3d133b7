/** Patches, and who owns which fields. */
export { applyPatch } from './apply-patch.ts';
export { recordUpdate } from './managed-fields.ts';
export { serverSideApply } from './server-side-apply.ts';
