import type { CallGraph } from '#benchmark/call-graph.ts';
import { appGroupManifest, podTemplate, SERVICE_IMAGE, SERVICE_PORT } from '#benchmark/manifests.ts';
import { SCHEDULER_NAME } from '#core/api/names.ts';

/** The manifests of a preset for a cluster, by the name of their file; each app in a namespace of its own. */
export function exampleApp(graph: CallGraph, version: string): Record<string, object[]> {
  const namespace = graph.name;
  return {
    'namespace.yaml': [namespaceManifest(namespace)],
    'app-group.yaml': [appGroupManifest(graph, namespace)],
    'workloads.yaml': graph.workloads.flatMap(({ name }, position) => [
      deployment(graph, name, `${SERVICE_IMAGE}:${version}`, position + 1),
      service(namespace, name),
    ]),
    'kustomization.yaml': [
      {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources: ['namespace.yaml', 'app-group.yaml', 'workloads.yaml'],
        labels: [{ pairs: { 'app.kubernetes.io/part-of': graph.name }, includeTemplates: true }],
      },
    ],
  };
}

function namespaceManifest(name: string): object {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function deployment(graph: CallGraph, workload: string, image: string, seed: number): object {
  const namespace = graph.name;
  const template = podTemplate(graph, workload, { namespace, schedulerName: SCHEDULER_NAME, seed });
  const [container] = template.spec.containers;
  const labels = { 'app.kubernetes.io/name': workload };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: workload, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, ...template.metadata.labels } },
        spec: {
          ...template.spec,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_532,
            runAsGroup: 65_532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              ...container,
              image,
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
            },
          ],
        },
      },
    },
  };
}

function service(namespace: string, name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': name } },
    spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'http', port: SERVICE_PORT }] },
  };
}
