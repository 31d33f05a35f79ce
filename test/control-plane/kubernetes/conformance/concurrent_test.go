package conformance_test

import (
	"fmt"
	"sync"
	"testing"
)

func TestCallsAtTheSameTimeEachGetTheirOwnAnswer(t *testing.T) {
	const callers, calls = 16, 25
	for _, form := range bothForms {
		t.Run(form.name, func(t *testing.T) {
			client := newClient(t, extenderConfig(smallCluster(t), form.nodeCacheCapable))
			var all sync.WaitGroup
			for caller := range callers {
				all.Go(func() {
					// A node's name that no other caller sends: an answer that went astray is an error of the client's.
					own := fmt.Sprintf("only-of-%d", caller)
					for range calls {
						passed, _, rejected, err := client.Filter(memberOf("web"), namedNodes("far", own))
						if err != nil || len(passed) != 1 || passed[0].Node().Name != own || len(rejected) != 1 {
							t.Errorf("filter of caller %d: got %v, %v, %v", caller, namesOf(passed), rejected, err)
							return
						}
						list, _, err := client.Prioritize(memberOf("cache"), namedNodes(own, "here"))
						if err != nil || len(*list) != 2 || scoresByHost(list)["here"] != 100 {
							t.Errorf("prioritize of caller %d: got %v, %v", caller, list, err)
							return
						}
						if _, answered := scoresByHost(list)[own]; !answered {
							t.Errorf("prioritize of caller %d: got %v, want a score for %s", caller, *list, own)
						}
					}
				})
			}
			all.Wait()
		})
	}
}
