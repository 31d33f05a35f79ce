package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	"k8s.io/apimachinery/pkg/api/resource"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	"k8s.io/apimachinery/pkg/runtime"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/core"
	corefuzzer "k8s.io/kubernetes/pkg/apis/core/fuzzer"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"sigs.k8s.io/randfill"
)

// fuzzedObjects is how many pods, and nodes, are made of each density.
const fuzzedObjects = 200

// densities are how many of an object's optional fields and list elements are there.
var densities = []struct {
	name string
	set  func(*randfill.Filler) *randfill.Filler
}{
	{"about half of the fields", func(filler *randfill.Filler) *randfill.Filler { return filler }},
	{"all fields", func(filler *randfill.Filler) *randfill.Filler { return filler.NilChance(0).NumElements(1, 3) }},
	{"hardly any field", func(filler *randfill.Filler) *randfill.Filler { return filler.NilChance(0.95).NumElements(0, 1) }},
}

func TestNoPodIsRefusedWhateverItsFields(t *testing.T) {
	for _, density := range densities {
		t.Run(density.name, func(t *testing.T) {
			filler := density.set(newFiller(t))
			client := newClient(t, extenderConfig(smallCluster(t), true))
			for i := range fuzzedObjects {
				pod := fuzzedPod(t, filler)
				pod.Name = fmt.Sprintf("pod-%d", i)
				if i%2 == 0 {
					// What a member's other fields are does not matter to what it is given.
					pod.Namespace, pod.Labels = "store", memberOf("web").Labels
				}
				passed, _, rejected, err := client.Filter(pod, namedNodes("here", "far"))
				if err != nil {
					t.Fatalf("filter of pod %d: %v: %s", i, err, reasonOf(t, pod))
				}
				if wantRejected := (i + 1) % 2; len(rejected) != wantRejected || len(passed) != 2-wantRejected {
					t.Errorf("filter of pod %d: got %v passed and %v rejected", i, namesOf(passed), rejected)
				}
				if list, _, err := client.Prioritize(pod, namedNodes("here", "far")); err != nil || len(*list) != 2 {
					t.Fatalf("prioritize of pod %d: got %v, %v", i, list, err)
				}
			}
		})
	}
}

func TestNoNodeIsRefusedOrAlteredWhateverItsFields(t *testing.T) {
	for _, density := range densities {
		t.Run(density.name, func(t *testing.T) {
			filler := density.set(newFiller(t)).Funcs(exactInJavaScript)
			client := newClient(t, extenderConfig(smallCluster(t), false))
			for i := range fuzzedObjects {
				node := fuzzedNode(t, filler)
				node.Name = fmt.Sprintf("node-%d", i)
				passed, _, _, err := client.Filter(memberOf("web"), nodeInfos(node))
				if err != nil || len(passed) != 1 {
					t.Fatalf("filter of node %d: got %v, %v: %s", i, namesOf(passed), err, reasonOf(t, memberOf("web"), node))
				}
				expectSameJSON(t, passed[0].Node(), node)
				if list, _, err := client.Prioritize(memberOf("web"), nodeInfos(node)); err != nil || len(*list) != 1 {
					t.Fatalf("prioritize of node %d: got %v, %v", i, list, err)
				}
			}
		})
	}
}

// anyQuantity makes amounts in every notation; Kubernetes' own fuzzer knows one.
func anyQuantity(quantity *resource.Quantity, c randfill.Continue) {
	scales := []resource.Scale{resource.Nano, resource.Micro, resource.Milli, 0, resource.Kilo, resource.Mega, resource.Giga}
	formats := []resource.Format{resource.DecimalSI, resource.BinarySI, resource.DecimalExponent}
	amount := resource.NewScaledQuantity(c.Int63n(1<<30), scales[c.Intn(len(scales))])
	amount.Format = formats[c.Intn(len(formats))]
	// Some amounts are written another way once they were read.
	*quantity = resource.MustParse(amount.String())
}

// exactInJavaScript makes whole numbers that a JavaScript program can give back as they were. No field of a real node is
// beyond them: it would take an image of 9 PB.
func exactInJavaScript(number *int64, c randfill.Continue) {
	*number = c.Int63n(1<<54) - 1<<53
}

// reasonOf asks once more, for the reason of a refusal, which the scheduler's client does not tell.
func reasonOf(t *testing.T, pod *v1.Pod, nodes ...*v1.Node) string {
	args := extenderv1.ExtenderArgs{Pod: pod, NodeNames: &[]string{"here"}}
	if len(nodes) > 0 {
		args.Nodes, args.NodeNames = &v1.NodeList{}, nil
		for _, node := range nodes {
			args.Nodes.Items = append(args.Nodes.Items, *node)
		}
	}
	body, err := json.Marshal(args)
	if err != nil {
		return err.Error()
	}
	response, err := http.Post(smallCluster(t)+"/filter", "application/json", bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	return string(answer)
}

// newFiller makes Kubernetes' own fuzzer. SEED repeats a run.
func newFiller(t *testing.T) *randfill.Filler {
	t.Helper()
	seed := time.Now().UnixNano()
	if given := os.Getenv("SEED"); given != "" {
		parsed, err := strconv.ParseInt(given, 10, 64)
		if err != nil {
			t.Fatalf("SEED: %v", err)
		}
		seed = parsed
	}
	t.Logf("SEED=%d", seed)
	functions := fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, corefuzzer.Funcs)
	return fuzzer.FuzzerFor(functions, rand.NewSource(seed), legacyscheme.Codecs).Funcs(anyQuantity)
}

func fuzzedPod(t *testing.T, filler *randfill.Filler) *v1.Pod {
	internal, pod := &core.Pod{}, &v1.Pod{}
	fill(t, filler, internal, pod)
	return pod
}

func fuzzedNode(t *testing.T, filler *randfill.Filler) *v1.Node {
	internal, node := &core.Node{}, &v1.Node{}
	fill(t, filler, internal, node)
	return node
}

// fill fuzzes an object of Kubernetes' internal types, which is what its fuzzers know, and converts it.
func fill(t *testing.T, filler *randfill.Filler, internal, external runtime.Object) {
	t.Helper()
	filler.Fill(internal)
	if err := legacyscheme.Scheme.Convert(internal, external, nil); err != nil {
		t.Fatal(err)
	}
}
