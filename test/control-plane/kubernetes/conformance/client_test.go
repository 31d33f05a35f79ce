package conformance_test

import (
	"slices"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler"
	schedulerapi "k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// patience is how long a call may take: far above what it does take, for a machine that is busy with other things.
const patience = 2 * time.Minute

// bothForms are the two ways in which kube-scheduler tells its candidates.
var bothForms = []struct {
	name             string
	nodeCacheCapable bool
}{
	{"names of nodes", true},
	{"whole nodes", false},
}

// extenderConfig is what a KubeSchedulerConfiguration says of the extender.
func extenderConfig(url string, nodeCacheCapable bool) schedulerapi.Extender {
	return schedulerapi.Extender{
		URLPrefix:        url,
		FilterVerb:       "filter",
		PrioritizeVerb:   "prioritize",
		Weight:           1,
		NodeCacheCapable: nodeCacheCapable,
		HTTPTimeout:      metav1.Duration{Duration: patience},
	}
}

// newClient makes kube-scheduler's own client of an extender.
func newClient(t *testing.T, config schedulerapi.Extender) fwk.Extender {
	t.Helper()
	client, err := scheduler.NewHTTPExtender(&config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// memberOf is a pod of a workload of the AppGroup store/shop.
func memberOf(workload string) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "store",
			Name:      workload + "-1",
			UID:       types.UID(workload + "-1"),
			Labels:    map[string]string{"netaware.io/app-group": "shop", "netaware.io/workload": workload},
		},
		Spec: v1.PodSpec{Containers: []v1.Container{{Name: workload, Image: "example/" + workload + ":1"}}},
	}
}

func namedNodes(names ...string) []fwk.NodeInfo {
	nodes := make([]*v1.Node, len(names))
	for i, name := range names {
		nodes[i] = &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	}
	return nodeInfos(nodes...)
}

func nodeInfos(nodes ...*v1.Node) []fwk.NodeInfo {
	infos := make([]fwk.NodeInfo, len(nodes))
	for i, node := range nodes {
		info := framework.NewNodeInfo()
		info.SetNode(node)
		infos[i] = info
	}
	return infos
}

func namesOf(nodes []fwk.NodeInfo) []string {
	names := make([]string, len(nodes))
	for i, node := range nodes {
		names[i] = node.Node().Name
	}
	return names
}

func scoresByHost(list *extenderv1.HostPriorityList) map[string]int64 {
	scores := make(map[string]int64, len(*list))
	for _, priority := range *list {
		scores[priority.Host] = priority.Score
	}
	return scores
}

// sorted returns a sorted copy.
func sorted(names []string) []string {
	copied := slices.Clone(names)
	slices.Sort(copied)
	return copied
}
