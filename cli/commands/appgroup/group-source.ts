import type { ViewOptions } from '#cli/commands/appgroup/view-options.ts';
import { aggregatorUrl } from '#cli/endpoints.ts';
import { getJson } from '#cli/http.ts';
import { readStateSources } from '#cli/state-source.ts';
import { tlsCredentials } from '#cli/tls-options.ts';
import { type AppGroupView, appGroupsView } from '#core/api/app-group-view.ts';
import { groupViewsOf } from '#core/appgroup/group-views.ts';
import type { ClusterState } from '#core/scoring/snapshot.ts';

/** Where AppGroups are looked up. */
export interface GroupSource {
  /** Those of a namespace, or of all. */
  groups(namespace?: string): Promise<AppGroupView[]>;
  /** Where they are from files. */
  state?: ClusterState;
}

/** The files that are given, else the aggregator. */
export async function openGroupSource(options: ViewOptions): Promise<GroupSource> {
  const { filename, recursive = false, networkTopology, weightsName, aggregator } = options;
  if (filename !== undefined) {
    const state = await readStateSources({ filename, recursive, networkTopology, weightsName });
    const views = groupViewsOf(state, new Date().toISOString());
    return {
      state,
      groups: async (namespace) => views.filter((view) => view.namespace === (namespace ?? view.namespace)),
    };
  }
  const base = new URL('v1/appgroups', await aggregatorUrl(aggregator));
  const tls = tlsCredentials(options);
  return {
    groups: async (namespace) => {
      const url = new URL(base);
      if (namespace !== undefined) url.searchParams.set('namespace', namespace);
      return (await getJson(url, appGroupsView, tls)).appGroups;
    },
  };
}
