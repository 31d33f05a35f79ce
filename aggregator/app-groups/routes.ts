import type { RequestHandler } from 'express';
import type { ObservedGroup } from '#aggregator/app-groups/observed-group.ts';
import { type AppGroupsView, type AppGroupView, appGroupsQuery } from '#core/api/app-group-view.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

/** GET /v1/appgroups?namespace=&name=: spec and status of AppGroups. */
export function appGroupsHandler(groups: { views(): ObservedGroup[]; synced(): boolean }): RequestHandler {
  return (request, response) => {
    const { namespace, name } = parseInput(appGroupsQuery, request.query, 'query');
    if (!groups.synced()) throw new AppError('UNAVAILABLE', 'reading the AppGroups');
    const appGroups = groups
      .views()
      .map(viewOf)
      .filter((group) => (namespace ?? group.namespace) === group.namespace && (name ?? group.name) === group.name)
      .toSorted((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
    response.json({ appGroups } satisfies AppGroupsView);
  };
}

function viewOf({ metadata, judged, status }: ObservedGroup): AppGroupView {
  const { name, namespace = 'default', generation } = metadata;
  return { namespace, name, generation, spec: judged.read?.spec, status };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
