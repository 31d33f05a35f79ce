import type { Express, Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Aggregation } from '#aggregator/aggregation.ts';
import { linkViews, topologyView, zonePairView } from '#aggregator/links/topology-view.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import { RefusedReport } from '#aggregator/reports/reports.ts';
import { type ProbePlan, probePlanQuery } from '#core/api/agent.ts';
import * as field from '#core/api/fields.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

export interface RoutesContext {
  aggregation: Aggregation;
  metrics: AggregatorMetrics;
  /** Why nothing can be answered yet; undefined when it can. */
  notReady: () => string | undefined;
  /** Stands before what agents ask and report. */
  demandOwnNode?: RequestHandler | undefined;
}

export function addRoutes(app: Express, context: RoutesContext): void {
  app.use('/v1', demandReady(context));
  if (context.demandOwnNode !== undefined) app.use(context.demandOwnNode);
  app.get('/v1/probe-plan', probePlanHandler(context));
  app.post('/v1/reports', reportsHandler(context));
  app.get('/v1/plan', planHandler(context));
  app.get('/v1/topology', topologyHandler(context));
  app.get('/v1/links', linksHandler(context));
  app.get('/v1/zones', zonesHandler(context));
}

/** Until the nodes are known every one would look unknown, and what was published is not there to be added to. */
function demandReady({ notReady }: RoutesContext): RequestHandler {
  return (_request, _response, next) => {
    const reason = notReady();
    if (reason !== undefined) throw new AppError('UNAVAILABLE', reason);
    next();
  };
}

/** Answers at once where the plan is not the one that the agent has, else when it changes or the wait is over. */
function probePlanHandler({ aggregation }: RoutesContext): RequestHandler {
  return (request, response) => {
    const { node, after, waitSeconds, tcpPort } = parseInput(probePlanQuery, request.query, 'query');
    aggregation.heard(node, Date.now(), tcpPort);
    const plan = planFor(aggregation, node);
    if (after !== plan.revision || waitSeconds === 0) {
      response.json(plan);
      return;
    }
    const forget = aggregation.waiters.wait(node, after, waitSeconds * 1000, () => {
      aggregation.heard(node, Date.now());
      sendPlan(aggregation, node, response);
    });
    response.on('close', forget);
  };
}

function planFor(aggregation: Aggregation, node: string): ProbePlan {
  const plan = aggregation.planFor(node, Date.now());
  if (plan === undefined) throw noSuchNode(node);
  return plan;
}

/** For a node that was removed while its agent waited there is no plan any more. */
function sendPlan(aggregation: Aggregation, node: string, response: Response): void {
  const plan = aggregation.planFor(node, Date.now());
  if (plan === undefined) response.status(404).json({ error: noSuchNode(node).message });
  else response.json(plan);
}

function reportsHandler({ aggregation, metrics }: RoutesContext): RequestHandler {
  return (request, response) => {
    try {
      const receipt = aggregation.takeReport(request.body, Date.now());
      metrics.reports.inc({ outcome: 'accepted' });
      response.json(receipt);
    } catch (err) {
      metrics.reports.inc({ outcome: 'refused' });
      if (err instanceof RefusedReport) metrics.refusedReports.inc({ reason: err.reason });
      throw err;
    }
  };
}

const planQuery = z.object({ node: field.nodeName.optional() });

function planHandler({ aggregation }: RoutesContext): RequestHandler {
  return (request, response) => {
    const { node } = parseInput(planQuery, request.query, 'query');
    if (node !== undefined && aggregation.node(node) === undefined) throw noSuchNode(node);
    response.json(aggregation.planView(Date.now(), node));
  };
}

function noSuchNode(node: string, end = 'node'): AppError {
  return new AppError('NOT_FOUND', `query: ${end}: there is no node ${node} in the cluster`);
}

function topologyHandler({ aggregation }: RoutesContext): RequestHandler {
  return (_request, response) => {
    response.json(topologyView(aggregation.overview(Date.now()), aggregation.nodes(), aggregation.store));
  };
}

const linksQuery = z
  .object({ origin: field.nodeName.optional(), destination: field.nodeName.optional() })
  .refine(({ origin, destination }) => origin !== undefined || destination !== undefined, {
    path: ['origin'],
    error: 'an origin, a destination or both are wanted',
  });

function linksHandler({ aggregation }: RoutesContext): RequestHandler {
  return (request, response) => {
    const { origin, destination } = parseInput(linksQuery, request.query, 'query');
    const all = aggregation.nodes().map(({ name }) => name);
    const origins = nodesFor('origin', origin, all);
    const destinations = nodesFor('destination', destination, all);
    response.json({ links: linkViews(aggregation.overview(Date.now()), origins, destinations, aggregation.store) });
  };
}

function nodesFor(end: string, wanted: string | undefined, all: string[]): string[] {
  if (wanted === undefined) return all;
  if (!all.includes(wanted)) throw noSuchNode(wanted, end);
  return [wanted];
}

function zonesHandler({ aggregation }: RoutesContext): RequestHandler {
  return (_request: Request, response) => {
    response.json({ zones: aggregation.overview(Date.now()).matrix.zones.map(zonePairView) });
  };
}
