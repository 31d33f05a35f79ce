import type { MessageReader } from '#runtime/kubernetes/protobuf/message-reader.ts';
import { readObjectMeta } from '#runtime/kubernetes/protobuf/object-meta.ts';

/** A pod in protobuf (k8s.io/api/core/v1/generated.proto), read to what `trimPod` keeps of one. */
export function readPodMessage(pod: MessageReader): object {
  const read: { metadata?: object; spec?: object; status?: object } = {};
  for (let field = pod.next(); field !== 0; field = pod.next()) {
    if (field === 1) read.metadata = readObjectMeta(pod.message());
    else if (field === 2) read.spec = readSpec(pod.message());
    else if (field === 3) read.status = readStatus(pod.message());
  }
  return read;
}

interface SpecRead {
  nodeName?: string | undefined;
  schedulerName?: string | undefined;
  schedulingGates?: object[];
  containers: [];
}

function readSpec(spec: MessageReader): object {
  const read: SpecRead = { containers: [] };
  for (let field = spec.next(); field !== 0; field = spec.next()) {
    if (field === 10) read.nodeName = spec.string() || undefined;
    else if (field === 19) read.schedulerName = spec.string() || undefined;
    else if (field === 38) {
      read.schedulingGates ??= [];
      read.schedulingGates.push(readGate(spec.message()));
    }
  }
  return read;
}

function readGate(gate: MessageReader): { name: string } {
  const read = { name: '' };
  for (let field = gate.next(); field !== 0; field = gate.next()) {
    if (field === 1) read.name = gate.string();
  }
  return read;
}

function readStatus(status: MessageReader): object {
  const read: { phase?: string | undefined } = {};
  for (let field = status.next(); field !== 0; field = status.next()) {
    if (field === 1) read.phase = status.string() || undefined;
  }
  return read;
}
