package conformance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// nodeWithEverything is a node as a kubelet reports it, with so many images.
func nodeWithEverything(name string, images int) *v1.Node {
	at := metav1.NewTime(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	amounts := v1.ResourceList{
		v1.ResourceCPU:              resource.MustParse("3900m"),
		v1.ResourceMemory:           resource.MustParse("7910Mi"),
		v1.ResourceEphemeralStorage: resource.MustParse("47093746742"),
		"hugepages-2Mi":             resource.MustParse("0"),
		"example.com/gpu":           resource.MustParse("1e3"),
	}
	node := &v1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:              name,
			UID:               "6e0d9d1c-3f0c-4c38-9d6c-0d2f6c5d3a01",
			ResourceVersion:   "1201",
			CreationTimestamp: at,
			Labels:            map[string]string{v1.LabelHostname: name, v1.LabelTopologyZone: "a", "empty": ""},
			Annotations:       map[string]string{"constructor": "x", "note": "quotes \" and < > & and \u2028 and \U0001F680"},
		},
		Spec: v1.NodeSpec{
			PodCIDR:    "10.244.0.0/24",
			ProviderID: "example://" + name,
			Taints:     []v1.Taint{{Key: "dedicated", Value: "yes", Effect: v1.TaintEffectNoExecute, TimeAdded: &at}},
		},
		Status: v1.NodeStatus{
			Capacity:    amounts,
			Allocatable: amounts,
			Conditions: []v1.NodeCondition{{
				Type: v1.NodeReady, Status: v1.ConditionTrue, Reason: "KubeletReady", LastHeartbeatTime: at, LastTransitionTime: at,
			}},
			Addresses: []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: "192.0.2.1"}},
			NodeInfo:  v1.NodeSystemInfo{Architecture: "amd64", KubeletVersion: "v1.36.3"},
		},
	}
	for i := range images {
		digest := fmt.Sprintf("example.com/team/image-%d@sha256:%s", i, strings.Repeat("0123456789abcdef", 4))
		node.Status.Images = append(node.Status.Images, v1.ContainerImage{
			Names:     []string{digest, fmt.Sprintf("example.com/team/image-%d:1.2.3", i)},
			SizeBytes: 123_456_789,
		})
	}
	return node
}

func expectSameJSON(t *testing.T, got, want any) {
	t.Helper()
	gotJSON, gotErr := json.Marshal(got)
	wantJSON, wantErr := json.Marshal(want)
	if gotErr != nil || wantErr != nil {
		t.Fatal(gotErr, wantErr)
	}
	at := 0
	for at < len(gotJSON) && at < len(wantJSON) && gotJSON[at] == wantJSON[at] {
		at++
	}
	if at < len(gotJSON) || at < len(wantJSON) {
		t.Fatalf("differs at byte %d: got …%s…, want …%s…", at, around(gotJSON, at), around(wantJSON, at))
	}
}

// around is the text some bytes before and after a place.
func around(text []byte, at int) []byte {
	return text[max(0, at-100):min(len(text), at+100)]
}
