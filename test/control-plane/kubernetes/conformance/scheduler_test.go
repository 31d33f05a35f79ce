package conformance_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler"
	schedulerapi "k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/profile"
)

func TestTheSchedulerChoosesTheNodeThatTheExtenderScoresBest(t *testing.T) {
	for _, form := range bothForms {
		t.Run(form.name, func(t *testing.T) {
			nodes := readyNodes("worst", "far", "lossy", "narrow", "near", "here")
			got, err := decide(t, memberOf("cache"), nodes, extenderConfig(smallCluster(t), form.nodeCacheCapable))
			if err != nil || got.SuggestedHost != "here" || got.FeasibleNodes != len(nodes) {
				t.Errorf("got %+v, %v, want here of %d feasible nodes", got, err, len(nodes))
			}
		})
	}
}

func TestTheSchedulerTellsInFewWordsWhyNoNodeIsLeft(t *testing.T) {
	for _, form := range bothForms {
		t.Run(form.name, func(t *testing.T) {
			nodes := readyNodes("far", "narrow", "worst")
			_, err := decide(t, memberOf("web"), nodes, extenderConfig(smallCluster(t), form.nodeCacheCapable))
			var unfit *framework.FitError
			if !errors.As(err, &unfit) {
				t.Fatalf("got %v, want that no node fits", err)
			}
			want := "0/3 nodes are available: 1 network limit broken: bandwidth to db, 2 network limit broken: latency to db."
			if got := unfit.Error(); !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestTheSchedulerGoesOnWithoutAnExtenderThatFailsOnlyWhereItIsIgnorable(t *testing.T) {
	failures := []struct {
		name    string
		address func(t *testing.T) string
	}{
		{"down", unusedAddress},
		{"answering 500", func(t *testing.T) string { return answering(t, http.StatusInternalServerError, "") }},
		{"answering garbage", func(t *testing.T) string { return answering(t, http.StatusOK, "<html>") }},
		{"not answering in time", silent},
	}
	for _, failure := range failures {
		for _, ignorable := range []bool{true, false} {
			name := failure.name + ", not ignorable"
			if ignorable {
				name = failure.name + ", ignorable"
			}
			t.Run(name, func(t *testing.T) {
				config := extenderConfig(failure.address(t), true)
				config.HTTPTimeout = metav1.Duration{Duration: time.Second}
				config.Ignorable = ignorable
				got, err := decide(t, memberOf("web"), readyNodes("near", "far"), config)
				if ignorable && (err != nil || got.FeasibleNodes != 2) {
					t.Errorf("got %+v, %v, want a node of both", got, err)
				}
				if !ignorable && err == nil {
					t.Errorf("got %+v, want an error", got)
				}
			})
		}
	}
}

// decide has a whole kube-scheduler, with its default plugins and the extenders, choose a node for the pod.
func decide(t *testing.T, pod *v1.Pod, nodes []*v1.Node, extenders ...schedulerapi.Extender) (scheduler.ScheduleResult, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client := fake.NewClientset()
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	defer broadcaster.Shutdown()
	sched, err := scheduler.New(ctx, client, scheduler.NewInformerFactory(client, 0), nil,
		profile.NewRecorderFactory(broadcaster), scheduler.WithExtenders(slices.Clone(extenders)...))
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range nodes {
		sched.Cache.AddNode(klog.Background(), node)
	}
	plugins := sched.Profiles[v1.DefaultSchedulerName]
	if err := sched.Cache.UpdateSnapshot(klog.Background(), plugins.SnapshotSharedLister().(*cache.Snapshot)); err != nil {
		t.Fatal(err)
	}
	podInfo, err := framework.NewPodInfo(pod)
	if err != nil {
		t.Fatal(err)
	}
	return sched.SchedulePod(ctx, plugins, framework.NewCycleState(), &framework.QueuedPodInfo{PodInfo: podInfo})
}

// readyNodes have room for any pod of these tests.
func readyNodes(names ...string) []*v1.Node {
	amounts := v1.ResourceList{
		v1.ResourceCPU: resource.MustParse("4"), v1.ResourceMemory: resource.MustParse("8Gi"), v1.ResourcePods: resource.MustParse("110"),
	}
	nodes := make([]*v1.Node, len(names))
	for i, name := range names {
		nodes[i] = &v1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Status: v1.NodeStatus{
				Capacity: amounts, Allocatable: amounts,
				Conditions: []v1.NodeCondition{{Type: v1.NodeReady, Status: v1.ConditionTrue}},
			},
		}
	}
	return nodes
}
