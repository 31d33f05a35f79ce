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

const manyNodes = 5_000

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
	cache := object{"name": "cache", "dependencies": []object{{"name": "db"}}}
	items = append(items, object{
		"apiVersion": ours, "kind": "AppGroup", "metadata": object{"name": "shop", "namespace": "store"},
		"spec": object{"requirements": "All", "workloads": []object{web, {"name": "db"}, cache}},
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
