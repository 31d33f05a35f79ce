package conformance_test

import (
	"fmt"
	"slices"
	"testing"

	v1 "k8s.io/api/core/v1"
)

// imagesPerNode makes a node of about 9 kB, as the 50 images that a kubelet reports do, and 5,000 of them about 45 MB.
const imagesPerNode = 50

func TestFiveThousandNodesAreFilteredAndScored(t *testing.T) {
	nodes := make([]*v1.Node, manyNodes)
	for i := range nodes {
		nodes[i] = nodeWithEverything(largeClusterNode(i), imagesPerNode)
	}
	for _, form := range bothForms {
		t.Run(form.name, func(t *testing.T) {
			proxy := startCountingProxy(t, largeCluster(t))
			client := newClient(t, extenderConfig(proxy.url, form.nodeCacheCapable))
			passed, failed, rejected, err := client.Filter(memberOf("web"), nodeInfos(nodes...))
			if err != nil {
				t.Fatal(err)
			}
			if len(failed) != 0 || len(rejected) != manyNodes/5 {
				t.Errorf("got %d failed and %d rejected nodes, want none and the %d far ones", len(failed), len(rejected), manyNodes/5)
			}
			for _, info := range passed {
				if _, both := rejected[info.Node().Name]; both {
					t.Errorf("%s both passed and was rejected", info.Node().Name)
				}
			}
			if best := largeClusterNode(0); len(passed) == 0 || !slices.Contains(namesOf(passed), best) {
				t.Errorf("%s, on which the dependency runs, is not among the %d that passed", best, len(passed))
			}
			if !form.nodeCacheCapable && len(passed) > 0 {
				expectSameJSON(t, passed[0].Node(), nodeWithEverything(passed[0].Node().Name, imagesPerNode))
			}

			list, _, err := client.Prioritize(memberOf("web"), nodeInfos(nodes...))
			if err != nil {
				t.Fatal(err)
			}
			scores := scoresByHost(list)
			if len(scores) != manyNodes {
				t.Fatalf("got %d scores, want %d", len(scores), manyNodes)
			}
			if here, near, far := scores[largeClusterNode(0)], scores[largeClusterNode(1)], scores[largeClusterNode(4)]; here <= near || near <= far {
				t.Errorf("got %d here, %d near and %d far, want them to fall", here, near, far)
			}
			expectConnections(t, proxy, 1)
		})
	}
}

// The scheduler looks for as many feasible nodes as the size of the cluster tells, however many there are.
func TestFilterKeepsAsManyNodesAsTheSchedulerWouldScoreOfAsMany(t *testing.T) {
	client := newClient(t, extenderConfig(largeCluster(t), true))
	all := make([]string, manyNodes)
	for i := range all {
		all[i] = largeClusterNode(i)
	}
	for _, count := range []int{1, 99, 101, 499, 500, 501, 1_000, 4_999, manyNodes} {
		t.Run(fmt.Sprintf("%d nodes", count), func(t *testing.T) {
			names := all[:count]
			nodes := readyNodes(all...)
			for _, node := range nodes[count:] {
				node.Spec.Unschedulable = true
			}
			alone, err := decide(t, memberOf("cache"), nodes)
			if err != nil {
				t.Fatal(err)
			}
			passed, failed, rejected, err := client.Filter(memberOf("cache"), namedNodes(names...))
			if err != nil {
				t.Fatal(err)
			}
			if len(passed) != alone.FeasibleNodes {
				t.Errorf("got %d nodes, want %d, as the scheduler finds without an extender", len(passed), alone.FeasibleNodes)
			}
			if len(failed) != 0 || len(rejected) != 0 {
				t.Errorf("got %d failed and %d rejected nodes, want none: a node that is left out is not infeasible", len(failed), len(rejected))
			}
			if !slices.Contains(namesOf(passed), largeClusterNode(0)) {
				t.Error("the best node is not among those that are kept")
			}
		})
	}
}
