package conformance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	manyNodes = 5_000
	// Makes a node of about 9 kB, as the 50 images that a kubelet reports do, and 5,000 of them about 45 MB.
	imagesPerNode = 50
)

func TestFiveThousandNodesAreFilteredAndScored(t *testing.T) {
	url := serve(t, writeLargeCluster(t))
	nodes := make([]*v1.Node, manyNodes)
	for i := range nodes {
		nodes[i] = nodeWithEverything(largeClusterNode(i), imagesPerNode)
	}
	for _, form := range bothForms {
		t.Run(form.name, func(t *testing.T) {
			proxy := startCountingProxy(t, url)
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
			if best := largeClusterNode(0); len(passed) == 0 || !contains(passed, best) {
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

func largeClusterNode(index int) string { return fmt.Sprintf("node-%04d", index) }

// writeLargeCluster writes a state in which every fifth node is too far from node-0000, where the dependency runs.
func writeLargeCluster(t *testing.T) string {
	t.Helper()
	type object = map[string]any
	const ours = "netaware.io/v1alpha1"
	measuredAt := "2026-01-01T12:00:00Z"
	items := []any{}
	for i := range manyNodes {
		name := largeClusterNode(i)
		items = append(items, object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": name}})
		if i == 0 {
			continue
		}
		rtt := 1_000 + i
		if i%5 == 4 {
			rtt = 40_000 + i
		}
		link := object{"destination": largeClusterNode(0), "rttMicroseconds": rtt, "rttMeasuredAt": measuredAt, "samples": 70}
		items = append(items, object{
			"apiVersion": ours, "kind": "NetworkTopologySlice",
			"metadata": object{"name": name}, "origin": name, "links": []object{link},
		})
	}
	web := object{"name": "web", "dependencies": []object{{"name": "db", "maxLatencyMicroseconds": 20_000}}}
	items = append(items, object{
		"apiVersion": ours, "kind": "AppGroup", "metadata": object{"name": "shop", "namespace": "store"},
		"spec": object{"requirements": "All", "workloads": []object{web, {"name": "db"}}},
	})
	db := memberOf("db")
	db.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
	db.Spec.NodeName = largeClusterNode(0)
	db.Status.Phase = v1.PodRunning
	content, err := json.Marshal(object{"apiVersion": "v1", "kind": "List", "items": append(items, db)})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cluster.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
