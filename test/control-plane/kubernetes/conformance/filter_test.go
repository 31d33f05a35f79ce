package conformance_test

import (
	"maps"
	"slices"
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"
)

func TestFilterRejectsTheNodesThatBreakALimitAndSaysWhy(t *testing.T) {
	all := []string{"here", "near", "far", "narrow", "lossy", "worst"}
	rejections := extenderv1.FailedNodesMap{
		"far":    "network limit broken: latency to db",
		"narrow": "network limit broken: bandwidth to db",
		"lossy":  "network limit broken: loss to db",
		"worst":  "network limit broken: latency to db",
	}
	only := func(name string) extenderv1.FailedNodesMap { return extenderv1.FailedNodesMap{name: rejections[name]} }
	cases := []struct {
		name         string
		pod          *v1.Pod
		candidates   []string
		wantPassed   []string
		wantRejected extenderv1.FailedNodesMap
	}{
		{"every node is told apart", memberOf("web"), all, []string{"here", "near"}, rejections},
		{"all candidates may be rejected", memberOf("web"), []string{"far"}, nil, only("far")},
		{"a node that it does not know passes", memberOf("web"), []string{"unheard-of", "far"}, []string{"unheard-of"}, only("far")},
		{"a node may have a name that means something in JavaScript", memberOf("web"), []string{"constructor"}, []string{"constructor"}, nil},
		{"a workload without limits may go anywhere", memberOf("cache"), all, all, nil},
		{"a pod of no AppGroup may go anywhere", &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "plain"}}, all, all, nil},
		{"no candidates is no error", memberOf("web"), nil, nil, nil},
	}
	for _, form := range bothForms {
		client := newClient(t, extenderConfig(smallCluster(t), form.nodeCacheCapable))
		for _, test := range cases {
			t.Run(form.name+": "+test.name, func(t *testing.T) {
				passed, failed, unresolvable, err := client.Filter(test.pod, namedNodes(test.candidates...))
				if err != nil {
					t.Fatal(err)
				}
				if got := sorted(namesOf(passed)); !slices.Equal(got, sorted(test.wantPassed)) {
					t.Errorf("passed: got %v, want %v", got, test.wantPassed)
				}
				if !maps.Equal(unresolvable, test.wantRejected) {
					t.Errorf("FailedAndUnresolvableNodes: got %v, want %v", unresolvable, test.wantRejected)
				}
				if len(failed) != 0 {
					t.Errorf("FailedNodes invites the scheduler to preempt pods: got %v, want none", failed)
				}
			})
		}
	}
}

func TestFilterGivesNodesBackAsTheyWereSent(t *testing.T) {
	sent := nodeWithEverything("near", 1)
	client := newClient(t, extenderConfig(smallCluster(t), false))
	passed, _, _, err := client.Filter(memberOf("web"), nodeInfos(sent))
	if err != nil {
		t.Fatal(err)
	}
	if len(passed) != 1 {
		t.Fatalf("got %d nodes, want 1", len(passed))
	}
	expectSameJSON(t, passed[0].Node(), sent)
}
