package conformance_test

import (
	"testing"
	"time"

	fwk "k8s.io/kube-scheduler/framework"
)

// longIdle is more than the 60 s after which many servers close a connection, and less than the 90 s after which the
// scheduler does. A server that closes earlier makes the scheduler's calls fail at random: it does not repeat a POST.
const longIdle = 61 * time.Second

func TestOneConnectionServesAllCallsOneAfterTheOther(t *testing.T) {
	for _, form := range bothForms {
		t.Run(form.name, func(t *testing.T) {
			proxy := startCountingProxy(t, smallCluster(t))
			client := newClient(t, extenderConfig(proxy.url, form.nodeCacheCapable))
			for range 50 {
				callBoth(t, client)
			}
			expectConnections(t, proxy, 1)
		})
	}
}

func TestTheConnectionOutlivesAMinuteWithoutCalls(t *testing.T) {
	proxy := startCountingProxy(t, smallCluster(t))
	client := newClient(t, extenderConfig(proxy.url, true))
	callBoth(t, client)
	time.Sleep(longIdle)
	callBoth(t, client)
	expectConnections(t, proxy, 1)
}

func callBoth(t *testing.T, client fwk.Extender) {
	t.Helper()
	nodes := namedNodes("here", "near")
	if passed, _, _, err := client.Filter(memberOf("web"), nodes); err != nil || len(passed) != 2 {
		t.Fatalf("filter: got %v, %v, want both nodes", namesOf(passed), err)
	}
	if list, _, err := client.Prioritize(memberOf("web"), nodes); err != nil || len(*list) != 2 {
		t.Fatalf("prioritize: got %v, %v, want two scores", list, err)
	}
}

func expectConnections(t *testing.T, proxy *countingProxy, want int64) {
	t.Helper()
	if got := proxy.connections.Load(); got != want {
		t.Errorf("got %d connections, want %d", got, want)
	}
}
