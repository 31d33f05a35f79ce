package conformance_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	schedulerapi "k8s.io/kubernetes/pkg/scheduler/apis/config"
)

func TestAFailureIsAnErrorToTheSchedulerAndNeverAnAnswer(t *testing.T) {
	tooLarge := memberOf("web")
	tooLarge.Annotations = map[string]string{"note": strings.Repeat("x", 65<<20)}
	cases := []struct {
		name      string
		configure func(*schedulerapi.Extender)
		pod       *v1.Pod
		want      string
	}{
		{"a verb that it does not have", func(c *schedulerapi.Extender) { c.FilterVerb, c.PrioritizeVerb = "sieve", "rank" }, memberOf("web"), "code 404"},
		{"a body beyond its limit", func(*schedulerapi.Extender) {}, tooLarge, "code 413"},
		{"a pod without a name", func(*schedulerapi.Extender) {}, &v1.Pod{}, "code 400"},
		{"nobody listens", func(c *schedulerapi.Extender) { c.URLPrefix = unusedAddress(t) }, memberOf("web"), "refused"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			config := extenderConfig(smallCluster(t), true)
			test.configure(&config)
			client := newClient(t, config)
			if _, _, _, err := client.Filter(test.pod, namedNodes("here", "near")); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("filter: got error %v, want one with %q", err, test.want)
			}
			if list, _, err := client.Prioritize(test.pod, namedNodes("here", "near")); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("prioritize: got %v and error %v, want an error with %q", list, err, test.want)
			}
			// What failed leaves the extender as it was.
			callBoth(t, newClient(t, extenderConfig(smallCluster(t), true)))
		})
	}
}

func TestTheClientSaysWhatItsConfigurationSays(t *testing.T) {
	config := extenderConfig(smallCluster(t), true)
	config.Ignorable = true
	client := newClient(t, config)
	if !client.IsIgnorable() || !client.IsFilter() || !client.IsPrioritizer() || client.IsBinder() {
		t.Errorf("got ignorable %v, filter %v, prioritizer %v, binder %v",
			client.IsIgnorable(), client.IsFilter(), client.IsPrioritizer(), client.IsBinder())
	}
	if !client.IsInterested(memberOf("web")) || !client.IsInterested(&v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "plain"}}) {
		t.Error("without managed resources the extender is asked about every pod")
	}
}

// unusedAddress is one at which nobody listens.
func unusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "http://" + listener.Addr().String() + "/scheduler"
}

// answering is the address of a broken extender, which answers everything alike.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) {
		response.WriteHeader(status)
		_, _ = response.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// silent is the address of an extender that takes calls and does not answer them.
func silent(t *testing.T) string {
	t.Helper()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		select {
		case <-release:
		case <-request.Context().Done():
		case <-time.After(patience):
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	return server.URL
}
