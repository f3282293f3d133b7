import { createHash } from 'node:crypto';
import type { Store } from '../../incident/store.ts';
import { IncidentNotFoundError } from '../../incident/store-errors.ts';
import type { Evidence, SpecialistName } from '../../incident/types.ts';
import type { Database } from '../database.ts';

interface Row {
  number: number;
  specialist: SpecialistName;
  tool: string;
  command: string;
  text: string;
  failed: boolean;
  hash: string;
  at: Date;
}

const columns = 'number, specialist, tool, command, text, failed, hash, at';

export function createEvidence({ query, transaction }: Database): Store['evidence'] {
  return {
    async add(incidentId, input) {
      const fullText = storable(input.fullText);
      const hash = createHash('sha256').update(fullText, 'utf8').digest('hex');
      const rows = await transaction(async (inside) => {
        const [counter] = await inside<{ number: number }>(
          'UPDATE sre_agent.incidents SET last_evidence = last_evidence + 1 WHERE id = $1 RETURNING last_evidence AS number',
          [incidentId],
        );
        if (!counter) throw new IncidentNotFoundError(incidentId);
        return inside<Row>(
          `INSERT INTO sre_agent.evidence (incident_id, number, specialist, tool, command, text, full_text, failed, hash)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${columns}`,
          [incidentId, counter.number, input.specialist, input.tool, storable(input.command), storable(input.text), fullText, input.failed, hash],
        );
      });
      return evidenceOf(rows[0] as Row);
    },
    async get(incidentId, evidenceId) {
      const number = numberOf(evidenceId);
      if (number === undefined) return undefined;
      const statement = `SELECT ${columns}, full_text FROM sre_agent.evidence WHERE incident_id = $1 AND number = $2`;
      const [row] = await query<Row & { full_text: string }>(statement, [incidentId, number]);
      return row && { ...evidenceOf(row), fullText: row.full_text };
    },
    async list(incidentId) {
      const statement = `SELECT ${columns} FROM sre_agent.evidence WHERE incident_id = $1 ORDER BY number`;
      return (await query<Row>(statement, [incidentId])).map(evidenceOf);
    },
  };
}

/** Models write these ids: anything but E and a number that PostgreSQL can hold is no evidence. */
function numberOf(evidenceId: string): number | undefined {
  return /^E[1-9]\d{0,8}$/.test(evidenceId) ? Number(evidenceId.slice(1)) : undefined;
}

/** What PostgreSQL will give back: the hash is of this. */
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '\uFFFD'), 'utf8').toString('utf8');
}

function evidenceOf({ number, at, specialist, tool, command, text, failed, hash }: Row): Evidence {
  return { id: `E${number}`, specialist, tool, command, text, failed, hash, at: at.toISOString() };
}
