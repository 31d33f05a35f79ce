package conformance_test

import (
	"fmt"
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"
	schedulerapi "k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
)

func TestPreemptionEvictsPodsOnlyWhereFilterWouldLetThePodPass(t *testing.T) {
	cases := []struct {
		name   string
		pod    *v1.Pod
		placed []*v1.Pod
		want   map[string][]string
	}{
		{
			"a node that breaks a limit drops out",
			memberOf("web"),
			[]*v1.Pod{runningOn("near", "a"), runningOn("near", "b"), runningOn("far", "c"), runningOn("worst", "d")},
			map[string][]string{"near": {"a", "b"}},
		},
		{"all nodes may drop out", memberOf("web"), []*v1.Pod{runningOn("far", "a")}, nil},
		{
			"a pod of no AppGroup may take any node's place",
			&v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "plain"}},
			[]*v1.Pod{runningOn("near", "a"), runningOn("far", "b")},
			map[string][]string{"near": {"a"}, "far": {"b"}},
		},
	}
	for _, form := range bothForms {
		for _, test := range cases {
			t.Run(form.name+": "+test.name, func(t *testing.T) {
				client := newClient(t, withPreemption(extenderConfig(smallCluster(t), form.nodeCacheCapable)))
				if !client.SupportsPreemption() {
					t.Fatal("the client does not support preemption")
				}
				victims := victimsByNode(test.placed)
				nodes := readyNodes("near", "far", "worst")
				got, err := client.ProcessPreemption(test.pod, victims, cache.NewSnapshot(test.placed, nodes).NodeInfos())
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != len(test.want) {
					t.Fatalf("got %v, want %v", got, test.want)
				}
				for node, uids := range test.want {
					if got[node] == nil || len(got[node].Pods) != len(uids) || got[node].NumPDBViolations != victims[node].NumPDBViolations {
						t.Fatalf("%s: got %+v, want %v and %d violations", node, got[node], uids, victims[node].NumPDBViolations)
					}
					for i, uid := range uids {
						if string(got[node].Pods[i].UID) != uid {
							t.Errorf("%s: got victim %s, want %s", node, got[node].Pods[i].UID, uid)
						}
					}
				}
			})
		}
	}
}

func TestNoVictimIsRefusedWhateverItsFields(t *testing.T) {
	for _, density := range densities {
		t.Run(density.name, func(t *testing.T) {
			filler := density.set(newFiller(t))
			client := newClient(t, withPreemption(extenderConfig(smallCluster(t), false)))
			placed := make([]*v1.Pod, fuzzedObjects)
			for i := range placed {
				placed[i] = fuzzedPod(t, filler)
				placed[i].Name = fmt.Sprintf("victim-%d", i)
				placed[i].Spec.NodeName = "near"
			}
			victims := map[string]*extenderv1.Victims{"near": {Pods: placed}}
			got, err := client.ProcessPreemption(memberOf("web"), victims, cache.NewSnapshot(placed, readyNodes("near")).NodeInfos())
			if err != nil || got["near"] == nil || len(got["near"].Pods) != len(placed) {
				t.Errorf("got %v, %v, want all %d victims", got, err, len(placed))
			}
		})
	}
}

func withPreemption(config schedulerapi.Extender) schedulerapi.Extender {
	config.PreemptVerb = "preempt"
	return config
}

func runningOn(node, uid string) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "store", Name: "victim-" + uid, UID: types.UID(uid)},
		Spec:       v1.PodSpec{NodeName: node, Containers: []v1.Container{{Name: "main"}}},
		Status:     v1.PodStatus{Phase: v1.PodRunning},
	}
}

// victimsByNode counts one broken disruption budget for each pod but the first of a node.
func victimsByNode(pods []*v1.Pod) map[string]*extenderv1.Victims {
	byNode := map[string]*extenderv1.Victims{}
	for _, pod := range pods {
		node := pod.Spec.NodeName
		if byNode[node] == nil {
			byNode[node] = &extenderv1.Victims{NumPDBViolations: -1}
		}
		byNode[node].Pods = append(byNode[node].Pods, pod)
		byNode[node].NumPDBViolations++
	}
	return byNode
}
