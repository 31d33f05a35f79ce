package conformance_test

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPrioritizeScoresEveryCandidateInWholeNumbersBestWhereTheDependencyIs(t *testing.T) {
	candidates := []string{"worst", "far", "lossy", "narrow", "near", "here"}
	for _, form := range bothForms {
		t.Run(form.name, func(t *testing.T) {
			client := newClient(t, extenderConfig(smallCluster(t), form.nodeCacheCapable))
			list, weight, err := client.Prioritize(memberOf("cache"), namedNodes(candidates...))
			if err != nil {
				t.Fatal(err)
			}
			if weight != 1 {
				t.Errorf("weight: got %d, want the configured 1", weight)
			}
			scores := scoresByHost(list)
			if len(scores) != len(candidates) || len(*list) != len(candidates) {
				t.Fatalf("got %v, want one score for each of %v", *list, candidates)
			}
			for name, score := range scores {
				if score < 0 || score > 100 {
					t.Errorf("score of %s: got %d, want 0 to 100", name, score)
				}
			}
			for i, better := range []string{"here", "near", "narrow", "far"} {
				worse := []string{"near", "narrow", "far", "worst"}[i]
				if scores[better] <= scores[worse] {
					t.Errorf("got %d for %s and %d for %s, want the first higher", scores[better], better, scores[worse], worse)
				}
			}
		})
	}
}

func TestPrioritizeScoresAllNodesAlikeWhereTheNetworkCannotTellThemApart(t *testing.T) {
	cases := []struct {
		name       string
		pod        *v1.Pod
		candidates []string
	}{
		{"a pod of no AppGroup", &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "plain"}}, []string{"here", "far"}},
		{"a workload that the AppGroup does not have", memberOf("nobody"), []string{"here", "far"}},
		{"nodes that it does not know", memberOf("cache"), []string{"unheard-of", "unknown"}},
	}
	for _, form := range bothForms {
		client := newClient(t, extenderConfig(smallCluster(t), form.nodeCacheCapable))
		for _, test := range cases {
			t.Run(form.name+": "+test.name, func(t *testing.T) {
				list, _, err := client.Prioritize(test.pod, namedNodes(test.candidates...))
				if err != nil {
					t.Fatal(err)
				}
				if len(*list) != 2 || (*list)[0].Score != (*list)[1].Score {
					t.Errorf("got %v, want the same score for both nodes", *list)
				}
			})
		}
	}
}
