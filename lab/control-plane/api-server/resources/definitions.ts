import { customResourceDefinition } from '#lab/control-plane/api-server/custom/definition.ts';
import { type KubeObject, objectOrEmpty, timestamp } from '#lab/control-plane/api-server/kube-object.ts';
import { checkFieldTypes } from '#lab/control-plane/api-server/resources/decode.ts';
import { invalid } from '#lab/control-plane/api-server/status-error.ts';

/** A CustomResourceDefinition with defaults in its names, and established: it is served as soon as it is stored. */
export function admitDefinition(object: KubeObject): KubeObject {
  checkFieldTypes(object, customResourceDefinition);
  const definition = customResourceDefinition.parse(object);
  const { group, names, versions } = definition.spec;
  const wanted = `${names.plural}.${group}`;
  if (object.metadata.name !== wanted) {
    const message = `Invalid value: "${object.metadata.name}": must be spec.names.plural+"."+spec.group`;
    const type = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };
    throw invalid(type, object.metadata.name, [{ reason: 'FieldValueInvalid', field: 'metadata.name', message }]);
  }
  const acceptedNames = { singular: names.kind.toLowerCase(), listKind: `${names.kind}List`, ...names };
  return {
    ...object,
    spec: { conversion: { strategy: 'None' }, ...objectOrEmpty(object.spec), names: acceptedNames },
    status: {
      conditions:
        object.status === undefined ? establishedConditions(new Date()) : objectOrEmpty(object.status).conditions,
      acceptedNames,
      storedVersions: versions.filter(({ storage }) => storage).map(({ name }) => name),
    },
  };
}

function establishedConditions(now: Date) {
  const lastTransitionTime = timestamp(now);
  return [
    { type: 'NamesAccepted', status: 'True', lastTransitionTime, reason: 'NoConflicts', message: 'no conflicts found' },
    {
      type: 'Established',
      status: 'True',
      lastTransitionTime,
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    },
  ];
}
