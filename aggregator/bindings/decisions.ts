import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { type DecisionReceipt, decisionReport } from '#core/api/decisions.ts';
import { parseInput } from '#core/validation.ts';

/** POST /v1/decisions: for which pods the scheduler got an answer of the extender. */
export function decisionsHandler(decided: (uids: readonly string[]) => void): RequestHandler {
  const receipt: DecisionReceipt = { instance: randomUUID() };
  return (request, response) => {
    const { decisions } = parseInput(decisionReport, request.body, 'decisions');
    decided(decisions.map(({ podUid }) => podUid));
    response.json(receipt);
  };
}
